"""How many of those who have the turn will still claim it, as `_claims.lua` reckons."""

import math
from collections.abc import Mapping

from waitroom.simulation.turns import COHORT_SECONDS, FEWEST_TURNS

AGES = 20
"""The claim window is cut into so many parts."""


class Ages:
    """Counts claims by the age of their turn, and the turns that stand, by slices of a cohort.

    A slice is no longer than an age where the claim window is short, else a whole cohort.
    """

    def __init__(self, claim_seconds: float) -> None:
        self._window = claim_seconds
        self._slice = next(each for each in (COHORT_SECONDS, 5, 2, 1) if each <= max(1, claim_seconds / AGES))
        self._claims = [0.0] * AGES
        self._standing: dict[int, float] = {}

    def give(self, seconds: float, turns: float) -> None:
        """Count turns given at this time."""
        at = int(seconds // self._slice)
        self._standing[at] = self._standing.get(at, 0) + turns

    def claim(self, seconds: float, claims: Mapping[int, float]) -> None:
        """Count claims by the cohort of their turns, and forget turns whose window is over."""
        per_cohort = COHORT_SECONDS // self._slice
        for cohort, count in claims.items():
            slices = range(cohort * per_cohort, (cohort + 1) * per_cohort)
            standing = sum(self._standing.get(at, 0) for at in slices)
            for at in slices if standing else ():
                part = count * self._standing.get(at, 0) / standing
                self._claims[self._age(at, seconds)] += part
                if at in self._standing:
                    self._standing[at] = max(0, self._standing[at] - part)
        oldest = next(iter(self._standing), None)
        if oldest is not None and (oldest + 1) * self._slice + self._window <= seconds:
            del self._standing[oldest]

    def halve(self) -> None:
        """Forget half of the past, so that the measure follows a changing crowd."""
        self._claims = [count / 2 for count in self._claims]

    def to_come(self, seconds: float, *, share: float, admitted: float) -> float:
        """How many claims are still to come of those who have the turn.

        With F the share of all turns that is claimed by an age, (s - F) / (1 - F) of those left at that age will come.
        """
        total = sum(self._claims)
        if share >= 1 or total < FEWEST_TURNS or not admitted:
            return admitted
        chances, before = [], 0.0
        for count in self._claims:
            claimed = share * (before + count / 2) / total
            chances.append((share - claimed) / (1 - claimed))
            before += count
        return sum(turns * chances[self._age(at, seconds)] for at, turns in self._standing.items())

    def _age(self, at: int, seconds: float) -> int:
        middle = (at + 0.5) * self._slice
        return min(AGES - 1, max(0, math.ceil((seconds - middle) / self._window * AGES) - 1))
