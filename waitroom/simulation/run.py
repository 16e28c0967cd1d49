"""The run of a simulation: second by second, in the order in which the scripts do it."""

import math
from itertools import chain, repeat

from waitroom.simulation.ages import Ages
from waitroom.simulation.crowd import Crowd
from waitroom.simulation.entries import Moments
from waitroom.simulation.fans import Admitted, Line, Shoppers
from waitroom.simulation.outcome import Outcome
from waitroom.simulation.policy import Policy, Step
from waitroom.simulation.tally import Tally
from waitroom.simulation.turns import ROUNDING, Bucket, Share, paced_share

LONGEST_HOURS = 24.0
NOBODY = 0.5


def simulate(policy: Policy, crowd: Crowd, *, hours: float = LONGEST_HOURS, point_seconds: int = 60) -> Outcome:
    """Run the room until the line and the shop are empty, at most so many hours from the release.

    The governor is not part of it, nor are pauses and failures: this is the plan, if nothing goes wrong.
    """
    evening = _Evening(policy, crowd, Tally(window_seconds=policy.claim_minutes * 60, point_seconds=point_seconds))
    arrivals = list(crowd.arrivals_by_second())
    coming = sum(arrivals)
    # The lobby stands in the line at the release; those of the first second come at its end.
    for second, fans in enumerate(chain([crowd.lobby], arrivals, repeat(0))):
        coming -= fans if second else 0
        evening.pass_second(second, fans)
        if second >= hours * 3600 or evening.is_over(coming=coming):
            break
    return evening.tally.outcome(
        waits=evening.line.waits, waiting=evening.line.waiting, coming=coming, share=evening.share.value
    )


class _Evening:
    def __init__(self, policy: Policy, crowd: Crowd, tally: Tally) -> None:
        self._policy, self._crowd = policy, crowd
        self._step = policy.in_force(0)
        window, session = policy.claim_minutes * 60, policy.session_minutes * 60
        self.share = Share(window)
        self._ages = Ages(window)
        self.line = Line()
        self.tally = tally
        self._bucket = Bucket()
        self._moments = Moments(self._step.new_users_per_minute)
        self._admitted = Admitted(no_show=crowd.no_show, mean_seconds=crowd.claim_seconds, window_seconds=window)
        self._shoppers = Shoppers(mean_seconds=crowd.shop_minutes * 60, session_seconds=session)
        self._shoppers.enter(crowd.inside, now=0)
        self._reserved = 0.0
        self._seats = crowd.seats

    @property
    def _inside(self) -> float:
        return self._reserved + self._shoppers.count

    @property
    def _is_sold_out(self) -> bool:
        return self._seats is not None and self.tally.finished * self._crowd.seats_a_buyer >= self._seats

    def is_over(self, *, coming: int) -> bool:
        """Whether nothing more will happen."""
        is_idle = self._inside + self._admitted.count < NOBODY
        return is_idle and (self.line.waiting + coming == 0 or not self._may_admit_again())

    def pass_second(self, second: int, fans: int) -> None:
        """Take the room one second further; `fans` have come in it."""
        step, before = self._policy.in_force(second), self._step
        self.line.join(fans, now=second)
        if second:
            self._let_act(before, second)
        if step is not before:
            self._moments.change_rate(step.new_users_per_minute, now=second)
            self._step = step
        if self.share.fold(second):
            self._ages.halve()
        turns = self._give_turns(step, second, rate_before=before.new_users_per_minute)
        line, admitted, inside = self.line.waiting, self._admitted.count, self._inside
        self.tally.note(second, step=step, waiting=line, admitted=admitted, inside=inside, turns=turns)

    def _let_act(self, step: Step, second: int) -> None:
        self.tally.finished += self._shoppers.finish()
        self.tally.expired += self._shoppers.expire(second)
        if self._is_sold_out:
            self.tally.sell_out(second)
        slots = step.total_active_users - self._inside if step.new_users_per_minute > 0 else 0
        claims = self._admitted.claim(slots)
        self.share.claim(claims)
        self._ages.claim(second, claims)
        claimed = sum(claims.values())
        if claimed:
            self._moments.reserve(claimed, now=second)
            self._reserved += claimed
        entered = min(self._moments.come(second), self._reserved)
        self._reserved -= entered
        self._shoppers.enter(entered, now=second)
        self.tally.enter(entered)
        self.tally.lapsed += self._admitted.lapse(second)

    def _give_turns(self, step: Step, second: int, *, rate_before: float) -> int:
        if not self._may_admit(second):
            return 0
        rate = step.new_users_per_minute
        share = paced_share(self.share, rate=rate, in_hand_seconds=self._moments.in_hand_seconds(second))
        due = self._bucket.refill(rate_before=rate_before, rate=rate, share=share)
        free = self._free_turns(step, second, due=due)
        turns = self.line.take(max(0, min(due, free)), now=second)
        self._bucket.spend(turns)
        self._admitted.give(turns, now=second)
        self.share.give(second, turns)
        self._ages.give(second, turns)
        self.tally.holds(is_ceiling=self.line.waiting > 0 and free < due)
        return turns

    def _free_turns(self, step: Step, second: int, *, due: int) -> int:
        share, admitted = self.share.value, self._admitted.count
        free = step.total_active_users - self._inside
        if admitted + due * share > free:
            to_come = self._ages.to_come(second, share=share, admitted=admitted)
            return math.ceil((free - to_come) / share - ROUNDING)
        return due

    def _may_admit(self, second: float) -> bool:
        closes = self._policy.closes_seconds
        return not self._is_sold_out and (closes is None or second < closes)

    def _may_admit_again(self) -> bool:
        return self._may_admit(self.tally.second) and (
            any(step.new_users_per_minute and step.total_active_users for step in self._steps_to_come())
        )

    def _steps_to_come(self) -> list[Step]:
        return [self._step, *(step for step in self._policy.plan if step.at_seconds > self.tally.second)]
