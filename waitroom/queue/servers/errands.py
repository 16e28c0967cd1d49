"""Errands: small jobs beside the calls, held until they end and dropped at the close."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError


class Errands:
    """Runs jobs whose failure harms nobody: what they were for is tried again by whoever needs it."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def run(self, job: Coroutine[Any, Any, Any]) -> None:  # Any: what a job answers is dropped
        """Start a job; a failure of the store ends it quietly."""
        task = asyncio.create_task(self._quietly(job))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    @property
    def are_running(self) -> bool:
        """Whether any job has not ended."""
        return bool(self._running)

    async def close(self) -> None:
        """Cancel all jobs and wait for their ends."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _quietly(self, job: Coroutine[Any, Any, Any]) -> None:
        with suppress(RedisError, OSError, TimeoutError):
            await job
