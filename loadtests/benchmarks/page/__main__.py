"""`make bench-page`: what the waiting page weighs, and when it can be used on a slow line (figure P9).

A real edge in a process of its own on a real Valkey, asked by Chromium at 400 ms and 400 kbit/s, with nothing kept.
"""

import gzip
import os
import platform
import re
import shutil
import sys
import tempfile
import urllib.request
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from loadtests.benchmarks.page.look import BITS_PER_SECOND, LATENCY_MS, Look, look_at
from loadtests.benchmarks.report import Figure
from loadtests.benchmarks.rows import ROOM, Bench, prepare, settings_for, start_app
from waitroom.embedded import EmbeddedValkey
from waitroom.web.languages import LANGUAGES

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
EMPTY = "empty page"
MOST_BYTES, MOST_MS = 14_000, 1_000
MOMENTS = ("first_byte", "paint", "usable", "fresh")
KINDS = ("Document", "Stylesheet", "Script")

Looks = Mapping[str, Sequence[Look]]
"""By row (a language, or the empty page), one look a round."""


def main(arguments: list[str] | None = None) -> int:
    """Measure; the exit code is 1 when a figure is missed."""
    options = _parse(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-page-") as name, ExitStack() as stack:
        folder = Path(name)
        valkey = stack.enter_context(EmbeddedValkey(folder / "valkey"))
        bench = Bench(folder=folder, settings=settings_for(valkey.url, folder), server_core=None, other_core=None)
        prepare(bench)
        ports = {app: start_app(bench, app, "hypercorn", stack).port for app in ("edge", "empty")}
        urls = {code: f"http://127.0.0.1:{ports['edge']}/r/{ROOM}?lang={code}" for code in LANGUAGES}
        weights = {code: weight_of(url) for code, url in urls.items()}
        browser = stack.enter_context(_chromium(options.chromium))
        looks = _look(browser, urls | {EMPTY: f"http://127.0.0.1:{ports['empty']}/"}, rounds=options.rounds)
    report = "\n".join(_report(looks, weights))
    sys.stdout.write(report + "\n")
    found = figures(looks, weights)
    return 0 if all(figure.is_met for figure in found) else 1


def weight_of(url: str) -> int:
    """Return the bytes of the page, its style and its script, as they are sent compressed."""
    page = _fetch(url)
    files = re.findall(rb'(?:href|src)="(/static/[^"]+)"', gzip.decompress(page))
    return len(page) + sum(len(_fetch(urllib.parse.urljoin(url, path.decode()))) for path in files)


def table(looks: Looks, weights: Mapping[str, int]) -> str:
    """When each thing was there, the ratio to the empty page, and what came over the wire."""
    lines = [_line(row, rounds, looks[EMPTY], weights.get(row)) for row, rounds in looks.items()]
    head = "| | first byte ms | painted ms | usable ms | to empty | snapshot shown ms | "
    return "\n".join(
        [
            head + "page | style | script | data | compressed bodies |",
            "|---|" + 10 * "---:|",
            *lines,
        ]
    )


def figures(looks: Looks, weights: Mapping[str, int]) -> list[Figure]:
    """P9."""
    heaviest = max(weights.values())
    slowest = max(_median(looks[code], "usable") for code in weights)
    return [
        Figure(
            name="P9 page, style and script, compressed, in the heaviest language",
            found=f"{heaviest:,} bytes",
            wanted=f"<= {MOST_BYTES:,}",
            is_met=heaviest <= MOST_BYTES,
        ),
        Figure(
            name="P9 usable after the connection, in the slowest language",
            found=f"{slowest:,.0f} ms",
            wanted=f"<= {MOST_MS:,} ms",
            is_met=slowest <= MOST_MS,
        ),
    ]


def _look(browser: Browser, urls: Mapping[str, str], *, rounds: int) -> Looks:
    looks: dict[str, list[Look]] = defaultdict(list)
    for _ in range(rounds):
        for row, url in urls.items():
            looks[row].append(look_at(browser, url))
            sys.stderr.write(f"{row}: usable after {looks[row][-1].usable:,.0f} ms\n")
    return looks


def _report(looks: Looks, weights: Mapping[str, int]) -> Iterator[str]:
    yield table(looks, weights)
    yield ""
    yield (
        f"Chromium at {LATENCY_MS} ms and {BITS_PER_SECOND // 1000} kbit/s, nothing kept, "
        f"median of {len(looks[EMPTY])}; Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}."
    )
    yield ""
    yield from map(str, figures(looks, weights))


def _line(row: str, rounds: Sequence[Look], empty: Sequence[Look], weight: int | None) -> str:
    first, paint, usable, fresh = (f"{_median(rounds, moment):,.0f}" for moment in MOMENTS)
    ratio = f"{median(mine.usable / other.usable for mine, other in zip(rounds, empty, strict=True)):.2f}"
    wire = (f"{median(look.wire.get(kind, 0) for look in rounds):,.0f}" for kind in KINDS)
    data = f"{median(_data(look) for look in rounds):,.0f}"
    return f"| {' | '.join([row, first, paint, usable, ratio, fresh, *wire, data, f'{weight:,}' if weight else ''])} |"


def _data(look: Look) -> int:
    # The snapshot is of one kind when it is asked for ahead, of another when the script asks.
    return sum(look.wire.values()) - sum(look.wire.get(kind, 0) for kind in KINDS)


def _median(rounds: Sequence[Look], moment: str) -> float:
    return median(float(getattr(look, moment)) for look in rounds)


def _fetch(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})  # noqa: S310 - an edge of our own
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
        body: bytes = answer.read()
        return body


@contextmanager
def _chromium(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def _parse(arguments: list[str] | None) -> Namespace:
    parser = ArgumentParser(prog="make bench-page", description="Measure the waiting page on a slow line.")
    parser.add_argument("--rounds", type=int, default=5, help="looks at each language (default 5)")
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    parser.add_argument("--chromium", default=found, required=found is None, help="Chromium's program")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
