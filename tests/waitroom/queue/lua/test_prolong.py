"""prolong.lua: every branch, the reply and what it leaves behind."""

from tests.factories import ARoom, a_fan
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import Queue

WINDOW = 600


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "prolong", a_fan(), 0) == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name changes nothing."""
    before = await store.everything(room)
    assert await call(room, "prolong", a_fan(), 0, epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def run_down(room: ARoom, *, seconds: int) -> None:
    """Let so many seconds of room time pass."""
    for _ in range(seconds):
        await room.advance(seconds=1)


async def deadline(room: ARoom, store: Store, fan: str) -> int:
    """How many milliseconds of room time the fan has left."""
    now = float(await store.meter(room, "room_us") or 0) / 1000
    return round((await store.scores(room, "admitted"))[fan] - now)


async def test_not_while_there_is_time(room: ARoom, call: Call, store: Store) -> None:
    """Who has more than two minutes keeps them, and has used none of the ten."""
    fan = await room.admitted_fan()
    before = await store.everything(room)
    reply = await call(room, "prolong", fan, 0)
    assert reply[1][0] == "admitted"
    assert await store.everything(room) == before


async def test_two_minutes_ten_times(room: ARoom, call: Call, store: Store) -> None:
    """Each makes it two minutes from now; asked again at once it is the same; the eleventh is refused."""
    fan = await room.admitted_fan()
    given = (await store.fields(room, "turns"))[fan].removesuffix(":0:")
    await run_down(room, seconds=WINDOW - 30)
    for number in range(1, 11):
        for _ in range(2):
            reply = await call(room, "prolong", fan, 0)
            assert (reply[1][0], int(reply[1][4])) == ("admitted", room.clock.now_ms + 120_000)
        assert await deadline(room, store, fan) == 120_000
        assert (await store.fields(room, "turns"))[fan] == f"{given}:0+{number}:"
        await run_down(room, seconds=1)
    assert await call(room, "prolong", fan, 0) == ["used_up"]
    assert (await room.claimed(fan)).enter_at_ms >= room.clock.now_ms


async def test_a_short_window_runs_anew(queue: Queue, room_name: str, call: Call, store: Store) -> None:
    """Where the window is shorter than two minutes nobody gets more than the window."""
    room = await ARoom.open(queue, room_name, claim_minutes=0.5)
    fan = await room.admitted_fan()
    await run_down(room, seconds=10)
    await call(room, "prolong", fan, 0)
    assert await deadline(room, store, fan) == 30_000


async def test_too_late(room: ARoom, call: Call, store: Store) -> None:
    """A turn whose time is over has lapsed, though no edge has seen it yet."""
    fan = await room.admitted_fan()
    await run_down(room, seconds=1)
    await store.client.zadd(f"wr:{{{room.name}}}:admitted", {fan: 1})
    assert (await call(room, "prolong", fan, 0))[1][0] == "lapsed"
    assert await store.fields(room, "ended") == {fan: "lapsed"}


async def test_without_a_turn(room: ARoom, call: Call, store: Store) -> None:
    """Of who waits, has claimed, or is nobody, nothing changes."""
    active = await room.active_fan()
    await room.change(new_users_per_minute=0)
    waiting = a_fan()
    await room.join(waiting)
    before = await store.everything(room)
    for fan, state in ((active, "active"), (waiting, "waiting"), (a_fan(), "unknown")):
        assert (await call(room, "prolong", fan, 0))[1][0] == state
    assert await store.everything(room) == before


async def test_what_was_counted_stays_right(room: ARoom, call: Call, store: Store) -> None:
    """A turn that is claimed after its window, by grace of more time, counts as claimed: nobody is a no-show for it."""
    fans = [await room.admitted_fan() for _ in range(20)]
    await run_down(room, seconds=WINDOW - 40)
    for _ in range(2):
        for fan in fans:
            await call(room, "prolong", fan, 0)
        await run_down(room, seconds=60)
    share = float(await store.meter(room, "share") or 1)
    assert share == 0.5
    for fan in fans:
        await room.claimed(fan)
    late = await room.admitted_fan()
    await run_down(room, seconds=WINDOW + 11)
    counted = [float(await store.meter(room, name) or 0) for name in ("given_old", "claimed_old")]
    assert counted == [21, 20]
    assert await room.state(late) == "lapsed"
