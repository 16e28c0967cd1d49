"""Ahead: awaits some calls before their turn, and hands over what they return in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")
Calls = Iterable[Callable[[], Coroutine[Any, Any, T]]]  # Any: as asyncio names what a coroutine takes and throws


async def in_order(calls: Calls[T], *, ahead: int) -> AsyncGenerator[T, None]:
    """Yield what the calls return; so many of them are under way at a time.

    When the caller stops, or a call fails, those under way are waited for: a call to the store that is broken off costs
    its connection. Who is cancelled waits for nobody.
    """
    waiting, begun = iter(calls), deque[asyncio.Task[T]]()
    try:
        while True:
            while len(begun) < ahead and (call := next(waiting, None)) is not None:
                begun.append(asyncio.create_task(call()))
            if not begun:
                return
            yield await begun.popleft()
    except asyncio.CancelledError:
        for task in begun:
            task.cancel()
        raise
    finally:
        await asyncio.gather(*begun, return_exceptions=True)
