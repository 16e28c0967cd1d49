"""Foretelling: what a rate and a ceiling would make of the line that stands now, fast enough to be asked as one types.

The first half hour is simulated. What is left of the line then goes on at the speed of its last ten minutes, and from
each later step of the plan on at that speed times what the step changes in the figure that binds.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from waitroom.simulation.crowd import Crowd
from waitroom.simulation.outcome import Outcome
from waitroom.simulation.policy import Policy, Step
from waitroom.simulation.run import simulate

HORIZON_HOURS = 0.5
PACE_POINTS = 10
"""Minutes, a point each, that the speed after the horizon is taken from."""
MOSTLY = 0.1
"""The share of the time with a line from which on the ceiling, not the rate, is what binds."""
Json = dict[str, Any]  # Any: JSON values


class Bound(StrEnum):
    """What decides how fast the line moves."""

    RATE = "rate"
    CEILING = "ceiling"
    SHUT = "shut"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """What comes of it. Seconds count from the release, or from now when that is past; None is "never".

    `last_waits_seconds` is how long the fan waits who is last now; `line_ends_seconds` when the line is empty if fans
    go on joining as they do now. `is_extended` says that the end lies beyond what was simulated.
    """

    new_users_per_minute: float
    total_active_users: int
    last_waits_seconds: int | None
    line_ends_seconds: int | None
    entries_per_minute: float
    most_inside: int
    bound: Bound
    is_extended: bool

    def to_json(self) -> Json:
        """What comes of it as JSON values."""
        return asdict(self)


def foretell(policy: Policy, crowd: Crowd, *, joins_per_minute: float = 0) -> Foretold:
    """Say what comes of a policy; the crowd is who is there, without those who are still to join."""
    outcome = simulate(policy, crowd, hours=HORIZON_HOURS)
    waits = _last_waits(policy, outcome)
    return Foretold(
        new_users_per_minute=policy.new_users_per_minute,
        total_active_users=policy.total_active_users,
        last_waits_seconds=waits,
        line_ends_seconds=_line_ends(waits, fans=crowd.lobby, joins_per_minute=joins_per_minute),
        entries_per_minute=outcome.entries_per_minute,
        most_inside=outcome.peak_inside,
        bound=_bound(policy, crowd, outcome),
        is_extended=outcome.left_waiting > 0 and waits is not None,
    )


def _last_waits(policy: Policy, outcome: Outcome) -> int | None:
    if outcome.drain_seconds is not None:
        return outcome.drain_seconds
    begin, left = float(outcome.simulated_seconds), float(outcome.left_waiting)
    in_force = policy.in_force(begin)
    pace = _pace(outcome)
    later = [step for step in policy.plan if step.at_seconds > begin]
    for step, end in zip([in_force, *later], [*(each.at_seconds for each in later), None], strict=True):
        speed = pace * _factor(step, in_force, outcome)
        ends = begin + left / speed if speed > 0 else None
        if ends is not None and (end is None or ends <= end):
            return None if policy.closes_seconds is not None and ends > policy.closes_seconds else round(ends)
        if end is not None:
            left -= speed * (end - begin)
            begin = end
    return None


def _pace(outcome: Outcome) -> float:
    # Turns a second over the last minutes; a line that has not moved in them does not move.
    points = outcome.series[-PACE_POINTS - 1 :]
    elapsed = points[-1].seconds - points[0].seconds
    return (points[-1].turns - points[0].turns) / elapsed if elapsed else 0


def _factor(step: Step, before: Step, outcome: Outcome) -> float:
    # Whichever binds now is what the step changes; the other may begin to bind, and does not here.
    rate = step.new_users_per_minute / before.new_users_per_minute if before.new_users_per_minute else 0
    ceiling = step.total_active_users / before.total_active_users if before.total_active_users else 0
    return min(rate, ceiling) if outcome.held_by_ceiling > MOSTLY else rate


def _line_ends(waits: int | None, *, fans: int, joins_per_minute: float) -> int | None:
    # The line moves by fans/waits a second and grows by the joins meanwhile: it is empty when it has caught up.
    if waits is None or waits == 0:
        return waits
    pace = fans / waits
    joins = joins_per_minute / 60
    return round(waits * pace / (pace - joins)) if pace > joins else None


def _bound(policy: Policy, crowd: Crowd, outcome: Outcome) -> Bound:
    begin = policy.in_force(0)
    if crowd.lobby == 0:
        return Bound.NOTHING
    if begin.new_users_per_minute <= 0 or begin.total_active_users <= 0:
        return Bound.SHUT
    return Bound.CEILING if outcome.held_by_ceiling > MOSTLY else Bound.RATE
