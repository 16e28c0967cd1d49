"""govern.lua: every branch, the reply and what it leaves behind."""

import json
from functools import partial

from tests.factories import START_MS, ARoom, some_fans
from tests.waitroom.queue.conftest import Call, Store
from tests.waitroom.queue.races import at_once
from waitroom.queue import Snapshot
from waitroom.queue.results import Governed, OtherEpoch

INTERVAL_MS = 5000


async def look(room: ARoom) -> Snapshot:
    """Advance now and read what that stored."""
    advanced = await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)
    return Snapshot.parse(room.name, advanced.snapshot)


async def test_missing_room(nowhere: ARoom, call: Call, store: Store) -> None:
    """A room that does not exist is not governed."""
    assert await call(nowhere, "govern", 0, INTERVAL_MS, "0.7", "latency") == ["missing"]
    assert await store.everything(nowhere) == {}


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """Who means an earlier room of this name slows nobody down."""
    before = await store.everything(room)
    assert await call(room, "govern", 0, INTERVAL_MS, "0.7", "latency", epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_the_first_step(room: ARoom, call: Call, store: Store) -> None:
    """A step sets factor, moment and reason, and writes them into the change log."""
    assert await call(room, "govern", 0, INTERVAL_MS, "0.7", "latency") == ["governed", "0.7"]
    meter = await store.fields(room, "meter")
    kept = {name: meter[name] for name in ("governed", "governed_at_ms", "governed_why")}
    assert kept == {"governed": "0.7", "governed_at_ms": str(START_MS), "governed_why": "latency"}
    entry = (await store.log(room, "changes"))[-1]
    assert (entry["who"], entry["at_ms"]) == ("governor", str(START_MS))
    assert json.loads(entry["governed"]) == ["1", "0.7", "latency"]


async def test_repeated(room: ARoom, call: Call, store: Store) -> None:
    """The same proposal again follows a step that is not the last any more, and changes nothing."""
    await call(room, "govern", 0, INTERVAL_MS, "0.5", "latency")
    before = await store.everything(room)
    room.clock.move(seconds=60)
    assert await call(room, "govern", 0, INTERVAL_MS, "0.5", "latency") == ["standing", "0.5"]
    assert await store.everything(room) == before


async def test_one_step_an_interval(room: ARoom, call: Call) -> None:
    """Who knows the last step still waits for the interval to pass; a clock set back holds nobody up."""
    await call(room, "govern", 0, INTERVAL_MS, "0.5", "latency")
    room.clock.move(seconds=4.999)
    assert await call(room, "govern", START_MS, INTERVAL_MS, "0.25", "errors") == ["standing", "0.5"]
    room.clock.move(seconds=0.001)
    assert await call(room, "govern", START_MS, INTERVAL_MS, "0.25", "errors") == ["governed", "0.25"]
    room.clock.move(seconds=-60)
    assert await call(room, "govern", START_MS + 5000, INTERVAL_MS, "0.125", "errors") == ["governed", "0.125"]


async def test_ten_edges_cut_once(room: ARoom, store: Store) -> None:
    """Ten edges that saw the same snapshot and propose at once make one step, and learn what is in force."""
    propose = partial(
        room.queue.govern, room.name, epoch=room.epoch, seen_ms=0, interval_ms=INTERVAL_MS, now_us=room.clock.now_us
    )
    factors = [0.5 + number / 100 for number in range(10)]
    answers = await at_once(*(partial(propose, factor=factor, why="latency") for factor in factors))
    governed = [answer for answer in answers if isinstance(answer, Governed)]
    assert len(governed) == 10
    assert sum(answer.is_new for answer in governed) == 1
    assert {answer.factor for answer in governed} == {float(await store.meter(room, "governed") or 1)}
    assert sum(entry["who"] == "governor" for entry in await store.log(room, "changes")) == 1


async def test_the_rate_follows_at_once(room: ARoom, call: Call, store: Store) -> None:
    """The rate in force is the plan's times the factor; the ceiling stays, and the snapshot says why."""
    await room.join(*some_fans(400))
    await room.advance(seconds=1)
    await call(room, "govern", 0, INTERVAL_MS, "0.5", "saturation")
    snapshot = await look(room)
    assert (snapshot.rate.per_minute, snapshot.rate.planned_per_minute) == (300, 600)
    assert (snapshot.rate.ceiling, snapshot.rate.by) == (1000, "governor")
    slowed = {"per_minute": 300, "planned_per_minute": 600, "reason": "saturation"}
    assert snapshot.to_json()["slowed"] == slowed
    turns = sum([await room.advance(seconds=1) for _ in range(20)])
    assert 0.95 * 100 <= turns <= 100
    assert (await store.log(room, "admissions"))[-1]["by"] == "governor"


async def test_the_whole_rate_again(room: ARoom, call: Call) -> None:
    """At factor 1 nothing is slowed, and who set the rate before is named again."""
    await call(room, "govern", 0, INTERVAL_MS, "0.5", "saturation")
    room.clock.move(seconds=5)
    await call(room, "govern", START_MS, INTERVAL_MS, "1", "")
    snapshot = await look(room)
    assert (snapshot.rate.per_minute, snapshot.rate.by) == (600, "test")
    assert snapshot.to_json()["slowed"] is None


async def test_a_cut_gives_back_no_depth(room: ARoom, call: Call, store: Store) -> None:
    """What a bucket held beyond the lower rate's depth is gone with the cut."""
    await room.advance()
    await room.advance(seconds=1)
    assert float(await store.meter(room, "tokens") or 0) == 10
    await call(room, "govern", 0, INTERVAL_MS, "0.3", "latency")
    await room.join(*some_fans(30))
    assert float(await store.meter(room, "tokens") or 0) <= 3


async def test_the_method(room: ARoom) -> None:
    """Another epoch is an answer; a factor keeps all its digits on the way."""
    govern = partial(room.queue.govern, room.name, seen_ms=0, interval_ms=5000, why="errors", now_us=room.clock.now_us)
    assert await govern(epoch="another", factor=0.7) == OtherEpoch()
    assert await govern(epoch=room.epoch, factor=0.7**3) == Governed(factor=0.7**3, is_new=True)
