"""The verdict: thresholds over what was measured, and an exit code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured of one kind of call; latencies are in milliseconds."""

    calls: int
    failures: int
    p95_ms: float


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a whole run saw: each kind of call, and how the fans' evenings ended."""

    calls: Mapping[str, Measured]
    arrived: int
    with_ticket: int
    ends: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """What a run must keep to."""

    p95_ms: Mapping[str, float]
    most_failures: float = 0.001
    least_with_ticket: float = 0.99


@dataclass(frozen=True, kw_only=True)
class Check:
    """One threshold and what was found."""

    question: str
    found: str
    wanted: str
    is_met: bool

    def __str__(self) -> str:
        return f"{'ok  ' if self.is_met else 'FAIL'} {self.question}: {self.found} (wanted {self.wanted})"


DEFAULT = Thresholds(
    p95_ms={"join": 1000, "snapshot": 500, "place": 500, "claim": 1000, "session": 1500, "hold": 1000, "order": 2000}
)
"""Wide enough for a laptop with two cores that runs the stores, the units and the fans together."""


def judge(run: Run, thresholds: Thresholds, *, expected: int) -> list[Check]:
    """Check a run to which so many fans were expected.

    A kind of call that never happened fails, so that an empty run is no success.
    """
    return [
        _came(run, expected=expected),
        _bought(run, thresholds),
        _answered(run, thresholds),
        *(_was_fast(name, run.calls.get(name), limit) for name, limit in thresholds.p95_ms.items()),
    ]


def exit_code(checks: Sequence[Check]) -> int:
    """0 when every threshold is met."""
    return 0 if checks and all(check.is_met for check in checks) else 1


def _came(run: Run, *, expected: int) -> Check:
    is_met = run.arrived == expected > 0
    return Check(question="did fans come", found=str(run.arrived), wanted=str(expected), is_met=is_met)


def _bought(run: Run, thresholds: Thresholds) -> Check:
    share = run.with_ticket / run.arrived if run.arrived else 0.0
    others = ", ".join(f"{count} {end}" for end, count in sorted(run.ends.items()) if end != "bought")
    return Check(
        question="did fans get tickets",
        found=f"{run.with_ticket} of {run.arrived}{f' ({others})' if others else ''}",
        wanted=f"{thresholds.least_with_ticket:.0%}",
        is_met=share >= thresholds.least_with_ticket,
    )


def _answered(run: Run, thresholds: Thresholds) -> Check:
    calls = sum(measured.calls for measured in run.calls.values())
    failures = sum(measured.failures for measured in run.calls.values())
    return Check(
        question="were calls answered",
        found=f"{failures} of {calls} failed",
        wanted=f"at most {thresholds.most_failures:.1%}",
        is_met=calls > 0 and failures <= calls * thresholds.most_failures,
    )


def _was_fast(name: str, measured: Measured | None, limit_ms: float) -> Check:
    found = "never called" if measured is None or not measured.calls else f"{measured.p95_ms:.0f} ms"
    return Check(
        question=f"was {name} fast (95 of 100)",
        found=found,
        wanted=f"at most {limit_ms:.0f} ms",
        is_met=measured is not None and measured.calls > 0 and measured.p95_ms <= limit_ms,
    )
