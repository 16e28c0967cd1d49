"""Turns on the virtual clock: the measured share and the bucket, as `_share.lua` and `_bucket.lua` keep them."""

import math
from collections.abc import Mapping

COHORT_SECONDS = 10
FEWEST_TURNS = 20
MOST_REMEMBERED = 5000
FASTEST = 0.25
IN_HAND_SECONDS, LEAST_IN_HAND_SECONDS, MOST_IN_HAND_SECONDS = 120, 2, 20
ROUNDING = 1e-9
"""A whole number but for the last digits of a sum is one."""


class Share:
    """s: the share of turns, at least one claim window old, that were claimed; 1 at first, never below 1/2."""

    def __init__(self, claim_seconds: float) -> None:
        self.value = 1.0
        self.is_measured = False
        self._claim_seconds = claim_seconds
        self._given: dict[int, float] = {}
        self._claimed: dict[int, float] = {}
        self._folded_to = 0
        self._given_old = self._claimed_old = 0.0

    def give(self, seconds: float, count: float) -> None:
        """Count turns given at this time."""
        cohort = int(seconds // COHORT_SECONDS)
        self._given[cohort] = self._given.get(cohort, 0) + count

    def claim(self, claims: Mapping[int, float]) -> None:
        """Count claims by the cohort of their turns."""
        claimed = self._claimed
        for cohort, count in claims.items():
            if cohort < self._folded_to:
                self._claimed_old += count
            else:
                claimed[cohort] = claimed.get(cohort, 0) + count

    def fold(self, seconds: float) -> bool:
        """Take the cohorts that have come of age into the measure; says whether the past was halved."""
        upto = int((seconds - self._claim_seconds) // COHORT_SECONDS)
        if upto <= self._folded_to:
            return False
        for cohort in range(self._folded_to, upto):
            self._given_old += self._given.pop(cohort, 0)
            self._claimed_old += self._claimed.pop(cohort, 0)
        is_long = self._given_old > MOST_REMEMBERED
        if is_long:
            self._given_old, self._claimed_old = self._given_old / 2, self._claimed_old / 2
        if self._given_old >= FEWEST_TURNS:
            self.value = max(0.5, min(1, self._claimed_old / self._given_old))
            self.is_measured = True
        self._folded_to = upto
        return is_long


class Bucket:
    """What turns are given from: refilled at R/(60 s), d/s deep.

    The scripts look at it some times a second, and give what is due before it runs over. So here, where a second is one
    look, it runs over only with what was left when the second began.
    """

    def __init__(self) -> None:
        self._tokens: float | None = None

    def refill(self, *, rate_before: float, rate: float, share: float) -> int:
        """Let a second pass, and say how many turns the rate that was in force in it has left to give at its end."""
        depth = burst(rate)
        self._tokens = depth if self._tokens is None else min(self._tokens, depth / share) + rate_before / 60 / share
        return int(self._tokens + ROUNDING) if rate_before > 0 else 0

    def spend(self, turns: int) -> None:
        """Take the turns that were given."""
        self._tokens = (self._tokens or 0) - turns


def paced_share(share: Share, *, rate: float, in_hand_seconds: float) -> float:
    """s divided by the pace that keeps some claims in hand, `in_hand_seconds` of moments of entry still to come."""
    if not share.is_measured:
        return 1
    wanted = IN_HAND_SECONDS / math.sqrt(max(rate, 1))
    wanted = max(LEAST_IN_HAND_SECONDS, min(wanted, MOST_IN_HAND_SECONDS))
    pace = 1 + FASTEST * (1 - in_hand_seconds / wanted)
    return 1 if pace <= share.value else max(0.5, share.value / pace)


def burst(rate: float) -> float:
    """One second's worth of a rate a minute, at least one."""
    return max(1.0, rate / 60)
