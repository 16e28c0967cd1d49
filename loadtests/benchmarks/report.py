"""The report: medians and ratios as a Markdown table, and which figures of the plan are met."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loadtests.benchmarks.generator import Outcome
from loadtests.benchmarks.tokens import Speed

BARE, JOIN = "bare route", "join"
LEAST_JOIN_RATIO = 0.75
LEAST_MINTS, LEAST_VERIFIES = 10_000, 50_000
GENERATOR_LIMIT = 0.9
"""A generator that is busier than this may be what was measured."""

Outcomes = Mapping[str, Sequence[Outcome]]
"""By row, one outcome a round; round n of every row was measured side by side."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of the plan."""

    name: str
    wanted: str
    found: str
    is_met: bool

    def __str__(self) -> str:
        return f"- {self.name}: {self.found}, wanted {self.wanted}: {'met' if self.is_met else 'MISSED'}"


def per_second(outcomes: Sequence[Outcome]) -> float:
    """The median of the rounds."""
    return statistics.median(outcome.per_second for outcome in outcomes)


def ratio_to_bare(by_row: Outcomes, row: str) -> float:
    """The median of the rounds' ratios: each compares what ran within the same seconds."""
    pairs = zip(by_row[row], by_row[BARE], strict=True)
    return statistics.median(mine.per_second / bare.per_second for mine, bare in pairs)


def cpu_ratio_to_bare(by_row: Outcomes, row: str) -> float:
    """The same by the server's own processor time: it holds also when others use its core."""
    pairs = zip(by_row[row], by_row[BARE], strict=True)
    return statistics.median(mine.per_server_second / bare.per_server_second for mine, bare in pairs)


def http_table(by_server: Mapping[str, Outcomes]) -> str:
    """Requests a second, the ratios to the bare route, and 99 % of the answers within, for each server."""
    servers = list(by_server)
    titles = [f"{server}: req/s | to bare | by CPU time | p99 ms" for server in servers]
    lines = [f"| | {' | '.join(titles)} |", f"|---|{'---:|---:|---:|---:|' * len(servers)}"]
    for row in by_server[servers[0]]:
        cells = [_cells(by_server[server], row) for server in servers]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines)


def token_table(speeds: Sequence[Speed]) -> str:
    """Operations a second on one core."""
    lines = [f"| {speed.name} | {speed.per_second:,.0f} | {1e6 / speed.per_second:.1f} |" for speed in speeds]
    return "\n".join(["| | a second and core | µs |", "|---|---:|---:|", *lines])


def figures(hypercorn: Outcomes | None, speeds: Sequence[Speed]) -> list[Figure]:
    """P1, where HTTP was measured, and P6."""
    found = [] if hypercorn is None else [_join_figure(ratio_to_bare(hypercorn, JOIN))]
    wanted = {"admission token, mint": LEAST_MINTS, "admission token, verify": LEAST_VERIFIES}
    for speed in speeds:
        if speed.name in wanted:
            found.append(_token_figure(speed, wanted[speed.name]))
    return found


def notes(by_server: Mapping[str, Outcomes]) -> list[str]:
    """What must be known to read the table."""
    busiest = {
        f"{row} on {server}": max(outcome.busy for outcome in outcomes)
        for server, by_row in by_server.items()
        for row, outcomes in by_row.items()
    }
    return [
        f"- {name}: the generator was {busy:.0%} busy and may be the limit; the server can do more"
        for name, busy in busiest.items()
        if busy > GENERATOR_LIMIT
    ]


def _cells(by_row: Outcomes, row: str) -> str:
    p99 = statistics.median(outcome.quantile(0.99) for outcome in by_row[row])
    ratios = f"{ratio_to_bare(by_row, row):.2f} | {cpu_ratio_to_bare(by_row, row):.2f}"
    return f"{per_second(by_row[row]):,.0f} | {ratios} | {p99 * 1000:.1f}"


def _join_figure(ratio: float) -> Figure:
    return Figure(
        name="P1 join to bare route on Hypercorn",
        wanted=f">= {LEAST_JOIN_RATIO}",
        found=f"{ratio:.2f}",
        is_met=ratio >= LEAST_JOIN_RATIO,
    )


def _token_figure(speed: Speed, least: int) -> Figure:
    return Figure(
        name=f"P6 {speed.name}",
        wanted=f">= {least:,}/s",
        found=f"{speed.per_second:,.0f}/s",
        is_met=speed.per_second >= least,
    )
