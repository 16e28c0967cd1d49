"""Keeping a room as an edge does, and losing it as a store does."""

from redis.asyncio import Redis

from tests.factories import ARoom
from waitroom.queue import Snapshot
from waitroom.queue.keys import Keys
from waitroom.queue.recovery import KeptRoom
from waitroom.queue.results import Deleted, OtherEpoch, RoomRestored, RoomStands

RECOVERING_SECONDS = 90


async def kept(room: ARoom) -> KeptRoom:
    """The room as an edge keeps it now."""
    advanced = await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)
    return KeptRoom.of(Snapshot.parse(room.name, advanced.snapshot))


async def lose(client: Redis, room: ARoom) -> None:
    """Take everything that there is of a room out of the store, the memory of deleted rooms too."""
    await client.delete(*Keys(room.name).all)


async def offer(room: ARoom, kept_room: KeptRoom) -> RoomRestored | RoomStands | Deleted | OtherEpoch:
    """Put the room back now, from what an edge has kept."""
    return await room.queue.restore_room(kept_room, recovering_ms=RECOVERING_SECONDS * 1000, now_us=room.clock.now_us)


async def lose_and_restore(client: Redis, room: ARoom) -> KeptRoom:
    """Keep the room, lose it and put it back; returns what was kept."""
    before = await kept(room)
    await lose(client, room)
    assert isinstance(await offer(room, before), RoomRestored)
    return before
