"""restore_chunk.lua: every branch, the reply and what it leaves behind."""

from tests.factories import ARoom
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import OtherEpoch

CHUNK = b"\0" * 17 * 3


async def pinned(room: ARoom, store: Store) -> None:
    """Let the room name a root."""
    await store.client.hset(f"wr:{{{room.name}}}:meter", "root", "aa")


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "restore_chunk", "aa", 0, CHUNK, "bb") == ["missing"]


async def test_other_epoch(room: ARoom, store: Store) -> None:
    """A chunk of an earlier room of this name is not taken."""
    await pinned(room, store)
    before = await store.everything(room)
    kept = await room.queue.restore_chunk(
        room.name, epoch="another", root="aa", index=0, entrants=CHUNK, chunk_hash="bb"
    )
    assert kept == OtherEpoch()
    assert await store.everything(room) == before


async def test_another_list(room: ARoom, store: Store) -> None:
    """Only chunks of the list whose root the room names are taken; before there is one, none."""
    before = await store.everything(room)
    for _ in range(2):
        kept = await room.queue.restore_chunk(
            room.name, epoch=room.epoch, root="cc", index=0, entrants=CHUNK, chunk_hash="bb"
        )
        assert kept is False
        assert await store.fields(room, "entrants") == {}
        await pinned(room, store)
    assert "entrants" not in before


async def test_kept_and_repeated(room: ARoom, store: Store) -> None:
    """A chunk is back, to be proved from; the first one stands."""
    await pinned(room, store)
    for entrants in (CHUNK, b"\1" * 17):
        kept = await room.queue.restore_chunk(
            room.name, epoch=room.epoch, root="aa", index=4, entrants=entrants, chunk_hash="bb"
        )
        assert kept is True
    assert await store.fields(room, "entrants") == {"4": CHUNK.decode(), "4:hash": "bb"}
    assert await room.queue.entrants(room.name, index=4) == [b"\0" * 17] * 3
