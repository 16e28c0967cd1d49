"""The wait as a range, from the measured and the configured rate: pure, and the same in the page's script.

`tests/vectors/waits.json` holds the two together.
"""

import math
from dataclasses import dataclass

FASTER = 1.15
SLOWER = 0.75
SLOWER_UNMEASURED = 0.6
"""Margins around the rates: the range must hold for most fans, so it is wider while nothing is measured."""

LARGEST_RECOVERY = 1.5
"""How much faster than measured the line may be expected to become."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """A wait fit to be read: whole numbers of one unit, or half hours. `low` 0 means "under `high`"."""

    unit: str
    low: float
    high: float


def wait_range(
    ahead: int,
    measured_per_minute: float | None,
    rate_per_minute: float | None,
    *,
    until_release_seconds: int = 0,
) -> tuple[int, int] | None:
    """Return the shortest and the longest likely wait in seconds, or None when nothing is known.

    The short end trusts the faster of the two rates, the long end the slower; the short end is
    rounded down and the long end up, in steps that grow with the wait.
    """
    rates = _rates(measured_per_minute or 0, rate_per_minute)
    if rates is None:
        return None
    fast, slow = rates
    low = until_release_seconds + ahead * 60 / fast
    high = until_release_seconds + (ahead + 1) * 60 / slow
    return _round_down(low), _round_up(high)


def in_units(low: int, high: int) -> Span:
    """Choose the unit in which a range of seconds is told: that of its long end."""
    if high < 60:
        return Span(unit="second", low=low, high=high)
    if high < 7200:
        return Span(unit="minute", low=low // 60, high=math.ceil(high / 60))
    return Span(unit="hour", low=low // 1800 / 2, high=math.ceil(high / 1800) / 2)


def _rates(measured: float, configured: float | None) -> tuple[float, float] | None:
    # Cases: the tap is shut; measured alone; configured alone; both.
    if configured is not None and configured <= 0:
        return None
    if configured is None:
        return (FASTER * measured, SLOWER * measured) if measured > 0 else None
    if measured <= 0:
        return FASTER * configured, SLOWER_UNMEASURED * configured
    fast = min(max(measured, configured), LARGEST_RECOVERY * measured)
    return FASTER * fast, SLOWER * min(measured, configured)


def _step(seconds: float) -> int:
    if seconds < 60:
        return 10
    if seconds < 600:
        return 60
    return 300 if seconds < 7200 else 1800


def _round_down(seconds: float) -> int:
    step = _step(seconds)
    return math.floor(seconds / step) * step


def _round_up(seconds: float) -> int:
    step = _step(seconds)
    return math.ceil(seconds / step) * step
