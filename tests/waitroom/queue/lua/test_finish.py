"""finish.lua: every branch, the reply and what it leaves behind."""

from tests.factories import ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store
from tests.waitroom.queue.losses import lose_and_restore


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "finish", a_fan()) == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name ends nothing."""
    fan = await room.active_fan()
    before = await store.everything(room)
    assert await call(room, "finish", fan, epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_gives_the_slot_back_once(room: ARoom, call: Call, store: Store) -> None:
    """The slot is free and the turn over; a repeat counts nothing twice."""
    fan, other = await room.active_fan(), await room.active_fan()
    assert await call(room, "finish", fan) == ["over", "finished"]
    assert (await store.scores(room, "active")).keys() == {other}
    assert (await store.fields(room, "turns")).keys() == {other}
    assert await store.fields(room, "ended") == {fan: "finished"}
    before = await store.everything(room)
    assert await call(room, "finish", fan) == ["over", "finished"]
    assert await store.everything(room) == before
    assert await store.meter(room, "finished") == "1"


async def test_the_first_reason_stands(room: ARoom, call: Call, store: Store) -> None:
    """A fan who left did not finish."""
    fan = await room.active_fan()
    await room.queue.leave(room.name, epoch=room.epoch, fan_id=fan)
    before = await store.everything(room)
    assert await call(room, "finish", fan) == ["over", "left"]
    assert await store.everything(room) == before


async def test_a_forgotten_fan_is_noted(room: ARoom, call: Call, store: Store) -> None:
    """Whose slot was lost with the store is finished all the same, and no pass brings the turn back."""
    waiting = some_fans(11)
    await room.join(*waiting)
    fans = [a_fan(), await room.admitted_fan(), waiting[-1]]
    for fan in fans:
        assert await call(room, "finish", fan) == ["over", "finished"]
        assert await call(room, "restore", fan, 0, 7) == ["restored", ["finished", "", "", "", "", "", ""]]
    for part in ("waiting", "admitted", "active", "turns"):
        assert not set(await store.scores(room, part) if part != "turns" else await store.fields(room, part)) & set(
            fans
        )


async def test_after_a_loss_nobody_is_counted_twice(room: ARoom, call: Call, store: Store) -> None:
    """Who finished before the loss is noted again and stands in the total once; who finishes now is counted."""
    done, inside = await room.active_fan(), await room.active_fan()
    await call(room, "finish", done)
    await lose_and_restore(store.client, room)
    await call(room, "enter", inside, "s")
    await room.queue.restore(room.name, [(done, 0, 5)], epoch=room.epoch, now_us=room.clock.now_us)
    for fan in (done, inside, done):
        assert await call(room, "finish", fan) == ["over", "finished"]
    assert await store.meter(room, "finished") == "2"
    assert (await store.fields(room, "ended")).keys() == {done, inside}


async def test_who_is_finished_leaves_the_lobby(lobby: ARoom, call: Call, store: Store) -> None:
    """Before the freeze a finished fan is taken out of the lobby, and is no entrant of the draw."""
    fan, other = some_fans(2)
    await lobby.join(fan, other)
    assert await call(lobby, "finish", fan) == ["over", "finished"]
    assert (await store.scores(lobby, "lobby")).keys() == {other}
