"""logo.lua: every branch, the reply and what it leaves behind."""

from tests.factories import ARoom
from tests.waitroom.queue.conftest import Call, Store


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "logo", "", "hash", b"bytes") == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name changes nothing."""
    before = await store.everything(room)
    assert await call(room, "logo", "", "hash", b"bytes", epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_kept_beside_the_one_in_force(room: ARoom, call: Call, store: Store) -> None:
    """A new picture stands beside the one in force; what was before goes."""
    for in_force, new in (("", "a"), ("a", "b"), ("a", "c")):
        assert await call(room, "logo", in_force, new, f"picture {new}") == ["kept"]
    assert await store.fields(room, "logo") == {"a": "picture a", "c": "picture c"}
    assert await room.queue.read_logo(room.name, "c") == b"picture c"
    assert await call(room, "logo", "c", "", "") == ["kept"]
    assert await store.fields(room, "logo") == {"c": "picture c"}
    assert await room.queue.read_logo(room.name, "a") is None
