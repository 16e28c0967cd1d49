"""leave.lua: every branch, the reply and what it leaves behind."""

from tests.factories import ARoom, a_fan
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import Active, State

LEFT = ["over", "left"]


async def leaves_once(room: ARoom, fan: str, call: Call, store: Store, *, part: str) -> None:
    """The fan goes from this set, once, and is noted with the reason."""
    assert fan in await store.scores(room, part)
    assert await call(room, "leave", fan) == LEFT
    assert fan not in await store.scores(room, part)
    assert fan not in await store.fields(room, "turns")
    assert await store.fields(room, "ended") == {fan: "left"}
    before = await store.everything(room)
    assert await call(room, "leave", fan) == LEFT
    assert await store.everything(room) == before
    assert await store.meter(room, "left") == "1"


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "leave", a_fan()) == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name takes nobody out."""
    fan = await room.active_fan()
    before = await store.everything(room)
    assert await call(room, "leave", fan, epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_from_the_lobby(lobby: ARoom, call: Call, store: Store) -> None:
    """Before the freeze a leaver is no entrant."""
    fan = a_fan()
    await lobby.join(fan, a_fan())
    await leaves_once(lobby, fan, call, store, part="lobby")


async def test_from_the_frozen_lobby(lobby: ARoom, call: Call, store: Store) -> None:
    """After the freeze the list stands: the leave is noted, and the entrant stays until the draw."""
    fan = a_fan()
    await lobby.join(fan)
    lobby.clock.move(seconds=60)
    assert await call(lobby, "leave", fan) == LEFT
    assert await store.scores(lobby, "lobby") == {fan: 0}
    assert await store.meter(lobby, "frozen_at_us") == str(lobby.clock.now_us)
    assert await lobby.state(fan) is State.LEFT
    before = await store.everything(lobby)
    assert await call(lobby, "leave", fan) == LEFT
    assert await store.everything(lobby) == before


async def test_from_the_line(room: ARoom, call: Call, store: Store) -> None:
    """A leaver gives the place up."""
    await room.change(new_users_per_minute=0)
    fan = a_fan()
    await room.join(fan)
    await leaves_once(room, fan, call, store, part="waiting")


async def test_with_the_turn(room: ARoom, call: Call, store: Store) -> None:
    """A leaver gives the turn up."""
    await leaves_once(room, await room.admitted_fan(), call, store, part="admitted")


async def test_with_a_slot(room: ARoom, call: Call, store: Store) -> None:
    """A leaver gives the slot back."""
    await leaves_once(room, await room.active_fan(), call, store, part="active")


async def test_from_inside(room: ARoom, call: Call, store: Store) -> None:
    """Who shops keeps the slot, however often the fan leaves the line: the ceiling counts who is inside."""
    await room.change(total_active_users=1)
    fan = await room.active_fan()
    await room.queue.enter(room.name, epoch=room.epoch, fan_id=fan, session="s", now_us=room.clock.now_us)
    before = await store.everything(room)
    expires = (await store.scores(room, "active"))[fan]
    assert await call(room, "leave", fan) == ["active", f"{expires:.0f}"]
    assert await store.everything(room) == before
    left = await room.queue.leave(room.name, epoch=room.epoch, fan_id=fan, now_us=room.clock.now_us)
    assert left == Active(expires_at_ms=int(expires))


async def test_the_first_reason_stands(room: ARoom, call: Call) -> None:
    """Who finished did not leave."""
    fan = await room.active_fan()
    await room.queue.finish(room.name, epoch=room.epoch, fan_id=fan)
    assert await call(room, "leave", fan) == ["over", "finished"]


async def test_unknown(room: ARoom, call: Call, store: Store) -> None:
    """Who was never here leaves nothing behind."""
    before = await store.everything(room)
    assert await call(room, "leave", a_fan()) == ["unknown"]
    assert await store.everything(room) == before
