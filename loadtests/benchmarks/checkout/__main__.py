"""`make bench-checkout`: holds and orders a second over HTTP, as ratios to a bare route of the same run (figure P8).

The checkout has one core for itself; PostgreSQL, Valkey and the load share the other. Loopback only; it ends by itself.
"""

import asyncio
import json
import os
import platform
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median

from loadtests.benchmarks.checkout.stage import Stage
from loadtests.benchmarks.cores import choose_cores, cpu_seconds, pin
from loadtests.benchmarks.generator import KEY, Load, Outcome, run_generator
from loadtests.benchmarks.report import BARE, Figure, Outcomes, per_second, ratio_to_bare
from loadtests.benchmarks.rows import Bench, Served, UnfitError, chosen_settings, settings_for, start_app
from waitroom.embedded import EmbeddedPostgres, EmbeddedValkey

HOLDS, SINGLE, ORDERS = "hold of two, best available", "hold of one, best available", "order"
MOST_HOLDS, MOST_ORDERS = 2_500, 900
"""A second: so many requests are made ready, and a server that is faster runs dry and is told so."""
OFFERED = 500
LEAST_RATIO, LEAST_HOLDS, LEAST_ORDERS, MOST_P99_MS = 0.3, 1_500, 400, 50
ANSWER = {"body": json.dumps({"hold_id": "hold_" + 32 * "0", "padding": 600 * "x"})}
"""About as many bytes as a hold of two has."""


class Runs:
    """The rounds of one benchmark."""

    def __init__(self, bench: Bench, stage: Stage, *, seconds: float) -> None:
        self._bench = bench
        self._stage = stage
        self._seconds = seconds
        self.outcomes: dict[str, list[Outcome]] = defaultdict(list)

    async def round(self, checkout: Served, bare: Served) -> None:
        """Measure every row once, side by side."""
        headers = (f"Idempotency-Key: {KEY.decode()}",)
        load = Load.of("POST", "/bare", port=bare.port, body="{}", headers=headers, core=self._bench.other_core)
        self._run(BARE, load, bare)
        count = round(self._seconds * MOST_HOLDS)
        self._run(HOLDS, self._of(await self._stage.holds(count, category="lower", quantity=2), checkout), checkout)
        self._run(SINGLE, self._of(await self._stage.holds(count, category="floor", quantity=1), checkout), checkout)
        count = round(self._seconds * MOST_ORDERS)
        self._run(ORDERS, self._of(await self._stage.orders(count, category="upper"), checkout), checkout)

    async def offered(self, checkout: Served) -> Outcome:
        """Offer holds by the clock, whether the checkout keeps up or not."""
        requests = await self._stage.holds(round(self._seconds * OFFERED), category="upper", quantity=2)
        load = replace(self._of(requests, checkout), offered_per_second=OFFERED)
        return self._run("offered", load, checkout)

    def _of(self, requests: Path, served: Served) -> Load:
        return Load(port=served.port, request="", prepared=str(requests), core=self._bench.other_core)

    def _run(self, row: str, load: Load, served: Served) -> Outcome:
        before = cpu_seconds(served.process.pid)
        outcome = run_generator(replace(load, seconds=self._seconds))
        if set(outcome.statuses) != {"201"} or outcome.broken:
            raise UnfitError(f"{row}: {outcome.statuses}, {outcome.broken} connections broke")
        if before is not None:
            outcome.server_seconds = (cpu_seconds(served.process.pid) or before) - before
        self.outcomes[row].append(outcome)
        sys.stderr.write(f"{row}: {outcome.per_second:,.0f}/s\n")
        return outcome


def main(arguments: list[str] | None = None) -> int:
    """Measure; the exit code is 1 when a figure is missed."""
    options = _parse(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-checkout-") as name, ExitStack() as stack:
        folder = Path(name)
        # PostgreSQL runs as another user when we are root, and has to reach its data.
        folder.chmod(0o755)
        server_core, other_core = choose_cores()
        pin(other_core)
        valkey = stack.enter_context(EmbeddedValkey(folder / "valkey"))
        postgres = stack.enter_context(EmbeddedPostgres(folder / "postgres", durable=True))
        settings = settings_for(valkey.url, folder) | {"WAITROOM_DATABASE_URL": postgres.url}
        bench = Bench(folder=folder, settings=settings, server_core=server_core, other_core=other_core)
        return asyncio.run(_measure(bench, stack, options))


async def _measure(bench: Bench, stack: ExitStack, options: Namespace) -> int:
    stage = await Stage.prepare(chosen_settings(bench.settings), bench.folder)
    (bench.folder / "answer.json").write_text(json.dumps(ANSWER))
    checkout, bare = (start_app(bench, app, "hypercorn", stack) for app in ("checkout", "bare_checkout"))
    runs = Runs(bench, stage, seconds=options.seconds)
    for _ in range(options.rounds):
        await runs.round(checkout, bare)
    sold, seats = await stage.sell_most()
    offered = await runs.offered(checkout)
    twice = await stage.sold_twice()
    await stage.close()
    found = figures(runs.outcomes, offered)
    sys.stdout.write(f"{table(runs.outcomes)}\n\n")
    sys.stdout.write(f"Of {seats:,} seats {sold:,} sold, {OFFERED} holds of two a second offered: ")
    sys.stdout.write(f"{offered.per_second:,.0f} a second answered, {_spread(offered)}.\n")
    sys.stdout.write(f"Sold twice: {twice}. Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}.\n\n")
    sys.stdout.write("\n".join(map(str, found)) + "\n")
    return 0 if all(figure.is_met for figure in found) and not twice else 1


def table(outcomes: Outcomes) -> str:
    """Requests a second, the ratio to the bare route, and how long answers took."""
    lines = [
        f"| {row} | {per_second(rounds):,.0f} | {ratio_to_bare(outcomes, row):.2f} | "
        f"{median(r.per_server_second for r in rounds):,.0f} | {1000 * median(r.quantile(0.99) for r in rounds):.0f} |"
        for row, rounds in outcomes.items()
        if row != "offered"
    ]
    head = "| | req/s | to bare | req/s of the checkout's processor | p99 ms at 64 at once |"
    return "\n".join([head, "|---|---:|---:|---:|---:|", *lines])


def figures(outcomes: Outcomes, offered: Outcome) -> list[Figure]:
    """P8."""
    ratio, holds, orders = ratio_to_bare(outcomes, HOLDS), per_second(outcomes[HOLDS]), per_second(outcomes[ORDERS])
    p99_ms = 1000 * offered.quantile(0.99)
    return [
        _figure("P8 holds to bare route", f"{ratio:.2f}", f">= {LEAST_RATIO}", is_met=ratio >= LEAST_RATIO),
        _figure("P8 holds by HTTP", f"{holds:,.0f}/s", f">= {LEAST_HOLDS:,}/s", is_met=holds >= LEAST_HOLDS),
        _figure("P8 orders by HTTP", f"{orders:,.0f}/s", f">= {LEAST_ORDERS}/s", is_met=orders >= LEAST_ORDERS),
        _figure(
            f"P8 best available, p99 at {OFFERED} holds/s offered, 90 % sold",
            f"{p99_ms:.0f} ms",
            f"<= {MOST_P99_MS} ms",
            is_met=p99_ms <= MOST_P99_MS,
        ),
    ]


def _figure(name: str, found: str, wanted: str, *, is_met: bool) -> Figure:
    return Figure(name=name, found=found, wanted=wanted, is_met=is_met)


def _spread(outcome: Outcome) -> str:
    return ", ".join(f"p{round(100 * share)} {1000 * outcome.quantile(share):.0f} ms" for share in (0.5, 0.9, 0.99))


def _parse(arguments: list[str] | None) -> Namespace:
    parser = ArgumentParser(prog="make bench-checkout", description="Measure holds and orders as ratios in one run.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds that alternate (default 3)")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each row runs in a round (default 3)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
