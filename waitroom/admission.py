"""The governor's rules: slower while the checkout suffers, back step by step when it is well. Pure.

The rate in force is the planned rate times a factor. A step multiplies the factor by 0.7 while the checkout suffers,
adds a twentieth of the plan when it is clearly well, and leaves it in between, so that it settles and does not swing.
It lies between a twentieth and the whole plan: a room never stops by itself, and never goes faster than planned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from waitroom.queue.snapshot import RateInForce, Snapshot, TimedReport

INTERVAL_MS = 5000
"""Between two steps at least: a cut needs some seconds to be felt."""
FRESH_MS = 5000
"""A report that is older, on the store's clock, says nothing."""
SILENCE_MS = 60_000
"""So long without any report, and a slowed room goes back to its plan."""
CUT = 0.7
RECOVERY = 0.05
FLOOR = 0.05
WELL = 0.7
"""What is at most this part of each limit is clearly well."""
MOST_ERRORS = 0.05
"""The share of requests that may break."""
FEWEST_ERRORS = 3
"""Fewer say nothing of a share."""


class Reason(StrEnum):
    """What the checkout suffers from; the first that holds is told."""

    SATURATION = "saturation"
    ERRORS = "errors"
    LATENCY = "latency"


@dataclass(frozen=True, kw_only=True)
class Step:
    """The factor to set next, and why it is below 1: a `Reason`, '' at the whole plan."""

    factor: float
    why: str
    is_cut: bool


@dataclass(frozen=True, kw_only=True)
class Health:
    """Any number of checkouts together, each figure as a part of its limit: above 1 is suffering."""

    latency: float
    errors: float
    saturation: float

    @classmethod
    def of(cls, reports: Sequence[TimedReport], *, target_latency_ms: float) -> Self:
        """The slowest and the fullest of the checkouts count, and the errors of all together.

        A checkout without requests has no latency, and one that does not know its pool cannot be full.
        """
        requests, errors = sum(report.requests for report in reports), sum(report.errors for report in reports)
        share = errors / max(requests, errors) if errors >= FEWEST_ERRORS else 0
        return cls(
            latency=max((report.latency_ms for report in reports if report.requests), default=0) / target_latency_ms,
            errors=share / MOST_ERRORS,
            saturation=max((report.in_use / report.pool for report in reports if report.pool), default=0),
        )

    def suffers_from(self) -> Reason | None:
        """Name what is beyond its limit; a pool has reached its limit when its last connection is in use."""
        if self.saturation >= 1:
            return Reason.SATURATION
        if self.errors > 1:
            return Reason.ERRORS
        return Reason.LATENCY if self.latency > 1 else None

    @property
    def is_clearly_well(self) -> bool:
        """Whether everything is far enough from its limit to take more."""
        return max(self.latency, self.errors, self.saturation) <= WELL


def governed_step(snapshot: Snapshot) -> Step | None:
    """Return the step that is due in a room, or None."""
    return next_step(
        snapshot.reports,
        snapshot.rate,
        now_ms=snapshot.now_ms,
        target_latency_ms=snapshot.settings.target_latency_ms,
    )


def next_step(
    reports: Sequence[TimedReport], rate: RateInForce, *, now_ms: int, target_latency_ms: float
) -> Step | None:
    """Return the step that follows from the checkouts' reports, or None: too soon, nothing known, or nothing to do.

    Without any fresh report the rate stays as it is: silence is no sign of suffering, and a room whose checkout never
    reports keeps its plan. But a room that was slowed, and has heard nothing for a minute, goes back step by step: what
    slowed it may be gone together with the checkout that said so, and nobody else would ever lift the cut.
    """
    if 0 <= now_ms - rate.step_ms < INTERVAL_MS:
        return None
    fresh = [report for report in reports if abs(now_ms - report.at_ms) <= FRESH_MS]
    if not fresh:
        is_silent = all(abs(now_ms - report.at_ms) > SILENCE_MS for report in reports)
        return _raised(rate) if is_silent else None
    health = Health.of(fresh, target_latency_ms=target_latency_ms)
    why = health.suffers_from()
    if why is not None:
        return _cut(rate, why)
    return _raised(rate) if health.is_clearly_well else None


def _cut(rate: RateInForce, why: Reason) -> Step | None:
    factor = max(FLOOR, rate.factor * CUT)
    return Step(factor=factor, why=why.value, is_cut=True) if factor < rate.factor else None


def _raised(rate: RateInForce) -> Step | None:
    if rate.factor >= 1:
        return None
    factor = round(min(1, rate.factor + RECOVERY), 6)
    return Step(factor=factor, why=rate.reason if factor < 1 else "", is_cut=False)
