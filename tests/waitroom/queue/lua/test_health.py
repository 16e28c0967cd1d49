"""health.lua: every branch, the reply and what it leaves behind."""

import json

from tests.factories import START_MS, ARoom
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import HealthReport

A_DAY = 86_400


async def test_missing_room(nowhere: ARoom, call: Call, store: Store) -> None:
    """A room that does not exist says so, and keeps no report."""
    assert await call(nowhere, "health", "c1", "{}", 5, "") == ["missing"]
    assert await store.everything(nowhere) == {}


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
