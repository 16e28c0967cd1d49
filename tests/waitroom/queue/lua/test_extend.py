"""extend.lua: every branch, the reply and what it leaves behind."""

from tests.factories import ARoom, a_fan
from tests.waitroom.queue.conftest import Call, Store
from tests.waitroom.queue.losses import lose_and_restore


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "extend", a_fan(), 1000) == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name lengthens nothing."""
    fan = await room.active_fan()
    before = await store.everything(room)
    assert await call(room, "extend", fan, 9_000_000, epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_lengthens(room: ARoom, call: Call, store: Store) -> None:
    """The slot lasts for that long from now; repeated at the same moment it is the same."""
    fan = await room.active_fan()
    longer = room.clock.now_ms + 3_600_000
    for _ in range(2):
        assert await call(room, "extend", fan, 3_600_000) == ["active", str(longer)]
        assert await store.scores(room, "active") == {fan: longer}


async def test_never_shortens(room: ARoom, call: Call, store: Store) -> None:
    """A slot that lasts longer anyway is left as it is."""
    fan = await room.active_fan()
    before = await store.everything(room)
    until = room.clock.now_ms + 600_000
    assert await call(room, "extend", fan, 1000) == ["active", str(until)]
    assert await store.everything(room) == before


async def test_over_and_unknown(room: ARoom, call: Call) -> None:
    """Only a slot that is held can be lengthened."""
    fan = await room.active_fan()
    await room.queue.finish(room.name, epoch=room.epoch, fan_id=fan)
    assert await call(room, "extend", fan, 1000) == ["over", "finished"]
    assert await call(room, "extend", a_fan(), 1000) == ["unknown"]
    assert await call(room, "extend", await room.admitted_fan(), 1000) == ["unknown"]


async def test_after_a_loss(room: ARoom, call: Call, store: Store) -> None:
    """A slot that was lost with the store is not made by lengthening it; once entered again it can be lengthened."""
    fan = await room.active_fan()
    await call(room, "enter", fan, "s")
    await lose_and_restore(store.client, room)
    before = await store.everything(room)
    assert await call(room, "extend", fan, 9_000_000) == ["unknown"]
    assert await store.everything(room) == before
    await call(room, "enter", fan, "s")
    assert await call(room, "extend", fan, 9_000_000) == ["active", str(room.clock.now_ms + 9_000_000)]
