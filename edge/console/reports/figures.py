"""Figures of a report: fans, rate, ceiling, sales and troubles, from samples. Pure."""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from edge.console.reports.samples import Sample
from waitroom.clock import rfc3339

GAP_MS = 90_000
"""Longer without a sample while something went on is a gap: no console was there, or the store was away."""
QUIET_GAP_MS = 400_000
NEAR_CEILING = 0.98
Json = dict[str, Any]  # Any: JSON values


def fans(last: Sample, *, drawn: int | None) -> Json:
    """What became of the fans, as the room counts them."""
    decided = last.lapsed + last.claimed
    return {
        "joined": last.joined,
        "drawn": drawn,
        "given": last.given,
        "claimed": last.claimed,
        "lapsed": last.lapsed,
        "no_show_share": round(last.lapsed / decided, 4) if decided else None,
        "entered": last.entered,
        "finished": last.finished,
        "expired": last.expired,
        "left": last.left,
        "still_waiting": last.lobby + last.waiting,
        "may_still_claim": last.admitted,
        "still_inside": last.inside,
    }


def speed(samples: Sequence[Sample]) -> Json:
    """Entries beside the target and the use of the ceiling, over the time that a line stood."""
    due = entered = seconds = held = 0.0
    used: list[float] = []
    for before, after in _with_line(samples):
        elapsed = (after.at_ms - before.at_ms) / 1000
        seconds += elapsed
        due += before.rate * elapsed / 60
        entered += max(0, after.entered - before.entered)
        share = after.inside / after.ceiling if after.ceiling else 1.0
        used.append(share)
        held += elapsed if share >= NEAR_CEILING else 0
    return {
        "line_seconds": round(seconds),
        "target_per_minute": _per_minute(due, seconds),
        "entries_per_minute": _per_minute(entered, seconds),
        "target_share": round(entered / due, 4) if due else None,
        "most_inside": max((sample.inside for sample in samples), default=0),
        "ceiling_used_share": round(sum(used) / len(used), 4) if used else None,
        "held_by_ceiling_share": round(held / seconds, 4) if seconds else None,
    }


def sales(samples: Sequence[Sample]) -> Json:
    """Seats at the beginning, now, and when none was left; None where no checkout counts them."""
    known = [sample for sample in samples if sample.seats_left is not None]
    if not known:
        return {
            "seats_at_first": None,
            "seats_left": None,
            "sold": None,
            "sold_out_at": None,
            "fastest_per_minute": None,
        }
    first, last = known[0].seats_left or 0, known[-1].seats_left or 0
    sold_out = next((sample for sample in known if sample.seats_left == 0), None)
    return {
        "seats_at_first": first,
        "seats_left": last,
        "sold": first - last,
        "sold_out_at": None if sold_out is None else rfc3339(sold_out.at_ms),
        "fastest_per_minute": _fastest(known),
    }


def troubles(samples: Sequence[Sample], changes: Sequence[dict[str, str]]) -> list[Json]:
    """Slowdowns, pauses, losses and gaps, in the order in which they began; `until` None for one that lasts.

    Pauses are an organizer's, and told by the change log (newest first), to the millisecond.
    """
    found = [
        *_stretches(samples, "slowed", lambda sample: sample.factor < 1),
        *_pauses(changes),
        *_stretches(samples, "recovering", lambda sample: sample.recovering),
        *_gaps(samples),
    ]
    return sorted(found, key=lambda trouble: str(trouble["from"]))


def _with_line(samples: Sequence[Sample]) -> Iterator[tuple[Sample, Sample]]:
    for before, after in pairwise(samples):
        if before.has_line and after.has_line and after.at_ms - before.at_ms <= GAP_MS:
            yield before, after


def _fastest(known: Sequence[Sample]) -> float | None:
    speeds = [
        ((before.seats_left or 0) - (after.seats_left or 0)) * 60_000 / (after.at_ms - before.at_ms)
        for before, after in pairwise(known)
        if 5_000 <= after.at_ms - before.at_ms <= GAP_MS
    ]
    return round(max(speeds), 1) if speeds else None


def _stretches(samples: Sequence[Sample], kind: str, is_so: Callable[[Sample], bool]) -> Iterator[Json]:
    begin: Sample | None = None
    for sample in samples:
        if is_so(sample) and begin is None:
            begin = sample
        elif not is_so(sample) and begin is not None:
            yield _trouble(kind, begin.at_ms, until_ms=sample.at_ms, text=begin.reason)
            begin = None
    if begin is not None:
        yield _trouble(kind, begin.at_ms, until_ms=None, text=begin.reason)


def _pauses(changes: Sequence[dict[str, str]]) -> Iterator[Json]:
    begin: dict[str, str] | None = None
    for entry in reversed(changes):
        is_paused = json.loads(entry["paused"])[1] if "paused" in entry else None
        if is_paused == "1" and begin is None:
            begin = entry
        elif is_paused == "0" and begin is not None:
            yield _trouble("paused", int(begin["at_ms"]), until_ms=int(entry["at_ms"]), text=begin["who"])
            begin = None
    if begin is not None:
        yield _trouble("paused", int(begin["at_ms"]), until_ms=None, text=begin["who"])


def _gaps(samples: Sequence[Sample]) -> Iterator[Json]:
    for before, after in pairwise(samples):
        is_quiet = before.joined == after.joined and before.given == after.given
        if after.at_ms - before.at_ms > (QUIET_GAP_MS if is_quiet else GAP_MS):
            yield _trouble("gap", before.at_ms, until_ms=after.at_ms)


def _trouble(kind: str, from_ms: int, *, until_ms: int | None, text: str = "") -> Json:
    return {
        "kind": kind,
        "from": rfc3339(from_ms),
        "until": None if until_ms is None else rfc3339(until_ms),
        "seconds": None if until_ms is None else round((until_ms - from_ms) / 1000),
        "text": text,
    }


def _per_minute(count: float, seconds: float) -> float | None:
    return round(count * 60 / seconds, 1) if seconds else None
