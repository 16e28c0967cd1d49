"""Figures of the night: what follows from a room's numbers and from how they went. Pure.

Speeds are differences of totals over the last moments, so that they agree with the totals whoever counts. After a
loss the totals may jump; a speed is then never below 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from waitroom.forecast import wait_range
from waitroom.queue import Snapshot
from waitroom.queue.snapshot import TimedReport

SPEED_MS = 15_000
"""Joins and entries: short enough to follow a change, long enough not to jump."""
SALES_MS = 60_000
SHOP_MS = 600_000
FEWEST_ENTRIES = 30
"""Fewer say nothing of how long people shop."""
LONGEST_SHOP_MINUTES = 1440
Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A room at one moment, as the series keeps it; totals since the room was made."""

    at_ms: int
    lobby: int
    waiting: int
    admitted: int
    inside: int
    joined: int
    claimed: int
    entered: int
    lapsed: int
    rate: float
    ceiling: int
    measured_per_minute: float | None
    seats_left: int | None
    latency_ms: float | None

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Moment":
        """What the series keeps of a snapshot."""
        counts, totals = snapshot.counts, snapshot.totals
        latencies = [report.latency_ms for report in fresh_reports(snapshot) if report.requests]
        return cls(
            at_ms=snapshot.now_ms,
            lobby=counts.lobby,
            waiting=counts.waiting,
            admitted=counts.admitted,
            inside=counts.active,
            joined=totals["joined"],
            claimed=totals["claimed"],
            entered=totals["entered"],
            lapsed=totals["lapsed"],
            rate=snapshot.rate.per_minute,
            ceiling=snapshot.rate.ceiling,
            measured_per_minute=snapshot.measured_per_minute,
            seats_left=snapshot.seats_left,
            latency_ms=max(latencies, default=None),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """What a chart needs of one moment."""

    at_ms: int
    lobby: int
    waiting: int
    inside: int
    ceiling: int
    rate: float
    joins_per_minute: float | None
    entries_per_minute: float | None
    seats_per_minute: float | None
    seats_left: int | None
    wait_low: int | None
    wait_high: int | None
    latency_ms: float | None

    @classmethod
    def of(cls, history: Sequence[Moment]) -> "Point":
        """The point of the last moment."""
        now = history[-1]
        wait = wait_range(now.waiting, now.measured_per_minute, now.rate)
        return cls(
            at_ms=now.at_ms,
            lobby=now.lobby,
            waiting=now.waiting,
            inside=now.inside,
            ceiling=now.ceiling,
            rate=round(now.rate, 1),
            joins_per_minute=per_minute(history, "joined"),
            entries_per_minute=per_minute(history, "entered"),
            seats_per_minute=seats_per_minute(history),
            seats_left=now.seats_left,
            wait_low=wait[0] if wait else None,
            wait_high=wait[1] if wait else None,
            latency_ms=None if now.latency_ms is None else round(now.latency_ms, 1),
        )

    def to_row(self) -> list[float | None]:
        """The point as a row of a table whose head is `COLUMNS`."""
        return [getattr(self, name) for name in COLUMNS]


COLUMNS = tuple(field.name for field in fields(Point))


def figures(snapshot: Snapshot, history: Sequence[Moment]) -> Json:
    """The figures beside the charts; None is "not known", or "nothing to tell" for the end of a line that is empty."""
    now, rate = snapshot.counts, snapshot.rate.per_minute
    joins = per_minute(history, "joined")
    wait = wait_range(now.waiting, snapshot.measured_per_minute, rate) if now.waiting and snapshot.may_admit else None
    return {
        "joins_per_minute": joins,
        "entries_per_minute": per_minute(history, "entered"),
        "seats_per_minute": seats_per_minute(history),
        "claims_in_hand": claims_in_hand(snapshot),
        "no_show_share": no_show_share(snapshot.totals),
        "wait_seconds": None if wait is None else list(wait),
        "line_ends_seconds": line_ends_seconds(snapshot, joins_per_minute=joins or 0),
        "shop_minutes": shop_minutes(history),
    }


def per_minute(history: Sequence[Moment], total: str, *, over_ms: int = SPEED_MS) -> float | None:
    """How fast a total grows, over the last moments; None before there are two seconds to tell from."""
    now, before = history[-1], _begin(history, over_ms=over_ms)
    elapsed_ms = now.at_ms - before.at_ms
    if elapsed_ms < 2000:
        return None
    grown: int = getattr(now, total) - getattr(before, total)
    return round(max(0, grown) * 60_000 / elapsed_ms, 1)


def seats_per_minute(history: Sequence[Moment]) -> float | None:
    """How fast seats are sold; below 0 while more come back than go."""
    now, before = history[-1], _begin(history, over_ms=SALES_MS)
    elapsed_ms = now.at_ms - before.at_ms
    if elapsed_ms < 2000 or now.seats_left is None or before.seats_left is None:
        return None
    return round((before.seats_left - now.seats_left) * 60_000 / elapsed_ms, 1)


def shop_minutes(history: Sequence[Moment]) -> float | None:
    """How long people are inside on average, by Little's law: those inside divided by those who enter a minute."""
    begin = _begin(history, over_ms=SHOP_MS)
    recent = [moment for moment in history if moment.at_ms >= begin.at_ms]
    entries = recent[-1].entered - begin.entered
    if entries < FEWEST_ENTRIES:
        return None
    minutes = (recent[-1].at_ms - begin.at_ms) / 60_000
    inside = sum(moment.inside for moment in recent) / len(recent)
    return min(LONGEST_SHOP_MINUTES, round(inside / (entries / minutes), 2))


def no_show_share(totals: dict[str, int]) -> float | None:
    """The share of turns that nobody took, of those that are decided."""
    decided = totals["lapsed"] + totals["claimed"]
    return round(totals["lapsed"] / decided, 4) if decided else None


def claims_in_hand(snapshot: Snapshot) -> int:
    """How many have taken their turn and wait for the moment of entry that they were given."""
    ahead_us = float(snapshot.kept.get("free_from_us") or 0) - snapshot.now_ms * 1000
    return max(0, round(ahead_us * snapshot.rate.per_minute / 60_000_000))


def line_ends_seconds(snapshot: Snapshot, *, joins_per_minute: float) -> int | None:
    """When the line is empty if fans go on joining as they do now; None for never, or while no turns are given.

    The line moves at its measured speed, before there is one at the rate; from each step of the plan on at that speed
    times the step's rate by the one now in force. The simulation, which knows the ceiling too, is behind `foretell`.
    """
    rate, left = snapshot.rate.per_minute, float(snapshot.counts.waiting)
    if left == 0 or not snapshot.may_admit or rate <= 0:
        return None
    speed = snapshot.measured_per_minute or rate
    steps = [step for step in snapshot.settings.plan if step.at > snapshot.now_ms]
    ends = [(step.at - snapshot.now_ms) / 60_000 for step in steps]
    minutes = 0.0
    for end, factor in zip([*ends, None], [1.0, *(step.new_users_per_minute / rate for step in steps)], strict=True):
        pace = speed * factor - joins_per_minute
        if pace > 0 and (end is None or left / pace <= end - minutes):
            return round((minutes + left / pace) * 60)
        if end is not None:
            left -= pace * (end - minutes)
            minutes = end
    return None


def fresh_reports(snapshot: Snapshot, *, within_ms: int = 10_000) -> list[TimedReport]:
    """The checkouts' reports that say something about now."""
    return [report for report in snapshot.reports if abs(snapshot.now_ms - report.at_ms) <= within_ms]


def _begin(history: Sequence[Moment], *, over_ms: int) -> Moment:
    # The newest that is at least so old, else the oldest.
    edge = history[-1].at_ms - over_ms
    for moment in reversed(history):
        if moment.at_ms <= edge:
            return moment
    return history[0]
