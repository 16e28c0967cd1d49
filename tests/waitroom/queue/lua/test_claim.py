"""claim.lua: every branch, the reply and what it leaves behind."""

from tests.factories import START_MS, ARoom, a_fan
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import Queue

CLAIM_MS = 600_000


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "claim", a_fan()) == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name changes nothing."""
    fan = await room.admitted_fan()
    before = await store.everything(room)
    assert await call(room, "claim", fan, epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_takes_the_turn(room: ARoom, call: Call, store: Store) -> None:
    """An admitted fan becomes active, with a moment of entry and a slot for one claim window."""
    fan = await room.admitted_fan()
    enter = START_MS + 1000
    assert await call(room, "claim", fan) == ["claimed", str(enter), str(enter + CLAIM_MS), str(START_MS)]
    assert await store.scores(room, "admitted") == {}
    assert await store.scores(room, "active") == {fan: enter + CLAIM_MS}
    assert (await store.fields(room, "turns"))[fan] == f"{START_MS}:0:{enter}:{enter + CLAIM_MS}:0:"
    assert await store.meter(room, "claimed") == "1"
    assert await store.meter(room, "claimed:0") == "1"


async def test_repeated(room: ARoom, call: Call, store: Store) -> None:
    """A repeated claim is the same turn at the same moment, and no second slot."""
    fan = await room.admitted_fan()
    first = await call(room, "claim", fan)
    before = await store.everything(room)
    room.clock.move(seconds=30)
    assert await call(room, "claim", fan) == first
    assert await store.everything(room) == before


async def test_waiting(room: ARoom, call: Call) -> None:
    """A fan in the line is told how many are ahead."""
    await room.change(new_users_per_minute=0)
    ahead, fan = a_fan(), a_fan()
    await room.join(ahead, fan)
    assert await call(room, "claim", fan) == ["waiting", "1"]


async def test_lobby(lobby: ARoom, call: Call) -> None:
    """A fan in the lobby has no place yet."""
    fan = a_fan()
    await lobby.join(fan)
    assert await call(lobby, "claim", fan) == ["waiting", "-1"]


async def test_full_ceiling_keeps_the_turn(room: ARoom, call: Call, store: Store) -> None:
    """Who asks at a full ceiling keeps the turn, with the whole window anew, and gets the slot that comes free."""
    first, second = a_fan(), a_fan()
    await room.join(first, second)
    await room.change(total_active_users=1)
    await room.claimed(first)
    await room.advance()
    await room.advance(seconds=1)
    assert await call(room, "claim", second) == ["waiting", "0"]
    assert await store.scores(room, "admitted") == {second: 1000 + CLAIM_MS}
    assert await store.scores(room, "active") == {first: START_MS + CLAIM_MS}
    await room.queue.finish(room.name, epoch=room.epoch, fan_id=first)
    assert (await call(room, "claim", second))[0] == "claimed"


async def test_rate_of_nothing_keeps_the_turn(room: ARoom, call: Call) -> None:
    """A shut tap lets nobody in and takes no turn away."""
    fan = await room.admitted_fan()
    await room.change(new_users_per_minute=0)
    assert await call(room, "claim", fan) == ["waiting", "0"]


async def test_paused(room: ARoom, call: Call, store: Store) -> None:
    """A paused room keeps the turn; who is active is told so all the same."""
    active, fan = await room.active_fan(), await room.admitted_fan()
    await room.change(paused=True)
    before = await store.everything(room)
    assert await call(room, "claim", fan) == ["paused"]
    assert (await call(room, "claim", active))[0] == "claimed"
    assert await store.everything(room) == before


async def test_closed(room: ARoom, call: Call) -> None:
    """A closed room takes nobody."""
    fan = await room.admitted_fan()
    await room.change(closes_at=room.clock.now_ms)
    assert await call(room, "claim", fan) == ["closed"]


async def test_lapsed_at_the_deadline(room: ARoom, call: Call, store: Store) -> None:
    """A claim at the deadline in room time is too late, also when nobody has swept the turn away yet."""
    fan = await room.admitted_fan()
    await room.change(claim_minutes=0.05)
    late = await room.admitted_fan()
    given = (await store.scores(room, "admitted"))[late]
    await store.client.hset(f"wr:{{{room.name}}}:meter", "room_us", given * 1000)
    assert await call(room, "claim", late) == ["over", "lapsed"]
    assert await store.fields(room, "ended") == {late: "lapsed"}
    assert late not in await store.fields(room, "turns")
    assert await call(room, "claim", late) == ["over", "lapsed"]
    assert await store.meter(room, "lapsed") == "1"
    assert (await call(room, "claim", fan))[0] == "claimed"


async def test_over(room: ARoom, call: Call) -> None:
    """Whose turn is over is told why."""
    fan = await room.active_fan()
    await room.queue.finish(room.name, epoch=room.epoch, fan_id=fan)
    assert await call(room, "claim", fan) == ["over", "finished"]


async def test_unknown(room: ARoom, call: Call) -> None:
    """A fan of whom the room knows nothing is told so."""
    assert await call(room, "claim", a_fan()) == ["unknown"]


async def test_moments_are_spaced_by_the_rate(queue: Queue, room_name: str) -> None:
    """At 60 a minute claims of one moment enter a second apart."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=60)
    fans = [await room.admitted_fan() for _ in range(3)]
    moments = [(await room.claimed(fan)).enter_at_ms for fan in fans]
    assert moments == [room.clock.now_ms, room.clock.now_ms + 1000, room.clock.now_ms + 2000]


async def test_parts_of_a_minute_give_whole_milliseconds(queue: Queue, room_name: str, call: Call) -> None:
    """A claim window of a third of a minute ends on a whole millisecond."""
    room = await ARoom.open(queue, room_name, claim_minutes=0.333333)
    fan = await room.admitted_fan()
    assert await call(room, "claim", fan) == await call(room, "claim", fan)
    enter, expires = (int(text) for text in (await call(room, "claim", fan))[1:3])
    assert expires - enter == 20_000
