"""Moments of entry on the virtual clock: GCRA at R with one second's depth, as `_entries.lua` keeps it."""

from collections import deque

from waitroom.simulation.turns import burst

LONG_AGO = -1e9


class Moments:
    """The moments that were given to claims and have not come."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free_from = LONG_AGO
        # Runs of moments: the first, the time between two, how many are still to come, how many have come.
        self._runs: deque[list[float]] = deque()

    def change_rate(self, rate: float, *, now: float) -> None:
        """Carry unused moments over to another rate, at their number; a shut tap leaves none."""
        if rate == self._rate:
            return
        if self._rate <= 0:
            self._free_from = max(self._free_from, now)
        elif rate > 0 and self._free_from <= now:
            most = min(burst(self._rate), burst(rate)) - 1
            unused = min((now - self._free_from) * self._rate / 60, most)
            self._free_from = now - unused * 60 / rate
        self._rate = rate

    def in_hand_seconds(self, now: float) -> float:
        """For how long moments are given ahead."""
        return max(0, self._free_from - now)

    def reserve(self, count: float, *, now: float) -> None:
        """Give so many claims of this moment their moments of entry; the rate is not nothing."""
        between = 60 / self._rate
        first = max(self._free_from, now - (burst(self._rate) - 1) * between)
        self._free_from = first + count * between
        self._runs.append([first, between, count, 0])

    def come(self, now: float) -> float:
        """How many enter, whose moment has come and was not counted before."""
        entered = 0.0
        for run in self._runs:
            first, between, count, before = run
            if first > now:
                break
            run[3] = min(count, (now - first) / between + 1)
            entered += run[3] - before
        while self._runs and self._runs[0][3] >= self._runs[0][2]:
            self._runs.popleft()
        return entered
