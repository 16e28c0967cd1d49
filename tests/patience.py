"""How long a test waits for what must come.

Long on purpose: a wait ends with its condition, so only a fault uses it up, and CI's machine may be slow and busy.
"""

import asyncio
import time
from collections.abc import Callable

PATIENCE_SECONDS = 120.0
"""Less than what pytest gives a whole test, so that the wait that failed is named."""


async def until(is_so: Callable[[], bool], *, look_seconds: float = 0.02) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():
            await asyncio.sleep(look_seconds)


def wait_until(is_so: Callable[[], bool], *, look_seconds: float = 0.02) -> None:
    """Wait until it is so, where no loop runs."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS:.0f} s"
        time.sleep(look_seconds)
