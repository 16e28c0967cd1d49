"""The outcome in words and in a picture of plain text."""

from waitroom.simulation.crowd import Crowd, Shape
from waitroom.simulation.outcome import Outcome, Point
from waitroom.simulation.policy import Policy, Step

MOST_ROWS = 24
BAR = 16
MINUTE, HOUR = 60, 3600


def describe(policy: Policy, crowd: Crowd, outcome: Outcome) -> str:
    """Say what was asked, what came of it, and how the evening went, for a terminal."""
    figures = _figures(outcome)
    widest = max(len(name) for name, _ in figures)
    lines = [*_asked(policy, crowd), ""]
    lines += [f"  {name.ljust(widest)}  {value}" for name, value in figures]
    return "\n".join([*lines, "", *_picture(outcome)]) + "\n"


def clock(seconds: float) -> str:
    """Hours and minutes since the release, or minutes and seconds within the first hour, to be read at a glance."""
    whole = round(seconds)
    if whole >= HOUR:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE:02d} min"
    return f"{whole // MINUTE} min {whole % MINUTE:02d} s"


def _asked(policy: Policy, crowd: Crowd) -> list[str]:
    steps = policy.plan
    if not steps or steps[0].at_seconds > 0:
        by_hand = Step(
            at_seconds=0,
            new_users_per_minute=policy.new_users_per_minute,
            total_active_users=policy.total_active_users,
        )
        steps = (by_hand, *steps)
    return [
        f"{crowd.lobby:,} fans in the lobby{_later(crowd)}; {crowd.no_show:.0%} do not take their turn.",
        f"They claim after {crowd.claim_seconds:g} s and shop for {crowd.shop_minutes:g} min, on average.",
        f"Claim window {policy.claim_minutes:g} min, session {policy.session_minutes:g} min.",
        *(
            f"From {_signed(step.at_seconds)}: {step.new_users_per_minute:,g} new fans a minute, "
            f"{step.total_active_users:,} inside at most."
            for step in steps
        ),
    ]


def _signed(seconds: float) -> str:
    return f"-{clock(-seconds)}" if seconds < 0 else f"+{clock(seconds)}"


def _later(crowd: Crowd) -> str:
    if crowd.arrivals is not None:
        return ", more by the curve given"
    if crowd.later == 0 or crowd.shape is Shape.NONE:
        return ""
    return f", {crowd.later:,} later ({crowd.shape.value}, over {crowd.over_minutes:g} min)"


def _figures(outcome: Outcome) -> list[tuple[str, str]]:
    waits = ", ".join(f"p{percent} {_moment(seconds)}" for percent, seconds in outcome.waits.items())
    return [
        ("the line is empty after", _drained(outcome)),
        ("wait from release or arrival", waits),
        ("most inside at once", f"{outcome.peak_inside:,} after {clock(outcome.peak_at_seconds)}"),
        ("fans let in", f"{outcome.entered:,}, {outcome.entries_per_minute:,.0f} a minute while there was a line"),
        ("turns given", f"{outcome.turns:,}; {outcome.lapsed:,} lapsed, {outcome.expired:,} sessions ran out of time"),
        ("of the rate, used", _used(outcome)),
        ("held back by the ceiling", f"{outcome.held_by_ceiling:.0%} of the time with a line"),
        ("sold out", _moment(outcome.sold_out_seconds, otherwise="no")),
    ]


def _drained(outcome: Outcome) -> str:
    if outcome.drain_seconds is not None:
        return clock(outcome.drain_seconds)
    return f"never: {outcome.left_waiting:,} got no turn in {clock(outcome.simulated_seconds)}"


def _used(outcome: Outcome) -> str:
    if outcome.used_of_due is None:
        return "nobody waited"
    after = outcome.used_after_first_window
    return f"{outcome.used_of_due:.1%}" + ("" if after is None else f" ({after:.1%} after the first claim window)")


def _moment(seconds: int | None, *, otherwise: str = "-") -> str:
    return otherwise if seconds is None else clock(seconds)


def _picture(outcome: Outcome) -> list[str]:
    points = _rows(outcome.series)
    most = (
        max(point.waiting for point in points),
        max(point.inside for point in points),
        max(point.entries_per_minute for point in points),
    )
    heads = [name.ljust(BAR + 12) for name in ("waiting", "inside", "in a minute")]
    return [f"{'after':>12}  {''.join(heads)}".rstrip(), *(_row(point, most) for point in points)]


def _rows(series: tuple[Point, ...]) -> list[Point]:
    every = -(-len(series) // MOST_ROWS)
    return list(series[::every])


def _row(point: Point, most: tuple[float, float, float]) -> str:
    values = (point.waiting, point.inside, point.entries_per_minute)
    cells = [f"{value:>10,.0f} {_bar(value, high)}" for value, high in zip(values, most, strict=True)]
    return f"{clock(point.seconds):>12}  {' '.join(cells)}".rstrip()


def _bar(value: float, most: float) -> str:
    return ("#" * round(value / most * BAR if most else 0)).ljust(BAR)
