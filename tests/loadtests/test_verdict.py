"""The verdict names what was missed, and an empty run is no success."""

from dataclasses import replace

import pytest

from loadtests.verdict import DEFAULT, Check, Measured, Run, Thresholds, exit_code, judge

THRESHOLDS = Thresholds(p95_ms={"join": 100}, most_failures=0.01, least_with_ticket=0.9)
GOOD = Run(calls={"join": Measured(calls=100, failures=1, p95_ms=100)}, arrived=10, with_ticket=9, ends={"bought": 9})


def missed(run: Run, *, expected: int = 10) -> list[str]:
    """The questions of the thresholds that a run misses."""
    return [check.question for check in judge(run, THRESHOLDS, expected=expected) if not check.is_met]


def test_a_run_at_every_threshold_passes() -> None:
    """A threshold is met by what equals it."""
    assert missed(GOOD) == []
    assert exit_code(judge(GOOD, THRESHOLDS, expected=10)) == 0


@pytest.mark.parametrize(
    ("run", "question"),
    [
        (replace(GOOD, with_ticket=8), "did fans get tickets"),
        (replace(GOOD, arrived=9), "did fans come"),
        (replace(GOOD, calls={"join": Measured(calls=100, failures=2, p95_ms=1)}), "were calls answered"),
        (replace(GOOD, calls={"join": Measured(calls=100, failures=0, p95_ms=101)}), "was join fast (95 of 100)"),
    ],
)
def test_each_threshold_can_be_missed(run: Run, question: str) -> None:
    """What is over its threshold is named, alone, and ends the run with 1."""
    assert missed(run) == [question]
    assert exit_code(judge(run, THRESHOLDS, expected=10)) == 1


def test_a_run_in_which_nothing_happened_fails_everywhere() -> None:
    """Nobody came, nothing was asked: no threshold is met."""
    checks = judge(Run(calls={}, arrived=0, with_ticket=0), DEFAULT, expected=0)

    assert [check for check in checks if check.is_met] == []


def test_no_checks_are_no_success() -> None:
    """A verdict over nothing is a failure."""
    assert exit_code([]) == 1


def test_other_ends_are_told() -> None:
    """How the evenings without a ticket ended is part of the answer."""
    checks = judge(replace(GOOD, ends={"bought": 9, "sold-out": 1}), THRESHOLDS, expected=10)

    assert [check.found for check in checks if check.question == "did fans get tickets"] == ["9 of 10 (1 sold-out)"]


def test_a_check_reads_as_a_line() -> None:
    """A missed check stands out."""
    check = Check(question="did it", found="no", wanted="yes", is_met=False)

    assert str(check) == "FAIL did it: no (wanted yes)"
