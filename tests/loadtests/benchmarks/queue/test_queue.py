"""The benchmark of the queue, at a size at which it means nothing but runs whole."""

from pathlib import Path

import pytest

from loadtests.benchmarks.queue.__main__ import main
from loadtests.benchmarks.queue.rate import worst_excess


def test_it_measures_writes_and_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A small run fills a room, counts a fan's commands, prints the table, and writes it with the picture."""
    main(["--parts", "sizes", "life", "--fans", "6000", "--out", str(tmp_path)])
    printed = capsys.readouterr().out
    assert "| 6,000 fans |" in printed
    assert "P3 client commands a poll of the snapshot: 0, wanted <= 0: met" in printed
    assert "P3 client commands in a fan's life: 5.0" in printed
    assert printed.strip() in (tmp_path / "queue.md").read_text()
    assert (tmp_path / "queue.svg").read_text().count("<circle") == 3


def test_worst_excess() -> None:
    """Of 60 a minute with a depth of one: even entries exceed nothing, a second one at once is one too many."""
    assert worst_excess([0, 1000, 2000], per_minute=60) == 0
    assert worst_excess([0, 0], per_minute=60) == 1
    assert worst_excess([0, 5000, 5500], per_minute=60) == 0.5
