"""The governor's rules, without any store."""

import pytest

from tests.factories import START_MS
from waitroom.admission import FLOOR, FRESH_MS, INTERVAL_MS, SILENCE_MS, Step, next_step
from waitroom.queue.snapshot import RateInForce, TimedReport

TARGET_MS = 1000


def a_report(**told: float) -> TimedReport:
    """A checkout that is clearly well, but for what is told."""
    well = {"at_ms": START_MS, "latency_ms": 100, "requests": 50, "errors": 0, "in_use": 2, "pool": 10}
    return TimedReport(**(well | told))  # type: ignore[arg-type] # a test names the fields it changes


def a_rate(*, factor: float = 1, step_ms: int = START_MS - INTERVAL_MS, reason: str = "latency") -> RateInForce:
    """600 a minute by plan, and what the governor left of it."""
    return RateInForce(
        per_minute=600 * factor,
        planned_per_minute=600,
        ceiling=1000,
        by="governor" if factor < 1 else "test",
        factor=factor,
        step_ms=step_ms,
        reason=reason if factor < 1 else "",
    )


def step(*reports: TimedReport, rate: RateInForce | None = None) -> Step | None:
    """What follows from these reports now."""
    return next_step(reports, rate or a_rate(), now_ms=START_MS, target_latency_ms=TARGET_MS)


def test_a_well_checkout_keeps_the_plan() -> None:
    """At the whole plan there is nothing to raise."""
    assert step(a_report()) is None


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"latency_ms": 1001}, "latency"),
        ({"errors": 3}, "errors"),
        ({"requests": 0, "errors": 3}, "errors"),
        ({"in_use": 10}, "saturation"),
        ({"in_use": 12, "errors": 50, "latency_ms": 9000}, "saturation"),
        ({"errors": 50, "latency_ms": 9000}, "errors"),
    ],
)
def test_each_kind_of_suffering_cuts(told: dict[str, float], why: str) -> None:
    """A full pool, more than one error in twenty or a latency above the target cut to 0.7; the first is told."""
    assert step(a_report(**told)) == Step(factor=0.7, why=why, is_cut=True)


@pytest.mark.parametrize(
    "told",
    [
        {"latency_ms": 1000},
        {"latency_ms": 9000, "requests": 0},
        {"errors": 2},
        {"errors": 5, "requests": 100},
        {"in_use": 9},
        {"in_use": 5, "pool": 0},
    ],
    ids=["at the target", "no requests", "two errors", "one in twenty", "one connection left", "no pool known"],
)
def test_what_is_within_its_limit_does_not_cut(told: dict[str, float]) -> None:
    """Limits may be reached, and what nothing is known of does not count."""
    assert step(a_report(**told)) is None


@pytest.mark.parametrize(
    ("told", "is_raised"),
    [
        ({}, True),
        ({"latency_ms": 700}, True),
        ({"latency_ms": 701}, False),
        ({"in_use": 7}, True),
        ({"in_use": 8}, False),
        ({"requests": 1000, "errors": 34}, True),
        ({"requests": 1000, "errors": 36}, False),
    ],
)
def test_only_who_is_clearly_well_takes_more(told: dict[str, float], *, is_raised: bool) -> None:
    """A slowed room goes up by a twentieth of the plan at 0.7 of every limit; between that and the limit it stays."""
    raised = Step(factor=0.55, why="latency", is_cut=False)
    assert step(a_report(**told), rate=a_rate(factor=0.5)) == (raised if is_raised else None)


def test_the_last_step_up_ends_the_reason() -> None:
    """At the whole plan nothing is slowed, hence no reason; and it goes no higher."""
    assert step(a_report(), rate=a_rate(factor=0.97)) == Step(factor=1, why="", is_cut=False)


def test_the_floor() -> None:
    """A room never stops by itself: at a twentieth of the plan there is no further cut."""
    slow = a_report(latency_ms=9000)
    assert step(slow, rate=a_rate(factor=0.06)) == Step(factor=FLOOR, why="latency", is_cut=True)
    assert step(slow, rate=a_rate(factor=FLOOR)) is None


def test_the_worst_of_many_counts_for_latency_and_pool() -> None:
    """Nine checkouts that are well do not hide one that suffers."""
    well = [a_report() for _ in range(9)]
    assert step(*well, a_report(latency_ms=1500)) == Step(factor=0.7, why="latency", is_cut=True)
    assert step(*well, a_report(in_use=10)) == Step(factor=0.7, why="saturation", is_cut=True)


def test_errors_are_those_of_all_together() -> None:
    """One checkout's errors are measured against everybody's requests."""
    assert step(a_report(errors=5)) is not None
    assert step(a_report(errors=5), a_report(), a_report()) is None


def test_one_step_an_interval() -> None:
    """Five seconds pass between two steps; a clock that was set back does not hold the next one up."""
    slow = a_report(latency_ms=9000)
    assert step(slow, rate=a_rate(step_ms=START_MS - INTERVAL_MS + 1)) is None
    assert step(slow, rate=a_rate(step_ms=START_MS)) is None
    assert step(slow, rate=a_rate(step_ms=START_MS + 1)) is not None


def test_stale_reports_are_ignored() -> None:
    """What was said more than five seconds ago, or by a clock as far ahead, neither cuts nor raises."""
    for age_ms in (FRESH_MS + 1, -FRESH_MS - 1):
        stale = a_report(at_ms=START_MS - age_ms, latency_ms=9000)
        assert step(stale) is None
        assert step(stale, a_report(), rate=a_rate(factor=0.5)) == Step(factor=0.55, why="latency", is_cut=False)
        assert step(stale, rate=a_rate(factor=0.5)) is None
    assert step(a_report(at_ms=START_MS - FRESH_MS, latency_ms=9000)) is not None


def test_silence_leaves_the_plan() -> None:
    """Without any report nothing is slowed."""
    assert step() is None
    assert step(a_report(at_ms=START_MS - 2 * SILENCE_MS)) is None


def test_a_slowed_room_that_hears_nothing_recovers() -> None:
    """After a minute of silence a cut is lifted step by step: nobody else would ever lift it."""
    slowed = a_rate(factor=0.5)
    raised = Step(factor=0.55, why="latency", is_cut=False)
    assert step(rate=slowed) == raised
    assert step(a_report(at_ms=START_MS - SILENCE_MS - 1), rate=slowed) == raised
    assert step(a_report(at_ms=START_MS - SILENCE_MS), rate=slowed) is None


def test_from_the_plan_to_the_floor_and_back() -> None:
    """Suffering for a minute leads to the floor in nine steps, well-being back to the plan in nineteen."""
    rate, factors = a_rate(), []
    for report in [a_report(latency_ms=9000)] * 12 + [a_report()] * 25:
        if (found := step(report, rate=rate)) is not None:
            rate = a_rate(factor=found.factor)
            factors.append(found.factor)
    assert factors[8] == min(factors) == FLOOR
    assert len(factors) == 9 + 19
    assert factors[9:] == sorted(factors[9:])
    assert factors[-1] == 1
