"""Time as the machine tells it: what truly passes, what the clock shows, and the rates that were in force."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.factories import START_MS

DEPTH_SECONDS = 1
RateAt = Callable[[int], float]
"""The rate in force when the clock shows this many milliseconds."""


def depth_of(per_minute: float) -> float:
    """One second's worth, d = max(1, R/60)."""
    return max(1, per_minute * DEPTH_SECONDS / 60)


@dataclass
class Time:
    """Microseconds that truly passed, and what the clock is ahead; a step back of the clock is no time."""

    real_us: int = 0
    ahead_us: int = START_MS * 1000
    steps: list[tuple[int, int]] = field(default_factory=lambda: [(0, START_MS * 1000)])
    rates: list[tuple[int, float]] = field(default_factory=list)

    @property
    def now_us(self) -> int:
        """What the clock shows."""
        return self.real_us + self.ahead_us

    @property
    def now_ms(self) -> int:
        """The same in whole milliseconds."""
        return self.now_us // 1000

    def go_on(self, us: int, *, plan_ms: Sequence[int], rate_at: RateAt) -> None:
        """Let time pass, past the steps of a plan; for the scripts a clock set forward is the same."""
        end_us = self.real_us + us
        for moment_us in sorted(moment * 1000 - self.ahead_us for moment in plan_ms):
            if self.real_us < moment_us <= end_us:
                self.real_us = moment_us
                self.note_rate(rate_at)
        self.real_us = end_us
        self.note_rate(rate_at)

    def set_back(self, us: int, *, rate_at: RateAt) -> None:
        """Set the clock back."""
        self.ahead_us -= us
        self.steps.append((self.real_us, self.ahead_us))
        self.note_rate(rate_at)

    def note_rate(self, rate_at: RateAt) -> None:
        """Write down the rate that is in force from here on."""
        self.rates.append((self.real_us, rate_at(self.now_ms)))

    def spend(self, moment_us: int, *, per_minute: float, share: float = 1) -> "Spent":
        """Something given now, to count at a moment of the clock."""
        return Spent(moment_us, self.real_us, len(self.steps) - 1, per_minute, share)

    def comes_due(self, spent: "Spent") -> int:
        """When, since it was given, the clock first shows its moment, in time that truly passes."""
        ends = [real for real, _ in self.steps[1:]]
        for position in range(spent.step, len(ends)):
            since, ahead = self.steps[position]
            due = max(since, spent.given_us, spent.moment_us - ahead)
            if due <= ends[position]:
                return due
        since, ahead = self.steps[-1]
        return max(since, spent.given_us, spent.moment_us - ahead)


@dataclass(frozen=True)
class Spent:
    """Something given under a rate: at which moment of the clock it counts, when and after which step of the clock."""

    moment_us: int
    given_us: int
    step: int
    per_minute: float
    share: float = 1


def overspent(spent: Sequence[Spent], time: Time) -> list[str]:
    """Name the windows that hold more than the rates in them let through, and one depth.

    A moment that was given ahead under a higher rate keeps it. Where rates meet, one more may fall into the window.
    """
    dated = sorted(((time.comes_due(one), one) for one in spent), key=lambda it: it[0])
    ahead = [(one.given_us, due, one.per_minute) for due, one in dated if due > one.given_us]
    found = []
    for first, (start, _) in enumerate(dated):
        for last in range(first + 1, len(dated)):
            held = [one for _, one in dated[first : last + 1]]
            share = min(one.share for one in held)
            passed = _let_through(start, dated[last][0], time.rates, ahead)
            depth = max(depth_of(one.per_minute) for one in held)
            slack = 0 if len({one.per_minute for one in held}) == 1 else 1
            if len(held) > (passed + depth) / share + slack + 1e-6:
                found.append(f"{len(held)} in {(dated[last][0] - start) / 1e6} s from {start / 1e6} s")
    return found


def _let_through(
    start: int, end: int, rates: Sequence[tuple[int, float]], ahead: Sequence[tuple[int, int, float]]
) -> float:
    """How many the rates let through between two moments: the one in force, or that of a moment given ahead."""
    cuts = {start, end, *(since for since, _ in rates)}
    for given, due, _ in ahead:
        cuts |= {given, due}
    inside = sorted(cut for cut in cuts if start <= cut <= end)
    passed = 0.0
    for since, until in pairwise(inside):
        in_force = rates[bisect_right(rates, since, key=lambda rate: rate[0]) - 1][1] if rates else 0
        given_ahead = (rate for given, due, rate in ahead if given <= since and until <= due)
        passed += (until - since) * max(in_force, *given_ahead, 0) / 60e6
    return passed
