"""The draw, as `loadtests.benchmarks.draws` measures it, where that module is."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from importlib.util import find_spec

MODULE = "loadtests.benchmarks.draws"


@dataclass(frozen=True, kw_only=True)
class DrawRow:
    """Seconds from the freeze to the drawn line, those of processors, and of an outsider's verification."""

    fans: int
    draw_seconds: float
    store_cpu_seconds: float
    edge_cpu_seconds: float
    verify_seconds: float | None


def measure_draws(sizes: Sequence[int]) -> list[DrawRow]:
    """Draw so many; empty where nothing can measure it."""
    if find_spec(MODULE) is None:
        return []
    measure = import_module(MODULE).measure_draw
    rows = []
    for fans in sizes:
        sys.stderr.write(f"drawing {fans:,}\n")
        measured = measure(fans)
        rows.append(DrawRow(**{each.name: getattr(measured, each.name) for each in fields(DrawRow)}))
    return rows
