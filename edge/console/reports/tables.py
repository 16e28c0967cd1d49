"""Tables: a report's lists as CSV (RFC 4180), safe to open in a spreadsheet. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import fields

from edge.console.reports.samples import Sample
from waitroom.clock import rfc3339

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
TIMELINE = ("at", *(field.name for field in fields(Sample) if field.name != "at_ms"))
NETWORKS = ("network", "joins", "share", "times_median", "stands_out")


def timeline_csv(samples: Iterable[Sample]) -> str:
    """Every sample, a line each."""
    return to_csv(
        TIMELINE, ([rfc3339(each.at_ms), *(getattr(each, name) for name in TIMELINE[1:])] for each in samples)
    )


def networks_csv(largest: Iterable[dict[str, object]]) -> str:
    """The largest networks, a line each."""
    return to_csv(NETWORKS, ([network[name] for name in NETWORKS] for network in largest))


def to_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table; None is empty, and no text of anybody's begins a formula."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(head)
    table.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
