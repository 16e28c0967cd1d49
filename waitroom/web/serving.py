"""Serving: one process a unit on Hypercorn, its ops port beside it, a stop that finishes what is in flight."""

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import structlog
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework
from starlette.types import ASGIApp

from waitroom.embedded.ports import refuse_taken_port

BACKLOG = 4096
"""Connections that may wait to be accepted: the first second of a surge, not Hypercorn's 100."""
GRACEFUL_SECONDS = 10.0
YOUNG_OBJECTS = 20_000
"""New objects between two looks of Python's garbage collector, instead of 700."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Port:
    """An app and where it listens."""

    app: ASGIApp
    host: str
    port: int


def run(*ports: Port) -> None:
    """Serve the ports until SIGTERM or SIGINT; uvloop drives where it exists.

    Raises PortTakenError.
    """
    for port in ports:
        refuse_taken_port(port.port, host=port.host)
    _calm_the_collector()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(*ports))


def _calm_the_collector() -> None:
    # Requests in flight are young objects by the thousand: by default the collector would walk them all, again and
    # again, to find nothing. What was loaded so far is never garbage and is not looked at any more.
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)


async def serve(*ports: Port) -> None:
    """Serve the ports until SIGTERM or SIGINT; then accept no more and finish what is in flight."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with asyncio.TaskGroup() as group:
        for port in ports:
            group.create_task(_serve_one(port, stop=stop))
    log.info("stopped")


async def _serve_one(port: Port, *, stop: asyncio.Event) -> None:
    log.info("serving", at=f"{port.host}:{port.port}")
    shutdown: Callable[[], Coroutine[Any, Any, Any]] = stop.wait  # Any: Hypercorn ignores what it returns
    with suppress(asyncio.CancelledError):
        await hypercorn_serve(cast(ASGIFramework, port.app), _hypercorn_config(port), shutdown_trigger=shutdown)


def _hypercorn_config(port: Port) -> Config:
    config = Config()
    host = f"[{port.host}]" if ":" in port.host else port.host
    config.bind = [f"{host}:{port.port}"]
    config.backlog = BACKLOG
    config.include_server_header = False
    config.alpn_protocols = ["http/1.1"]
    config.graceful_timeout = GRACEFUL_SECONDS
    config.keep_alive_timeout = 15.0
    config.accesslog = None
    config.errorlog = "-"
    config.loglevel = "WARNING"
    return config


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415 - optional: it does not exist on every platform
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
