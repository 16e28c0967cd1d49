"""`make bench`: measure, in short rounds that alternate, and print the table. Loopback only.

The server has one core for itself, everything else the other; ratios are of rounds side by side, since absolute
figures drift with the machine.
"""

import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from loadtests.benchmarks import report, rows
from loadtests.benchmarks.cores import choose_cores, pin
from loadtests.benchmarks.generator import Outcome
from loadtests.benchmarks.serve import SERVERS
from loadtests.benchmarks.tokens import measure_tokens
from waitroom.embedded import EmbeddedValkey


def main(arguments: list[str] | None = None) -> int:
    """Measure what was asked for; the exit code is 1 when a figure is missed."""
    options = _parse(arguments)
    speeds = measure_tokens()
    by_server = (
        {}
        if options.tokens_only
        else measure_http(servers=options.servers, rounds=options.rounds, seconds=options.seconds)
    )
    found = report.figures(by_server.get("hypercorn"), speeds)
    tables = [report.http_table(by_server)] if by_server else []
    for part in (*tables, report.token_table(speeds), "\n".join(map(str, [*found, *report.notes(by_server)]))):
        sys.stdout.write(f"\n{part}\n")
    return 0 if all(figure.is_met for figure in found) else 1


def measure_http(*, servers: Sequence[str], rounds: int, seconds: float) -> dict[str, report.Outcomes]:
    """Measure every row on each server, in rounds that alternate."""
    server_core, other_core = choose_cores()
    pin(other_core)
    with tempfile.TemporaryDirectory(prefix="waitroom-bench-") as name, EmbeddedValkey(Path(name) / "valkey") as valkey:
        folder = Path(name)
        bench = rows.Bench(
            folder=folder,
            settings=rows.settings_for(valkey.url, folder),
            server_core=server_core,
            other_core=other_core,
        )
        rows.prepare(bench)
        return {server: _measure_server(bench, server, rounds=rounds, seconds=seconds) for server in servers}


def _measure_server(bench: rows.Bench, server: str, *, rounds: int, seconds: float) -> report.Outcomes:
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    with rows.run_apps(bench, server) as served:
        todo = rows.rows(rows.fill_line(bench, served["edge"].port))
        for number in range(rounds):
            sys.stderr.write(f"{server}: round {number + 1} of {rounds}\n")
            for row in todo:
                outcomes[row.name].append(rows.measure_row(bench, row, served[row.app], seconds=seconds))
    return outcomes


def _parse(arguments: list[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m loadtests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=11, help="rounds of every row (default: 11)")
    parser.add_argument("--seconds", type=float, default=0.7, help="of one row in one round (default: 0.7)")
    parser.add_argument("--servers", nargs="+", choices=sorted(SERVERS), default=["hypercorn", "granian"])
    parser.add_argument("--tokens-only", action="store_true", help="measure tokens alone, without HTTP")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
