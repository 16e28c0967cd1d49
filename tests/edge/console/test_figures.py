"""The figures of the night, by what went before."""

from dataclasses import replace

import pytest

from edge.console.figures import (
    COLUMNS,
    Moment,
    Point,
    claims_in_hand,
    figures,
    line_ends_seconds,
    no_show_share,
    per_minute,
    seats_per_minute,
    shop_minutes,
)
from tests.factories import START_MS, ARoom, some_fans
from waitroom.queue import HealthReport, Queue, Snapshot

STILL = Moment(
    at_ms=START_MS,
    lobby=0,
    waiting=1000,
    admitted=10,
    inside=60,
    joined=2000,
    claimed=500,
    entered=500,
    lapsed=20,
    rate=600,
    ceiling=100,
    measured_per_minute=600,
    seats_left=900,
    latency_ms=None,
)

SHUT = {"new_users_per_minute": 60, "total_active_users": 0}
"""A ceiling that keeps the whole line where it is."""


def history(seconds: int, **growth: float) -> list[Moment]:
    """So many seconds in which these figures grow by so much each."""
    found = []
    for second in range(seconds + 1):
        grown = {name: round(getattr(STILL, name) + by * second) for name, by in growth.items()}
        found.append(replace(STILL, at_ms=START_MS + second * 1000, **grown))
    return found


def test_speeds_are_of_the_last_moments() -> None:
    """A speed follows the last quarter of a minute, whatever went before, and is unknown in the first two seconds."""
    fast_then_slow = history(60, joined=10)
    for second in range(1, 31):
        later = replace(STILL, at_ms=START_MS + 60_000 + second * 1000, joined=2600 + second)
        fast_then_slow.append(later)
    assert per_minute(fast_then_slow[:61], "joined") == 600
    assert per_minute(fast_then_slow, "joined") == 60
    assert per_minute(fast_then_slow[:2], "joined") is None


def test_a_loss_is_no_speed() -> None:
    """Totals that jump back after a loss make no speed below nothing."""
    assert per_minute([*history(5), replace(STILL, at_ms=START_MS + 6000, joined=3)], "joined") == 0


def test_seats() -> None:
    """Sales are what leaves the stock in a minute, below 0 while more comes back, unknown without a stock."""
    assert seats_per_minute(history(60, seats_left=-2)) == 120
    assert seats_per_minute(history(60, seats_left=1)) == -60
    assert seats_per_minute([replace(moment, seats_left=None) for moment in history(9)]) is None


def test_how_long_people_shop() -> None:
    """Sixty inside at twenty entries a minute are three minutes each; few entries say nothing."""
    assert shop_minutes(history(600, entered=1 / 3)) == pytest.approx(3, rel=0.02)
    assert shop_minutes(history(60, entered=1 / 3)) is None


def test_no_shows() -> None:
    """No-shows are a share of the turns that are decided."""
    assert no_show_share({"lapsed": 20, "claimed": 60}) == 0.25
    assert no_show_share({"lapsed": 0, "claimed": 0}) is None


def test_points_are_rows() -> None:
    """A point's row has a number, or none, for each column."""
    row = Point.of(history(20, joined=1)).to_row()
    assert len(row) == len(COLUMNS)
    assert dict(zip(COLUMNS, row, strict=True))["joins_per_minute"] == 60


async def opened(room: ARoom, *, fans: int) -> Snapshot:
    """The room with so many fans in its line, as it is now."""
    await room.join(*some_fans(fans))
    text = (await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)).snapshot
    return Snapshot.parse(room.name, text)


async def test_when_the_line_ends(queue: Queue, room_name: str) -> None:
    """Sixty fans at sixty a minute are a minute; with thirty more joining a minute two; with sixty for ever."""
    room = await ARoom.open(queue, room_name, clock=None, **SHUT)
    snapshot = await opened(room, fans=60)
    assert [line_ends_seconds(snapshot, joins_per_minute=joins) for joins in (0, 30, 60)] == [60, 120, None]
    assert figures(snapshot, [Moment.of(snapshot)])["line_ends_seconds"] == 60


async def test_the_line_follows_the_plan(queue: Queue, room_name: str) -> None:
    """What a later step changes counts from its moment: thirty in the first half minute, thirty at twice the speed."""
    step = {"at": START_MS + 30_000, "new_users_per_minute": 120, "total_active_users": 9}
    room = await ARoom.open(queue, room_name, clock=None, **SHUT, plan=[step])
    assert line_ends_seconds(await opened(room, fans=60), joins_per_minute=0) == 45


@pytest.mark.parametrize("held", [{"paused": True}, {"new_users_per_minute": 0}, {"sold_out": True}])
async def test_a_line_that_stands_has_no_end(queue: Queue, room_name: str, held: dict[str, object]) -> None:
    """While no turns are given nobody can say when the line ends."""
    room = await ARoom.open(queue, room_name, clock=None, **(SHUT | held))
    snapshot = await opened(room, fans=3)
    assert line_ends_seconds(snapshot, joins_per_minute=0) is None
    assert figures(snapshot, [Moment.of(snapshot)])["wait_seconds"] is None


async def test_claims_in_hand(queue: Queue, room_name: str) -> None:
    """Who took a turn and waits for the moment of entry is in hand."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=60, total_active_users=9)
    fans = some_fans(4)
    await room.join(*fans)
    for _ in range(6):
        await room.advance(seconds=1)
    entries = [(await room.claimed(fan)).enter_at_ms for fan in fans]
    snapshot = await opened(room, fans=0)
    assert claims_in_hand(snapshot) in {sum(at > snapshot.now_ms for at in entries) + extra for extra in (0, 1)}


@pytest.mark.parametrize(("age_ms", "latency"), [(0, 80.0), (60_000, None)])
async def test_an_old_report_says_nothing(queue: Queue, room_name: str, age_ms: int, latency: float | None) -> None:
    """The slowest of the checkouts that have just reported counts."""
    room = await ARoom.open(queue, room_name, clock=None, **SHUT)
    report = HealthReport(reporter="c", latency_ms=80, requests=3)
    await queue.health(room.name, report=report, now_us=room.clock.now_us)
    room.clock.move(seconds=age_ms / 1000)
    assert Moment.of(await opened(room, fans=0)).latency_ms == latency
