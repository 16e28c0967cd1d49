"""revoke.lua: every branch, the reply and what it leaves behind."""

from tests.factories import ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import State

EXPIRED = ["over", "expired"]


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "revoke", a_fan(), "0") == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name ends nothing."""
    fan = await room.active_fan()
    before = await store.everything(room)
    assert await call(room, "revoke", fan, "0", epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_a_fan_wherever_it_stands(room: ARoom, call: Call, store: Store) -> None:
    """Waiting, admitted or inside: the turn is over, the slot is free, the token opens nothing."""
    active, admitted = await room.active_fan(), await room.admitted_fan()
    waiting = some_fans(11)
    await room.join(*waiting)
    for fan in (active, admitted, waiting[-1]):
        assert await call(room, "revoke", fan, "0") == EXPIRED
        assert await room.state(fan) is State.EXPIRED
        assert await call(room, "enter", fan, "s") == EXPIRED
    assert await store.scores(room, "active") == {}
    before = await store.everything(room)
    assert await call(room, "revoke", active, "0") == EXPIRED
    assert await store.everything(room) == before


async def test_the_first_reason_stands(room: ARoom, call: Call) -> None:
    """Who left was not revoked, and who was never there is unknown."""
    fan = await room.active_fan()
    await room.queue.leave(room.name, epoch=room.epoch, fan_id=fan)
    assert await call(room, "revoke", fan, "0") == ["over", "left"]
    assert await call(room, "revoke", a_fan(), "0") == ["unknown"]


async def test_a_fan_of_the_lobby(lobby: ARoom, call: Call, store: Store) -> None:
    """Before the freeze the fan leaves the lobby; afterwards the list of entrants stands."""
    early, late = some_fans(2)
    await lobby.join(early, late)
    await call(lobby, "revoke", early, "0")
    assert (await store.scores(lobby, "lobby")).keys() == {late}
    lobby.clock.move(seconds=60)
    await call(lobby, "freeze")
    assert await call(lobby, "revoke", late, "0") == EXPIRED
    assert (await store.scores(lobby, "lobby")).keys() == {late}


async def test_all_tokens_of_a_room(room: ARoom, call: Call) -> None:
    """Tokens that nobody has entered with end; who is inside, or has only the turn, is left alone."""
    inside, claimed, admitted = await room.active_fan(), await room.active_fan(), await room.admitted_fan()
    await call(room, "enter", inside, "s")
    assert await room.queue.revoke_tokens(room.name, epoch=room.epoch) == 1
    assert [await room.state(fan) for fan in (inside, claimed, admitted)] == [
        State.ACTIVE,
        State.EXPIRED,
        State.ADMITTED,
    ]
    assert await room.queue.revoke_tokens(room.name, epoch=room.epoch) == 0
