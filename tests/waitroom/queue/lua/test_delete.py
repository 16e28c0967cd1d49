"""delete.lua: every branch, the reply and what it leaves behind."""

from tests.factories import ARoom
from tests.waitroom.queue.conftest import Call, Store

THIRTY_DAYS = 30 * 86_400


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "delete") == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """Who means an earlier room of this name deletes nothing."""
    before = await store.everything(room)
    assert await call(room, "delete", epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_nothing_is_left_but_the_memory_of_it(room: ARoom, call: Call, store: Store) -> None:
    """Every key goes; for thirty days it is known that a room of this epoch was deleted."""
    await room.active_fan()
    assert await call(room, "delete") == ["deleted", room.epoch]
    left = await store.everything(room)
    assert left.keys() == {"deleted", "deleted lives"}
    assert left["deleted"] == {room.epoch: str(room.clock.now_ms)}
    assert THIRTY_DAYS - 5 <= int(str(left["deleted lives"])) <= THIRTY_DAYS


async def test_repeated(room: ARoom, call: Call, store: Store) -> None:
    """A second call finds nothing and leaves the memory as it is."""
    await call(room, "delete")
    before = await store.fields(room, "deleted")
    room.clock.move(seconds=5)
    assert await call(room, "delete") == ["missing"]
    assert await store.fields(room, "deleted") == before
