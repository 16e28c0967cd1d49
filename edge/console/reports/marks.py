"""Marks: what is shown on a report's charts, from its samples and its change log. Pure."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from edge.console.happenings import Happening, of_change
from edge.console.reports.samples import Sample

MOST_MARKS = 200


def happenings(samples: Sequence[Sample], changes: Sequence[dict[str, str]]) -> list[Happening]:
    """What happened of itself between two samples, and what somebody did; the newest two hundred, oldest first."""
    by_hand = [happening for entry in changes if (happening := of_change(entry)) is not None]
    found = sorted([*_of_samples(samples), *by_hand], key=lambda happening: happening.at_ms)
    return found[-MOST_MARKS:]


def _of_samples(samples: Sequence[Sample]) -> Iterator[Happening]:
    for before, now in pairwise(samples):
        if now.phase != before.phase:
            yield _mark(now, "phase", now.phase.capitalize())
        if now.factor < 1 <= before.factor:
            yield _mark(now, "slowed", f"Slowed: {now.reason}")
        if before.factor < 1 <= now.factor:
            yield _mark(now, "recovered", "Back to the whole rate")
        if now.recovering and not before.recovering:
            yield _mark(now, "loss", "The room comes back from a loss")
        if now.seats_left == 0 and before.seats_left != 0:
            yield _mark(now, "sold_out", "Nothing is left")


def _mark(sample: Sample, kind: str, text: str) -> Happening:
    return Happening(at_ms=sample.at_ms, kind=kind, who=None, text=text)
