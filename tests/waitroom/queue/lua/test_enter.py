"""enter.lua: every branch, the reply and what it leaves behind."""

import pytest

from tests.factories import ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import Queue, State

SESSION_MS = 1_200_000


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "enter", a_fan(), "s") == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name spends nothing."""
    fan = await room.active_fan()
    before = await store.everything(room)
    assert await call(room, "enter", fan, "s", epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_starts_the_session(room: ARoom, call: Call, store: Store) -> None:
    """The token is spent and the slot lasts for a session from now."""
    fan = await room.active_fan()
    room.clock.move(seconds=5)
    expires = room.clock.now_ms + SESSION_MS
    assert await call(room, "enter", fan, "s") == ["entered", str(expires)]
    assert await store.scores(room, "active") == {fan: expires}
    assert (await store.fields(room, "turns"))[fan].endswith(":s")
    assert await store.meter(room, "entered") == "1"


async def test_repeated(room: ARoom, call: Call, store: Store) -> None:
    """The same session may ask again, and learns how long it lasts by now; another one is refused."""
    fan = await room.active_fan()
    first = await call(room, "enter", fan, "s")
    before = await store.everything(room)
    room.clock.move(seconds=5)
    assert await call(room, "enter", fan, "s") == first
    assert await call(room, "enter", fan, "t") == ["spent"]
    assert await store.everything(room) == before
    await room.queue.extend(room.name, epoch=room.epoch, fan_id=fan, seconds=7200, now_us=room.clock.now_us)
    assert await call(room, "enter", fan, "s") == ["entered", str(room.clock.now_ms + 7_200_000)]


async def test_parts_of_a_minute_give_whole_milliseconds(queue: Queue, room_name: str, call: Call) -> None:
    """A session of a third of a minute ends on a whole millisecond, and its repeat can be read."""
    room = await ARoom.open(queue, room_name, session_minutes=0.333333)
    fan = await room.active_fan()
    expires = str(room.clock.now_ms + 20_000)
    for _ in range(2):
        assert await call(room, "enter", fan, "s") == ["entered", expires]


async def test_early(queue: Queue, room_name: str, call: Call, store: Store) -> None:
    """Before the moment of entry nothing is spent; at it the fan is let in."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=60)
    await room.active_fan()
    fan = await room.admitted_fan()
    await room.claimed(fan)
    room.clock.move(seconds=-0.25)
    before = await store.everything(room)
    assert await call(room, "enter", fan, "s") == ["early", "250"]
    assert await store.everything(room) == before
    room.clock.move(seconds=0.25)
    assert (await call(room, "enter", fan, "s"))[0] == "entered"


async def test_over(room: ARoom, call: Call) -> None:
    """Whose turn is over is told why."""
    fan = await room.active_fan()
    await room.queue.leave(room.name, epoch=room.epoch, fan_id=fan)
    assert await call(room, "enter", fan, "s") == ["over", "left"]


async def test_a_forgotten_claim_is_taken_back(room: ARoom, call: Call, store: Store) -> None:
    """Who holds a verified token and no slot claimed before a loss: the fan is inside, once, and nowhere else."""
    waiting = some_fans(11)
    await room.join(*waiting)
    fans = [a_fan(), await room.admitted_fan(), waiting[-1]]
    expires = str(room.clock.now_ms + SESSION_MS)
    for fan in fans:
        assert await call(room, "enter", fan, "s") == ["entered", expires]
        assert await call(room, "enter", fan, "t") == ["spent"]
    assert (await store.scores(room, "active")).keys() == set(fans)
    for part in ("waiting", "admitted"):
        assert not (await store.scores(room, part)).keys() & set(fans)
    assert await store.meter(room, "restored") == "3"


async def test_a_forgotten_claim_of_a_drawn_fan(lobby: ARoom, call: Call, store: Store) -> None:
    """Before the freeze such a fan leaves the lobby; afterwards the list stands and the draw gives no place."""
    early, late = a_fan(), a_fan()
    await lobby.join(early, late, tier=3)
    assert (await call(lobby, "enter", early, "s"))[0] == "entered"
    assert (await store.scores(lobby, "lobby")).keys() == {late}
    lobby.clock.move(seconds=60)
    await call(lobby, "freeze")
    assert (await call(lobby, "enter", late, "s"))[0] == "entered"
    assert await lobby.state(late) is State.ACTIVE
    assert (await store.scores(lobby, "lobby")).keys() == {late}
    turns = await store.fields(lobby, "turns")
    assert {text.split(":")[4] for text in turns.values()} == {"3"}


@pytest.mark.parametrize("session", ["", "x" * 65])
async def test_a_session_has_a_name(room: ARoom, session: str, store: Store) -> None:
    """An empty name would enter without spending the token: it is refused, like one that is too long."""
    fan = await room.active_fan()
    before = await store.everything(room)
    with pytest.raises(ValueError, match="characters"):
        await room.queue.enter(room.name, epoch=room.epoch, fan_id=fan, session=session, now_us=room.clock.now_us)
    assert await store.everything(room) == before


async def test_an_empty_name_passes_no_moment_of_entry(queue: Queue, room_name: str, call: Call) -> None:
    """Also past the method the script takes no empty name for the session that has entered."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=60)
    await room.active_fan()
    fan = await room.admitted_fan()
    await room.claimed(fan)
    room.clock.move(seconds=-0.25)
    assert await call(room, "enter", fan, "") == ["early", "250"]
