"""enter.lua: every branch, the reply and what it leaves behind."""

import pytest

from tests.factories import ARoom, a_fan
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import Queue

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


async def test_unknown(room: ARoom, call: Call) -> None:
    """Who has not claimed does not enter."""
    assert await call(room, "enter", a_fan(), "s") == ["unknown"]
    assert await call(room, "enter", await room.admitted_fan(), "s") == ["unknown"]


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
