"""Ahead: calls that are under way before their turn, handed over in order."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from functools import partial
from typing import Any

import pytest

from waitroom.queue.ahead import in_order

Call = Callable[[], Coroutine[Any, Any, int]]  # Any: as asyncio names what a coroutine takes and throws


class Calls:
    """Calls that end when they are let; counts how many have begun, ended and been cancelled."""

    def __init__(self, count: int) -> None:
        self.doors = [asyncio.Event() for _ in range(count)]
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.cancelled: list[int] = []

    def all(self) -> list[Call]:
        """One call a door."""
        return [partial(self._pass, number) for number in range(len(self.doors))]

    async def _pass(self, number: int) -> int:
        self.begun.append(number)
        try:
            await self.doors[number].wait()
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        self.ended.append(number)
        return number


async def settle() -> None:
    """Let every task go on as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_in_their_order() -> None:
    """What comes first does not overtake, and no more are under way than may be."""
    calls = Calls(4)
    found: list[int] = []

    async def follow() -> None:
        async for number in in_order(calls.all(), ahead=2):
            found.append(number)

    following = asyncio.create_task(follow())
    await settle()
    assert (calls.begun, found) == ([0, 1], [])
    calls.doors[1].set()
    await settle()
    assert (calls.begun, found) == ([0, 1], [])
    for door in calls.doors:
        door.set()
    await following
    assert found == [0, 1, 2, 3]


async def test_of_none() -> None:
    """Of no calls nothing comes."""
    assert [each async for each in in_order(list[Call](), ahead=3)] == []


async def test_who_stops_waits_for_those_under_way() -> None:
    """What has begun ends by itself, and nothing more begins."""
    calls = Calls(3)
    for door in calls.doors:
        door.set()
    async with aclosing(in_order(calls.all(), ahead=2)) as numbers:
        async for _ in numbers:
            break
    assert (calls.begun, calls.ended, calls.cancelled) == ([0, 1], [0, 1], [])


async def test_a_call_that_fails_ends_it() -> None:
    """The error comes in its turn, when the others that had begun have ended."""
    calls = Calls(2)

    async def fail() -> int:
        raise KeyError("gone")

    for door in calls.doors:
        door.set()
    with pytest.raises(KeyError, match="gone"):
        _ = [each async for each in in_order([fail, *calls.all()], ahead=2)]
    assert (calls.begun, calls.ended) == ([0], [0])


async def test_who_is_cancelled_waits_for_nobody() -> None:
    """The calls under way are cancelled with whoever wanted them."""
    calls = Calls(3)

    async def follow() -> None:
        async for _ in in_order(calls.all(), ahead=3):
            pass

    following = asyncio.create_task(follow())
    await settle()
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    assert (calls.begun, calls.cancelled) == ([0, 1, 2], [0, 1, 2])
