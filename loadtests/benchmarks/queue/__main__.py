"""`make bench-queue`: measure the queue at several sizes, print the table, write it and the picture. Loopback only.

The store has one core for itself where there are two. It ends by itself, with 1 when a figure of the plan is missed.
"""

import os
import platform
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from loadtests.benchmarks import report
from loadtests.benchmarks.__main__ import measure_http
from loadtests.benchmarks.cores import choose_cores, pin, unpin
from loadtests.benchmarks.draws import measure_draw
from loadtests.benchmarks.queue import figures
from loadtests.benchmarks.queue.life import measure_life
from loadtests.benchmarks.queue.many_rooms import measure_many_rooms
from loadtests.benchmarks.queue.picture import svg
from loadtests.benchmarks.queue.rate import measure_rate
from loadtests.benchmarks.queue.sizes import measure_size
from loadtests.benchmarks.queue.table import Measured, markdown
from loadtests.benchmarks.report import Figure
from loadtests.benchmarks.rows import chosen_settings, settings_for
from waitroom.embedded import EmbeddedValkey

SIZES = (10_000, 100_000, 1_000_000, 14_000_000)
DRAWS = (1_000_000, 14_000_000)
PARTS = ("sizes", "draw", "life", "rate", "rooms", "http")
RESULTS = Path("loadtests/results")


def main(arguments: list[str] | None = None) -> int:
    """Measure what was asked for; the exit code is 1 when a figure is missed."""
    options = _parse(arguments)
    measured, found = Measured(machine=_machine()), list[Figure]()
    for part in options.parts:
        sys.stderr.write(f"\n{part}\n")
        found += MEASURE[part](measured, options)
    text = "\n".join([markdown(measured), *map(str, found), ""])
    sys.stdout.write(f"\n{text}")
    if options.out is not None:
        _write(options.out, text, measured)
    return 0 if all(figure.is_met for figure in found) else 1


def _sizes(measured: Measured, options: Namespace) -> list[Figure]:
    with _Store() as store:
        for fans in options.fans:
            measured.sizes.append(measure_size(store.valkey, store.settings.key_source(), fans=fans))
    return figures.size_figures(measured.sizes)


def _draw(measured: Measured, options: Namespace) -> list[Figure]:
    for fans in options.draws:
        sys.stderr.write(f"drawing {fans:,}\n")
        measured.draws.append(measure_draw(fans))
    return figures.draw_figures(measured.draws)


def _life(measured: Measured, _options: Namespace) -> list[Figure]:
    with _Store() as store:
        measured.life = measure_life(store.valkey, store.settings)
    return figures.life_figures(measured.life)


def _rate(measured: Measured, _options: Namespace) -> list[Figure]:
    with _Store() as store:
        measured.rate = measure_rate(store.valkey, store.settings.key_source())
    return figures.rate_figures(measured.rate)


def _rooms(measured: Measured, _options: Namespace) -> list[Figure]:
    with _Store() as store:
        measured.rooms = measure_many_rooms(store.valkey, store.settings.key_source().current())
    return []


def _http(measured: Measured, options: Namespace) -> list[Figure]:
    by_server = measure_http(servers=["hypercorn", "granian"], rounds=options.rounds, seconds=0.7)
    measured.http = report.http_table(by_server)
    return report.figures(by_server.get("hypercorn"), [])


MEASURE: dict[str, Callable[[Measured, Namespace], list[Figure]]] = {
    "sizes": _sizes,
    "draw": _draw,
    "life": _life,
    "rate": _rate,
    "rooms": _rooms,
    "http": _http,
}


class _Store:
    """A Valkey of its own, on a core of its own, with the settings of an edge beside it."""

    def __enter__(self) -> "_Store":
        self._folder = tempfile.TemporaryDirectory(prefix="waitroom-bench-")
        unpin()
        server_core, other_core = choose_cores()
        # A child runs where its parent did when it was started.
        pin(server_core)
        self.valkey = EmbeddedValkey(Path(self._folder.name) / "valkey").open()
        pin(other_core)
        self.settings = chosen_settings(settings_for(self.valkey.url, Path(self._folder.name)))
        return self

    def __exit__(self, *_: object) -> None:
        self.valkey.close()
        self._folder.cleanup()
        unpin()


def _write(folder: Path, text: str, measured: Measured) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    picture = "\n![Time a call by fans in the line](queue.svg)\n" if measured.sizes else ""
    (folder / "queue.md").write_text(f"# `make bench-queue`\n{picture}\n{text}")
    if measured.sizes:
        (folder / "queue.svg").write_text(svg(measured.sizes))


def _machine() -> str:
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, load average {load}"


def _parse(arguments: list[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m loadtests.benchmarks.queue", description=__doc__)
    parser.add_argument("--fans", nargs="+", type=int, default=SIZES, help="sizes of the line, rising")
    parser.add_argument("--draws", nargs="+", type=int, default=DRAWS, help="sizes of the lobbies that are drawn")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, default=11, help="rounds of every row over HTTP")
    parser.add_argument("--out", type=Path, default=None, help=f"folder for the table and the picture, as {RESULTS}")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
