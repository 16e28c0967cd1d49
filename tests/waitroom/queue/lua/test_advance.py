"""advance.lua: every branch, the reply and what it leaves behind."""

import json
from collections.abc import Mapping

import pytest

from tests.factories import START_MS, ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import Queue, State
from waitroom.queue.scores import ARRIVALS


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "advance", 0) == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name advances nothing."""
    before = await store.everything(room)
    assert await call(room, "advance", 0, epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_within_the_interval(room: ARoom, call: Call, store: Store) -> None:
    """Within the interval the stored snapshot comes back and nothing happens."""
    advanced, snapshot, turns = await call(room, "advance", 200_000)
    assert (advanced, turns) == ("advanced", "0")
    await room.join(*some_fans(20))
    before = await store.everything(room)
    room.clock.move(seconds=0.199999)
    assert await call(room, "advance", 200_000) == ["standing", snapshot]
    assert await store.everything(room) == before
    room.clock.move(seconds=0.000001)
    assert (await call(room, "advance", 200_000))[0] == "advanced"


async def test_a_clock_that_ran_back_stops_nothing(room: ARoom, call: Call) -> None:
    """After the clock ran back an hour the room goes on at once."""
    await call(room, "advance", 200_000)
    room.clock.move(seconds=-3600)
    assert (await call(room, "advance", 200_000))[0] == "advanced"


async def test_snapshot_of_strings(room: ARoom, call: Call, store: Store) -> None:
    """The snapshot is kept as text whose numbers are strings, none of them cut."""
    await room.change(new_users_per_minute=0)
    await room.join(*some_fans(2))
    _, text, _ = await call(room, "advance", 0)
    assert await store.meter(room, "snapshot") == text
    snapshot = json.loads(text)
    assert snapshot["curve"] == f"{ARRIVALS}:0 {ARRIVALS + 1}:1"
    assert snapshot["now_ms"] == str(START_MS)
    assert (snapshot["phase"], snapshot["waiting"], snapshot["lobby"]) == ("open", "2", "0")
    assert snapshot["meter"]["joined"] == "2"


async def test_latches_the_freeze(lobby: ARoom, store: Store) -> None:
    """An advance at the closing time closes the lobby."""
    await lobby.advance(seconds=59.9)
    assert await store.meter(lobby, "frozen_at_us") is None
    await lobby.advance(seconds=0.1)
    assert await store.meter(lobby, "frozen_at_us") == str(lobby.clock.now_us)


async def test_room_time(room: ARoom, store: Store) -> None:
    """Room time moves with the clock, a second a step at most, and never backwards."""
    steps = ((0, 0), (0.25, 250_000), (1, 1_250_000), (90, 2_250_000), (-3600, 2_250_000), (0.000001, 2_250_001))
    for seconds, expected in steps:
        await room.advance(seconds=seconds)
        assert int(await store.meter(room, "room_us") or 0) == expected


@pytest.mark.parametrize("switch", [{"paused": True}, {"closes_at": START_MS}])
async def test_room_time_stands(room: ARoom, store: Store, switch: Mapping[str, object]) -> None:
    """Room time stands while the room is paused or closed."""
    await room.advance()
    await room.change(**switch)
    for _ in range(3):
        await room.advance(seconds=1)
    assert int(await store.meter(room, "room_us") or 0) == 0


async def test_room_time_stands_before_the_release(lobby: ARoom, store: Store) -> None:
    """Room time begins with the line."""
    for _ in range(3):
        await lobby.advance(seconds=1)
    assert await store.meter(lobby, "room_us") is None


async def test_lapses(queue: Queue, room_name: str, store: Store) -> None:
    """A turn not claimed within its window of room time lapses, once."""
    room = await ARoom.open(queue, room_name, claim_minutes=0.05)
    await room.advance()
    fan = a_fan()
    await room.join(fan)
    for _ in range(2):
        await room.advance(seconds=1)
    assert await room.state(fan) is State.ADMITTED
    await room.advance(seconds=1)
    assert await room.state(fan) is State.LAPSED
    assert await store.fields(room, "turns") == {}
    await room.advance(seconds=1)
    assert await store.meter(room, "lapsed") == "1"


async def test_an_outage_lapses_nobody(queue: Queue, room_name: str) -> None:
    """However long nobody advanced the room, a turn loses a second."""
    room = await ARoom.open(queue, room_name, claim_minutes=0.05)
    await room.advance()
    fan = a_fan()
    await room.join(fan)
    await room.advance(seconds=3600)
    assert await room.state(fan) is State.ADMITTED


async def test_expires(queue: Queue, room_name: str, store: Store) -> None:
    """A slot ends at its time, and is free again."""
    room = await ARoom.open(queue, room_name, claim_minutes=0.05)
    fan = await room.active_fan()
    await room.advance(seconds=2.999)
    assert await room.state(fan) is State.ACTIVE
    await room.advance(seconds=0.001)
    assert await room.state(fan) is State.EXPIRED
    assert await store.scores(room, "active") == {}
    assert await store.fields(room, "turns") == {}
    assert await store.meter(room, "expired") == "1"


async def test_gives_turns_from_the_head(room: ARoom, store: Store) -> None:
    """The head of the line gets the turns that are due, in order, and the log says which."""
    fans = some_fans(30)
    await room.join(*fans)
    assert await room.advance() == 10
    assert set(await store.scores(room, "admitted")) == set(fans[:10])
    assert list(await store.scores(room, "waiting")) == fans[10:]
    assert await room.advance(seconds=0.5) == 5
    assert await store.meter(room, "watermark") == str(ARRIVALS + 14)
    entries = await store.log(room, "admissions")
    assert [(entry["turns"], entry["first"], entry["last"]) for entry in entries] == [
        ("10", str(ARRIVALS), str(ARRIVALS + 9)),
        ("5", str(ARRIVALS + 10), str(ARRIVALS + 14)),
    ]
    assert entries[1]["at_ms"] == str(room.clock.now_ms)


async def test_the_bucket_holds_one_second(room: ARoom) -> None:
    """After five seconds without a look only one second's worth is due; after a longer gap nothing."""
    await room.join(*some_fans(100))
    assert await room.advance() == 10
    assert await room.advance(seconds=5) == 10
    assert await room.advance(seconds=5.1) == 0
    assert await room.advance(seconds=0.1) == 1


async def test_time_that_runs_backwards_gives_no_turn(room: ARoom) -> None:
    """A step back gives nothing, and the time after it counts once."""
    await room.join(*some_fans(100))
    await room.advance()
    assert await room.advance(seconds=-60) == 0
    assert await room.advance(seconds=1) == 10


async def test_at_most_five_hundred_turns(queue: Queue, room_name: str) -> None:
    """A call gives at most 500 turns, so that it stays short."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=600_000, total_active_users=100_000, paused=True)
    for _ in range(3):
        await room.join(*some_fans(400))
    await room.change(paused=False)
    assert await room.advance(seconds=1) == 500


@pytest.mark.parametrize("switch", [{"paused": True}, {"sold_out": True}, {"closes_at": START_MS + 500}])
async def test_no_turn_while_none_may_be_given(room: ARoom, switch: Mapping[str, object]) -> None:
    """A paused, sold-out or closed room gives no turn."""
    await room.join(*some_fans(20))
    await room.change(**switch)
    assert await room.advance(seconds=1) == 0


async def test_a_rate_of_nothing_gives_nothing(queue: Queue, room_name: str) -> None:
    """A room that begins with a shut tap gives no turn, and one that is shut gives no more."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=0)
    await room.join(*some_fans(20))
    assert await room.advance(seconds=1) == 0
    await room.change(new_users_per_minute=600)
    assert await room.advance(seconds=1) == 10
    room.clock.move(seconds=0.9)
    await room.change(new_users_per_minute=0)
    assert await room.advance(seconds=0.1) == 0


async def test_the_ceiling(room: ARoom) -> None:
    """Turns and slots together stay within the ceiling, and a slot given back gives a turn."""
    await room.change(total_active_users=3)
    fans = some_fans(9)
    await room.join(*fans)
    assert await room.advance() == 3
    assert await room.advance(seconds=1) == 0
    await room.claimed(fans[0])
    assert await room.advance(seconds=1) == 0
    await room.queue.finish(room.name, epoch=room.epoch, fan_id=fans[0])
    assert await room.advance(seconds=1) == 1


async def test_no_turn_before_the_last_chunk_is_drawn(lobby: ARoom, store: Store) -> None:
    """After the release no turn is given until the whole lobby stands in the line."""
    lobby.clock.move(seconds=60)
    await lobby.join(a_fan())
    assert await lobby.advance(seconds=1) == 0
    await store.client.hset(f"wr:{{{lobby.name}}}:meter", "drawn", 1)
    assert await lobby.advance(seconds=1) == 1


async def test_no_turn_before_the_release(lobby: ARoom, store: Store) -> None:
    """A line that is drawn before the release waits for it."""
    await lobby.change(lobby_closes_at=START_MS)
    await lobby.join(a_fan())
    await store.client.hset(f"wr:{{{lobby.name}}}:meter", "drawn", 1)
    assert await lobby.advance(seconds=59.9) == 0
    assert await lobby.advance(seconds=0.1) == 1


async def test_the_measured_speed(room: ARoom, store: Store) -> None:
    """A steady line is measured at its rate, from the first look on."""
    await room.join(*some_fans(200))
    await room.advance()
    for _ in range(10):
        assert await room.advance(seconds=1) == 10
    speed = float(await store.meter(room, "speed") or 0) / float(await store.meter(room, "speed_weight") or 0)
    # The ten turns of the first moment are counted in the first second.
    assert 600 <= speed * 60_000_000 < 750


async def test_the_share_of_claims(queue: Queue, room_name: str, store: Store) -> None:
    """Once a cohort is a claim window old its no-shows count, down to a half."""
    room = await ARoom.open(queue, room_name, claim_minutes=0.05)
    fans = some_fans(100)
    await room.join(*fans)
    for second in range(14):
        await room.advance(seconds=1 if second else 0)
        for fan in fans[: 10 * second : 10]:
            if await room.state(fan) is State.ADMITTED:
                await room.claimed(fan)
        # The first cohort of ten seconds is of age at room time 13 s.
        assert (await store.meter(room, "share") or "1") == ("1" if second < 13 else "0.5")
    assert await store.meter(room, "folded_to") == "1"
    assert await store.meter(room, "given:0") is None
