"""health.lua: every branch, the reply and what it leaves behind."""

import json

from tests.factories import START_MS, ARoom, a_fan
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import HealthReport, OtherEpoch, Snapshot, State

A_DAY = 86_400


async def test_missing_room(nowhere: ARoom, call: Call, store: Store) -> None:
    """A room that does not exist says so, and keeps no report."""
    assert await call(nowhere, "health", "c1", "{}", 5, "") == ["missing"]
    assert await store.everything(nowhere) == {}


async def look(room: ARoom) -> Snapshot:
    """Advance now and read what that stored."""
    advanced = await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)
    return Snapshot.parse(room.name, advanced.snapshot)


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A checkout that means an earlier room of this name reports nothing into this one."""
    before = await store.everything(room)
    assert await call(room, "health", "c1", "{}", 0, 2, epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_a_room_that_recovers_says_until_when(room: ARoom, call: Call, store: Store) -> None:
    """While a room recovers from a loss, the reply says until which moment; afterwards nothing."""
    until = START_MS + 90_000
    await store.client.hset(f"wr:{{{room.name}}}:meter", "recovering_until_ms", until)
    assert await call(room, "health", "c1", "{}", "", "") == ["noted", str(until)]
    room.clock.move(seconds=90)
    assert await call(room, "health", "c1", "{}", "", "") == ["noted", ""]


async def test_notes_the_last_report(room: ARoom, call: Call, store: Store) -> None:
    """The last report of each checkout is kept for a day; a repeat changes nothing."""
    for _ in range(2):
        assert await call(room, "health", "c1", '{"errors": 0}', 5, "") == ["noted", ""]
        assert await store.fields(room, "health") == {"c1": f'{START_MS} {{"errors": 0}}'}
        assert (await store.everything(room))["health lives"] == A_DAY
    assert await store.meter(room, "seats_left") == "5"
    await call(room, "health", "c2", "{}", 4, "")
    assert (await store.fields(room, "health")).keys() == {"c1", "c2"}


async def test_who_knows_no_seats_changes_none(room: ARoom, call: Call, store: Store) -> None:
    """A report without the seats leaves the last known figure."""
    await call(room, "health", "c1", "{}", 5, "")
    await call(room, "health", "c1", "{}", "", "")
    assert await store.meter(room, "seats_left") == "5"


async def test_the_method(room: ARoom, store: Store) -> None:
    """The typed report carries latency, errors and slots in use."""
    report = HealthReport(reporter="c1", latency_ms=12.5, errors=1, in_use=7, seats_left=0)
    await room.queue.health(room.name, report=report, now_us=room.clock.now_us)
    _, _, body = (await store.fields(room, "health"))["c1"].partition(" ")
    assert json.loads(body) == {"latency_ms": 12.5, "requests": 0, "errors": 1, "in_use": 7, "pool": 0}
    assert await store.meter(room, "seats_left") == "0"


async def test_what_a_buyer_takes(room: ARoom, call: Call, store: Store) -> None:
    """The last known figure of seats a buyer stays until another comes."""
    await call(room, "health", "c1", "{}", "", "2.5")
    await call(room, "health", "c1", "{}", "", "")
    assert await store.meter(room, "seats_a_buyer") == "2.5"
    assert (await look(room)).seats_a_buyer == 2.5


async def test_nothing_left_stops_the_line(room: ARoom, call: Call) -> None:
    """When nothing is left the room says so to all and gives no turn; who has one keeps and takes it."""
    admitted, waiting = await room.admitted_fan(), a_fan()
    await call(room, "health", "c1", "{}", 0, "")
    snapshot = await look(room)
    assert (snapshot.to_json()["sold_out"], snapshot.settings.sold_out, snapshot.may_admit) == (True, False, False)
    (standing,) = await room.join(waiting)
    assert standing.state is State.WAITING
    assert sum([await room.advance(seconds=1) for _ in range(5)]) == 0
    await room.claimed(admitted)
    assert await room.state(waiting) is State.WAITING


async def test_seats_that_return_open_the_line_again(room: ARoom, call: Call) -> None:
    """The next report that knows of a seat ends it; one that knows nothing changes nothing."""
    await call(room, "health", "c1", "{}", 0, "")
    await room.join(a_fan())
    await call(room, "health", "c2", "{}", "", "")
    assert (await look(room)).is_sold_out
    await call(room, "health", "c2", "{}", 1, "")
    snapshot = await look(room)
    assert (snapshot.is_sold_out, snapshot.may_admit) == (False, True)
    assert (snapshot.counts.waiting, snapshot.counts.admitted) == (0, 1)


async def test_the_organizers_switch_is_another(room: ARoom, call: Call) -> None:
    """What the checkout reports does not move the organizer's switch, nor the switch what is reported."""
    await room.change(sold_out=True)
    await call(room, "health", "c1", "{}", 5, "")
    assert (await look(room)).is_sold_out
    await call(room, "health", "c1", "{}", 0, "")
    await room.change(sold_out=False)
    assert (await look(room)).is_sold_out
    await call(room, "health", "c1", "{}", 5, "")
    assert not (await look(room)).is_sold_out


async def test_the_method_tells_another_epoch(room: ARoom) -> None:
    """A report for another epoch is answered so."""
    report = HealthReport(reporter="c1", latency_ms=1)
    assert await room.queue.health(room.name, report=report, epoch="another") == OtherEpoch()
