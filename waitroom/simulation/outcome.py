"""Outcome: what a simulation found."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Json = dict[str, Any]  # Any: JSON values
PERCENTILES = (50, 90, 99)


@dataclass(frozen=True, kw_only=True)
class Point:
    """The room at one moment: turns and entries so far, and entries a minute since the point before."""

    seconds: int
    waiting: int
    admitted: int
    inside: int
    turns: int
    entered: int
    entries_per_minute: float
    rate: float
    ceiling: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The evening in figures. Seconds count from the release; None is "never" within the time that was simulated.

    `drain_seconds` is when the last fan who waited got a turn. A wait is from the release, or from the later arrival,
    to the turn. `used_of_due` is the share of the entries that the rate allowed, while fans waited, that took place;
    `held_by_ceiling` the share of that time in which not the rate but the ceiling decided.
    """

    fans: int
    turns: int
    entered: int
    lapsed: int
    expired: int
    left_waiting: int
    drain_seconds: int | None
    peak_inside: int
    peak_at_seconds: int
    waits: Mapping[int, int | None]
    entries_per_minute: float
    used_of_due: float | None
    used_after_first_window: float | None
    held_by_ceiling: float
    share: float
    sold_out_seconds: int | None
    simulated_seconds: int
    series: tuple[Point, ...]

    def to_json(self) -> Json:
        """The outcome as JSON values."""
        waits = {f"p{percent}": seconds for percent, seconds in self.waits.items()}
        return asdict(self) | {"waits": waits, "series": [asdict(point) for point in self.series]}


def percentile(counts: Mapping[int, int], percent: float) -> int | None:
    """The smallest value that is not below `percent` of all; None of nothing."""
    total = sum(counts.values())
    needed = total * percent / 100
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= needed:
            return value
    return None
