"""take_over.lua: every branch, the reply and what it leaves behind."""

from tests.factories import ARoom
from tests.waitroom.queue.conftest import Call, Store

HELD = "0:lobby:1800000000000"
FIELDS = ["0", "lobby", "1800000000000"]


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "take_over", "id", "") == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name changes nothing."""
    before = await store.everything(room)
    assert await call(room, "take_over", "id", "", epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def offered(room: ARoom, call: Call, code: str = "id") -> str:
    """A fan with the turn, who offers the place."""
    fan = await room.admitted_fan()
    await call(room, "move", fan, 0, code, HELD, 600_000)
    return fan


async def test_taken(room: ARoom, call: Call, store: Store) -> None:
    """The fan has moved once more, at a moment that edges can read on from, and keeps the turn."""
    fan = await offered(room, call)
    reply = await call(room, "take_over", "id", "")
    assert reply[:6] == ["taken", fan, *FIELDS, "1"]
    assert reply[6][0] == "admitted"
    assert await store.scores(room, "moved") == {fan: room.clock.now_ms * 1000 + 1}
    assert await store.meter(room, "last_moved_ms") == str(room.clock.now_ms)
    assert await room.queue.moved_since(room.name, 0) == ({fan: 1}, room.clock.now_ms)
    assert await room.queue.moved_since(room.name, room.clock.now_ms) == ({}, room.clock.now_ms)


async def test_moments_rise(room: ARoom, call: Call) -> None:
    """No two moves have one moment, also where the clock is set back: no edge misses one."""
    first, second = await offered(room, call, "one"), await offered(room, call, "two")
    await call(room, "take_over", "one", "")
    _, moment = await room.queue.moved_since(room.name, 0)
    room.clock.move(seconds=-30)
    await call(room, "take_over", "two", "")
    assert await room.queue.moved_since(room.name, moment) == ({second: 1}, moment + 1)
    assert (await room.queue.moved_since(room.name, 0))[0] == {first: 1, second: 1}


async def test_repeated(room: ARoom, call: Call, store: Store) -> None:
    """Who took it over may ask again and is told the same; anybody else, and who has no mark, is refused."""
    await offered(room, call)
    first = await call(room, "take_over", "id", "mark")
    before = await store.everything(room)
    assert await call(room, "take_over", "id", "mark") == first
    for by in ("other", ""):
        assert await call(room, "take_over", "id", by) == ["refused"]
    assert await store.everything(room) == before


async def test_repeated_after_the_next_move(room: ARoom, call: Call) -> None:
    """Once the fan has moved on, the code of before gives nothing, not even to who used it."""
    fan = await offered(room, call)
    await call(room, "take_over", "id", "mark")
    await call(room, "standing", fan, 2)
    assert await call(room, "take_over", "id", "mark") == ["refused"]


async def test_refused(room: ARoom, call: Call, store: Store) -> None:
    """A code that was never made, was replaced, or is ten minutes old opens nothing."""
    fan = await offered(room, call, "old")
    await call(room, "move", fan, 0, "new", HELD, 600_000)
    assert await call(room, "take_over", "old", "") == ["refused"]
    assert await call(room, "take_over", "never", "") == ["refused"]
    assert await call(room, "take_over", f"@{fan}", "") == ["refused"]
    room.clock.move(seconds=600)
    assert await call(room, "take_over", "new", "") == ["refused"]
    assert await store.scores(room, "moved") == {}


async def test_the_old_pass_holds_no_more(room: ARoom, call: Call, store: Store) -> None:
    """Claim, leave, more time, a further code, a support code: none by the pass of before, all by the new one."""
    fan = await offered(room, call)
    await call(room, "take_over", "id", "")
    before = await store.everything(room)
    for verb, *more in (
        ("claim",),
        ("leave",),
        ("prolong",),
        ("move", "x", HELD, 1),
        ("support", "x", HELD, 1),
    ):
        assert await call(room, verb, fan, 0, *more) == ["moved"]
    assert (await call(room, "standing", fan, 0))[1][0] == "moved"
    assert (await call(room, "join", fan, 0, ""))[1][0] == "moved"
    assert await store.everything(room) == before
    assert (await call(room, "claim", fan, 1))[0] == "claimed"
    assert (await call(room, "standing", fan, 1))[1][0] == "active"


async def test_a_visit_moves_too(room: ARoom, call: Call) -> None:
    """Who has claimed takes the turn along: the same moment of entry, no second slot."""
    fan = await room.active_fan()
    enter = (await room.claimed(fan)).enter_at_ms
    await call(room, "move", fan, 0, "id", HELD, 600_000)
    reply = await call(room, "take_over", "id", "")
    assert reply[6][:1] + reply[6][5:6] == ["active", str(enter)]
    assert (await call(room, "claim", fan, 1))[:2] == ["claimed", str(enter)]


async def test_unknown_stays_unknown(room: ARoom, call: Call, store: Store) -> None:
    """Where the room has lost the fan, the code still gives the pass: that puts the fan back."""
    await offered(room, call)
    await store.client.delete(f"wr:{{{room.name}}}:admitted", f"wr:{{{room.name}}}:turns")
    assert (await call(room, "take_over", "id", ""))[6][0] == "unknown"
    assert await store.scores(room, "moved") != {}
