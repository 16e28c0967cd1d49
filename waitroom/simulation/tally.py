"""Tally: what a simulation counts on its way."""

from collections.abc import Mapping

from waitroom.simulation.outcome import PERCENTILES, Outcome, Point, percentile
from waitroom.simulation.policy import Step


class Tally:
    """Counters, the peak, and a point every so often."""

    def __init__(self, *, window_seconds: float, point_seconds: int) -> None:
        self.second = 0
        self._every = point_seconds
        self.finished = self.expired = self.lapsed = 0.0
        self._entered = self._entered_before = 0.0
        self._window = window_seconds
        self._turns = 0
        self._line_until = 0
        self._peak, self._peak_at = 0.0, 0
        self._sold_out: int | None = None
        self._due = self._entered_when_due = 0.0
        self._due_early = self._entered_early = 0.0
        self._line_seconds = self._held_seconds = 0
        self._series: list[Point] = []

    def enter(self, fans: float) -> None:
        """Count entries."""
        self._entered += fans

    def sell_out(self, second: int) -> None:
        """Note the first moment at which nothing was left."""
        if self._sold_out is None:
            self._sold_out = second

    def holds(self, *, is_ceiling: bool) -> None:
        """Note whether the ceiling held turns back that the rate would have given."""
        self._held_seconds += is_ceiling

    def note(self, second: int, *, step: Step, waiting: int, admitted: float, inside: float, turns: int) -> None:
        """Take a second's end into the account."""
        self.second = second
        self._turns += turns
        if inside > self._peak:
            self._peak, self._peak_at = inside, second
        if waiting:
            self._line_until = second + 1
        if waiting and self._sold_out is None:
            self._follow_due(second, step)
        if second % self._every == 0:
            self._series.append(self._point(second, step, waiting, admitted, inside))
            self._entered_before = self._entered

    def outcome(self, *, waits: Mapping[int, int], waiting: int, coming: int, share: float) -> Outcome:
        """Sum up."""
        is_drained = waiting + coming == 0
        return Outcome(
            fans=sum(waits.values()) + waiting + coming,
            turns=self._turns,
            entered=round(self._entered),
            lapsed=round(self.lapsed),
            expired=round(self.expired),
            left_waiting=waiting + coming,
            drain_seconds=self._line_until if is_drained else None,
            peak_inside=round(self._peak),
            peak_at_seconds=self._peak_at,
            waits={percent: percentile(waits, percent) for percent in PERCENTILES},
            entries_per_minute=_ratio(self._entered_when_due * 60, self._line_seconds) or 0,
            used_of_due=_ratio(self._entered_when_due, self._due),
            used_after_first_window=_ratio(self._entered_when_due - self._entered_early, self._due - self._due_early),
            held_by_ceiling=_ratio(self._held_seconds, self._line_seconds) or 0,
            share=round(share, 3),
            sold_out_seconds=self._sold_out,
            simulated_seconds=self.second,
            series=tuple(self._series),
        )

    def _follow_due(self, second: int, step: Step) -> None:
        self._line_seconds += 1
        self._due += step.new_users_per_minute / 60
        self._entered_when_due = self._entered
        if second <= self._window:
            self._due_early, self._entered_early = self._due, self._entered

    def _point(self, second: int, step: Step, waiting: int, admitted: float, inside: float) -> Point:
        return Point(
            seconds=second,
            waiting=waiting,
            admitted=round(admitted),
            inside=round(inside),
            turns=self._turns,
            entered=round(self._entered),
            entries_per_minute=round((self._entered - self._entered_before) * 60 / self._every, 1),
            rate=step.new_users_per_minute,
            ceiling=step.total_active_users,
        )


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole > 0 else None
