"""The figures of the plan that this benchmark holds the queue to."""

from collections.abc import Sequence

from loadtests.benchmarks.draws import MeasuredDraw
from loadtests.benchmarks.queue.life import LifeRow
from loadtests.benchmarks.queue.rate import RateUse
from loadtests.benchmarks.queue.sizes import SizeRow
from loadtests.benchmarks.report import Figure

MOST_COMMANDS_A_FAN = 6
MOST_ADVANCE_MS = 5.0
MOST_GROWTH = 5.0
MOST_BYTES_A_FAN = 2e9 / 14e6
LEAST_RATE_USED = 0.98
DRAW_SECONDS = {1_000_000: 10, 14_000_000: 150}
MOST_VERIFY_SECONDS = 10.0
MOST_CURVE_ERROR = 0.05


def size_figures(rows: Sequence[SizeRow]) -> list[Figure]:
    """P4, at the largest size against the smallest."""
    small, large = rows[0], rows[-1]
    at = f"with {large.fans:,} waiting"
    growth = max(large.giving.cpu_p50_ms / small.giving.cpu_p50_ms, large.idle.cpu_p50_ms / small.idle.cpu_p50_ms)
    slowest = max(large.giving.p99_ms, large.idle.p99_ms)
    worst = max(row.curve.p99 for row in rows)
    return [
        _at_most(f"P4 advance {at}, p99", slowest, MOST_ADVANCE_MS, "{:.2f} ms"),
        _at_most(f"P4 advance {at} to {small.fans:,}, processor time", growth, MOST_GROWTH, "{:.1f} x"),
        _at_most(f"P4 memory a fan {at}", large.bytes_a_fan, MOST_BYTES_A_FAN, "{:.0f} B"),
        _at_most("curve error, 99 of 100 places", worst, MOST_CURVE_ERROR, "{:.1%}"),
    ]


def rate_figures(use: RateUse) -> list[Figure]:
    """P5."""
    used = Figure(
        name="P5 rate used with 30 % no-shows after the first claim window",
        wanted=f">= {LEAST_RATE_USED:.0%}",
        found=f"{use.share:.1%}",
        is_met=use.share >= LEAST_RATE_USED,
    )
    return [used, _at_most("P5 entries beyond due and depth, any window", use.worst_excess, 1e-6, "{:.2f}")]


def life_figures(life: LifeRow) -> list[Figure]:
    """P3."""
    return [
        _at_most("P3 client commands in a fan's life", life.commands_a_fan, MOST_COMMANDS_A_FAN, "{:.2f}"),
        _at_most("P3 client commands a poll of the snapshot", life.commands_a_poll, 0, "{:.0f}"),
    ]


def draw_figures(rows: Sequence[MeasuredDraw]) -> list[Figure]:
    """P7."""
    found = [
        _at_most(f"P7 draw of {row.fans:,}", row.draw_seconds, DRAW_SECONDS[row.fans], "{:.1f} s")
        for row in rows
        if row.fans in DRAW_SECONDS
    ]
    verified = [row for row in rows if row.verify_seconds is not None]
    return found + [
        _at_most(f"P7 {row.fans:,} verified", row.verify_seconds or 0, MOST_VERIFY_SECONDS, "{:.1f} s")
        for row in verified
        if row.fans == 1_000_000
    ]


def _at_most(name: str, found: float, limit: float, form: str) -> Figure:
    return Figure(name=name, wanted=f"<= {form.format(limit)}", found=form.format(found), is_met=found <= limit)
