"""The fans of a simulation, in cohorts: those in line, those with a turn, those inside."""

import math
from collections import deque

from waitroom.simulation.turns import COHORT_SECONDS

NEARLY_NOBODY = 0.05
ASKING_A_SECOND = 0.5
"""Who finds no free slot is told to ask again after two seconds."""


class Line:
    """Who waits, by the second of arrival; remembers how long those waited who got a turn."""

    def __init__(self) -> None:
        self.waiting = 0
        self.waits: dict[int, int] = {}
        self._cohorts: deque[list[int]] = deque()

    def join(self, fans: int, *, now: int) -> None:
        """Put fans at the end."""
        if fans:
            self._cohorts.append([now, fans])
            self.waiting += fans

    def take(self, most: int, *, now: int) -> int:
        """Take the head of the line out, and return how many that were."""
        left = turns = min(most, self.waiting)
        while left:
            cohort = self._cohorts[0]
            count = min(left, cohort[1])
            waited = now - cohort[0]
            self.waits[waited] = self.waits.get(waited, 0) + count
            cohort[1] -= count
            left -= count
            if not cohort[1]:
                self._cohorts.popleft()
        self.waiting -= turns
        return turns


class Admitted:
    """Who has a turn: some come after a while, some find the ceiling full and ask again, some never come."""

    def __init__(self, *, no_show: float, mean_seconds: float, window_seconds: float) -> None:
        self.count = 0.0
        self._show = 1 - no_show
        self._haste = _hazard(mean_seconds)
        self._too_late = _left_after(window_seconds, mean_seconds)
        self._window = window_seconds
        self._coming: dict[int, float] = {}
        self._asking: dict[int, float] = {}
        self._deadlines: deque[tuple[float, int, int]] = deque()

    def give(self, turns: int, *, now: int) -> None:
        """Give turns at this moment."""
        if not turns:
            return
        cohort = now // COHORT_SECONDS
        self.count += turns
        self._coming[cohort] = self._coming.get(cohort, 0) + turns * self._show
        self._deadlines.append((now + self._window, cohort, turns))

    def claim(self, slots: float) -> dict[int, float]:
        """Let a second's fans claim, and return how many did, by the cohort of their turns."""
        trying = self._come()
        for cohort, fans in self._asking.items():
            # Half of those who found no slot ask again in this second.
            trying[cohort] = trying.get(cohort, 0) + fans * ASKING_A_SECOND
        wanted = sum(trying.values())
        part = 1.0 if wanted <= slots else max(0.0, slots) / wanted
        if self._asking or part < 1:
            self._keep_asking(trying, 1 - part)
        self.count -= wanted * part
        return trying if part == 1 else {cohort: fans * part for cohort, fans in trying.items()}

    def _come(self) -> dict[int, float]:
        haste, coming = self._haste, self._coming
        come = {cohort: fans * haste for cohort, fans in coming.items()}
        for cohort, fans in come.items():
            coming[cohort] -= fans
        # The oldest cohort goes first, and its last part of a fan with it.
        oldest = next(iter(coming), None)
        if oldest is not None and coming[oldest] < NEARLY_NOBODY:
            come[oldest] += coming.pop(oldest)
        return come

    def _keep_asking(self, trying: dict[int, float], refused: float) -> None:
        asking = {cohort: fans * (1 - ASKING_A_SECOND) for cohort, fans in self._asking.items()}
        for cohort, fans in trying.items():
            asking[cohort] = asking.get(cohort, 0) + fans * refused
        self._asking = {cohort: fans for cohort, fans in asking.items() if fans >= NEARLY_NOBODY / 10}

    def lapse(self, now: float) -> float:
        """Take the turns back that were not asked for within their window; returns how many."""
        lapsed = 0.0
        while self._deadlines and self._deadlines[0][0] <= now:
            _, cohort, turns = self._deadlines.popleft()
            late = min(self._coming.get(cohort, 0), turns * self._show * self._too_late)
            if late:
                self._coming[cohort] -= late
            lapsed += turns * (1 - self._show) + late
        self.count -= lapsed
        return lapsed


class Shoppers:
    """Who is in the shop: most finish after a while, the rest are out when their session ends."""

    def __init__(self, *, mean_seconds: float, session_seconds: float) -> None:
        self.count = 0.0
        self._haste = _hazard(mean_seconds)
        self._too_late = _left_after(session_seconds, mean_seconds)
        self._session = session_seconds
        self._deadlines: deque[tuple[float, float]] = deque()

    def enter(self, fans: float, *, now: float) -> None:
        """Let fans in."""
        if fans:
            self.count += fans
            self._deadlines.append((now + self._session, fans * self._too_late))

    def finish(self) -> float:
        """Let a second pass, and return how many finished in it."""
        done = self.count if self.count < NEARLY_NOBODY else self.count * self._haste
        self.count -= done
        return done

    def expire(self, now: float) -> float:
        """End the sessions whose time is over; returns how many."""
        expired = 0.0
        while self._deadlines and self._deadlines[0][0] <= now:
            expired += min(self._deadlines.popleft()[1], self.count - expired)
        self.count -= expired
        return expired


def _hazard(mean_seconds: float) -> float:
    # The share of an exponential crowd that acts within a second.
    return 1 - _left_after(1, mean_seconds)


def _left_after(seconds: float, mean_seconds: float) -> float:
    return math.exp(-seconds / mean_seconds) if mean_seconds > 0 else 0.0
