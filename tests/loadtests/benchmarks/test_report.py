"""The report compares what ran side by side, and says what is met."""

from loadtests.benchmarks.generator import Outcome
from loadtests.benchmarks.report import cpu_ratio_to_bare, figures, http_table, notes, ratio_to_bare, token_table
from loadtests.benchmarks.tokens import Speed, measure_tokens


def outcomes(*per_second: int, busy: float = 0.5) -> list[Outcome]:
    """One-second rounds with so many answers."""
    return [Outcome(seconds=1, busy=busy, statuses={"200": n}, latencies=[0.01] * 3) for n in per_second]


SLOWED = {"bare route": outcomes(1000, 500, 1000), "join": outcomes(800, 400, 790)}
"""In the second round the whole machine was slow."""


def test_ratios_are_of_rounds_side_by_side() -> None:
    """A moment at which the whole machine is slow changes no ratio."""
    assert ratio_to_bare(SLOWED, "join") == 0.8


def test_who_else_is_on_the_core_does_not_count() -> None:
    """By its own processor time a server is worth the same whether it had the core for itself or shared it."""
    bare, join = outcomes(1000), outcomes(300)
    bare[0].server_seconds, join[0].server_seconds = 1.0, 0.5

    assert cpu_ratio_to_bare({"bare route": bare, "join": join}, "join") == 0.6


def test_the_table_has_a_line_a_row_and_columns_a_server() -> None:
    """Medians, ratios and latencies, for each server beside the others."""
    lines = http_table({"hypercorn": SLOWED, "granian": SLOWED}).splitlines()

    assert len(lines) == 4
    assert lines[3] == "| join | 790 | 0.80 | 0.80 | 10.0 | 790 | 0.80 | 0.80 | 10.0 |"
    assert {line.count("|") for line in lines} == {10}


def test_figures_are_met_at_the_limit_and_missed_below() -> None:
    """P1 and P6 are judged by the plan's own limits."""
    speeds = [
        Speed(name="admission token, mint", per_second=10_000),
        Speed(name="admission token, verify", per_second=49_999),
        Speed(name="pass, sign", per_second=1),
    ]
    found = figures({"bare route": outcomes(1000), "join": outcomes(750)}, speeds)

    assert [(figure.name[:2], figure.is_met) for figure in found] == [("P1", True), ("P6", True), ("P6", False)]
    assert str(found[2]).endswith("MISSED")


def test_without_http_only_tokens_are_judged() -> None:
    """What was not measured is not judged."""
    assert figures(None, []) == []


def test_a_generator_at_its_limit_is_told() -> None:
    """A figure that may be the generator's own is marked."""
    assert notes({"granian": {"snapshot": outcomes(1, busy=0.97)}}) == [
        "- snapshot on granian: the generator was 97% busy and may be the limit; the server can do more"
    ]
    assert notes({"granian": {"snapshot": outcomes(1, busy=0.5)}}) == []


def test_tokens_are_measured() -> None:
    """Every kind of token work has a figure, and a line in the table."""
    speeds = measure_tokens(seconds=0.01)

    assert [speed.per_second > 0 for speed in speeds] == [True] * 4
    assert len(token_table(speeds).splitlines()) == 6
