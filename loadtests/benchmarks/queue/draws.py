"""The draw, as `loadtests.benchmarks.draws` measures it, where that module is."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

MODULE = "loadtests.benchmarks.draws"


@dataclass(frozen=True, kw_only=True)
class DrawRow:
    """Seconds from the freeze to the drawn line, and of an outsider's verification."""

    fans: int
    draw_seconds: float
    verify_seconds: float | None


def measure_draws(sizes: Sequence[int]) -> list[DrawRow]:
    """Draw so many; empty where nothing can measure it."""
    if find_spec(MODULE) is None:
        return []
    measure = import_module(MODULE).measure_draw
    rows = []
    for fans in sizes:
        measured = measure(fans)
        verified = getattr(measured, "verify_seconds", None)
        rows.append(DrawRow(fans=fans, draw_seconds=measured.draw_seconds, verify_seconds=verified))
    return rows
