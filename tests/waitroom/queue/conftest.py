"""What tests of the queue look at: raw replies, and the keys that a script left behind."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.factories import ARoom
from waitroom.queue import Queue
from waitroom.queue.keys import PARTS, Keys
from waitroom.rooms import RoomSettings

Call = Callable[..., Awaitable[list[Any]]]  # Any: what a script replies


class Store:
    """Reads a room's keys past the queue."""

    def __init__(self, client: Redis) -> None:
        self.client = client

    async def scores(self, room: ARoom, part: str) -> dict[str, int]:
        """A sorted set by member, in order."""
        found: Any = await self.client.zrange(Keys(room.name).part(part), 0, -1, withscores=True)
        return {member.decode(): int(score) for member, score in found}

    async def fields(self, room: ARoom, part: str) -> dict[str, str]:
        """A hash of texts."""
        found: Any = await self.client.hgetall(Keys(room.name).part(part))
        return {name.decode(): value.decode("latin-1") for name, value in found.items()}

    async def meter(self, room: ARoom, name: str) -> str | None:
        """One field of the meter."""
        return (await self.fields(room, "meter")).get(name)

    async def log(self, room: ARoom, part: str) -> list[dict[str, str]]:
        """A stream's entries, oldest first."""
        found: Any = await self.client.xrange(Keys(room.name).part(part))
        return [{name.decode(): value.decode() for name, value in entry.items()} for _, entry in found]

    async def everything(self, room: ARoom) -> dict[str, object]:
        """All that there is of a room, with what lives only for a time."""
        kept: dict[str, object] = {}
        for part in PARTS:
            key = Keys(room.name).part(part)
            kind = await self.client.type(key)
            if kind == b"hash":
                kept[part] = await self.fields(room, part)
            elif kind == b"zset":
                kept[part] = await self.scores(room, part)
            elif kind == b"stream":
                kept[part] = await self.log(room, part)
            if await self.client.ttl(key) >= 0:
                kept[f"{part} lives"] = await self.client.ttl(key)
        return kept


@pytest.fixture
async def store(valkey_url: str) -> AsyncIterator[Store]:
    """The keys of this worker's Valkey."""
    client = Redis.from_url(valkey_url)
    yield Store(client)
    await client.aclose()


@pytest.fixture
def call(queue: Queue) -> Call:
    """Call a script on a room, at its clock, and return the raw reply."""

    async def call(room: ARoom, script: str, *arguments: str | int | bytes, epoch: str | None = None) -> list[Any]:
        known = room.epoch if epoch is None else epoch
        return await queue._call(script, room.name, room.clock.now_us, known, *arguments)

    return call


@pytest.fixture
async def room(queue: Queue, room_name: str) -> ARoom:
    """A room without times, at 600 a minute: ten turns a second, ten at once."""
    return await ARoom.open(queue, room_name)


@pytest.fixture
async def lobby(queue: Queue, room_name: str) -> ARoom:
    """A room in its lobby, released in a minute."""
    return await ARoom.with_lobby(queue, room_name)


@pytest.fixture
def nowhere(queue: Queue) -> ARoom:
    """A room that was never made."""
    return ARoom(queue, "nowhere", "an-epoch", RoomSettings())
