"""What commands that act on rooms have in common: the queue for as long as one action, and who acts."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import TypeVar

from waitroom.queue import Queue
from waitroom.settings import Settings

T = TypeVar("T")


def run_on_queue(action: Callable[[Queue], Awaitable[T]]) -> T:
    """Run one action on the queue that the settings name; raises QueueUnavailableError when it is away."""

    async def connected() -> T:
        queue = Queue.connect(Settings.from_env().redis_url)
        try:
            return await action(queue)
        finally:
            await queue.close()

    return asyncio.run(connected())


def who_acts() -> str:
    """Name the user of this machine for the change log."""
    return f"cli:{getpass.getuser()}"
