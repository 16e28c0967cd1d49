"""Workers: processes of our own for the hashes of a large draw, so that the edge goes on answering meanwhile."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

import structlog

MOST_WORKERS = 4
T = TypeVar("T")

log = structlog.get_logger()


class Workers:
    """Runs plain functions of modules off the event loop: many in processes, a few in a thread.

    Processes start when they are first needed and end with `close`, or with this process however it ends. When a
    worker is killed, or cannot be started, threads do what is left: that costs speed alone.
    """

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._running = 0
        self._is_broken = False

    async def run(self, function: Callable[..., T], *arguments: Any, is_large: bool) -> T:  # Any: the function's own
        """Call a function; `is_large` says that it is one of so many that processes pay."""
        if not is_large or self._is_broken:
            return await asyncio.to_thread(function, *arguments)
        self._pool = self._pool or _start()
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)
        except BrokenProcessPool:
            log.warning("a worker of the draw was lost; it goes on in threads")
            self._is_broken = True
            self.close()
            return await asyncio.to_thread(function, *arguments)
        finally:
            self._running -= 1

    def rest(self) -> None:
        """Let the processes end if none of them has anything to do."""
        if not self._running:
            self.close()

    def close(self) -> None:
        """Let the processes end; the next large call starts new ones."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)


def _start() -> ProcessPoolExecutor:
    # Not forked: a fork of a running event loop carries its locks and its sockets along.
    return ProcessPoolExecutor(
        max_workers=min(MOST_WORKERS, os.cpu_count() or 1),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_live_with_parent,
    )


def _live_with_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(0)
