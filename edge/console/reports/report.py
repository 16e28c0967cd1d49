"""Report: everything that is told of a sale, as one document. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from edge.console.documents import settings_document
from edge.console.logs import change_document
from edge.console.reports import figures
from edge.console.reports.clusters import clusters
from edge.console.reports.marks import happenings
from edge.console.reports.promises import Turns, promises_kept
from edge.console.reports.samples import Sample, thinned
from waitroom.clock import rfc3339
from waitroom.queue import Snapshot

MOST_ROWS = 720
MOST_CHANGES = 1000
COLUMNS = tuple(field.name for field in fields(Sample) if field.name != "reason")
Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a report is made of; samples and turns oldest first, the change log newest first."""

    snapshot: Snapshot
    samples: Sequence[Sample]
    turns: Sequence[Turns]
    changes: Sequence[dict[str, str]]
    joins: Mapping[str, int]
    is_complete: bool
    public_url: str


def make_report(sources: Sources) -> Json:
    """Tell the sale; the room as it is now is the last sample."""
    snapshot = sources.snapshot
    last = Sample.of(snapshot)
    samples = [sample for sample in sources.samples if sample.at_ms < last.at_ms] + [last]
    frozen_at_us = snapshot.kept.get("frozen_at_us")
    frozen_at_ms = None if frozen_at_us is None else int(float(frozen_at_us)) // 1000
    kept = promises_kept(samples, sources.turns, frozen_at_ms=frozen_at_ms)
    drawn = snapshot.draw.entrants if snapshot.is_drawn else None
    return {
        "room": snapshot.room,
        "epoch": snapshot.epoch,
        "name": snapshot.settings.name,
        "rehearsal": snapshot.settings.rehearsal,
        "phase": snapshot.phase.value,
        "made_at": _moment(snapshot.fields.get("created_at")),
        "as_of": rfc3339(snapshot.now_ms),
        "is_complete": sources.is_complete,
        "version": snapshot.version,
        "settings": settings_document(snapshot.settings),
        "fans": figures.fans(last, drawn=drawn),
        "speed": figures.speed(samples),
        "waits": kept.to_json(),
        "sales": figures.sales(samples),
        "networks": clusters(sources.joins),
        "troubles": figures.troubles(samples, sources.changes),
        "draw": _draw(snapshot, sources.public_url),
        "happenings": [each.to_json() for each in happenings(samples, sources.changes)],
        "log": {"entries": snapshot.log.entries, "head": snapshot.log.head},
        "changes": [change_document(entry) for entry in reversed(sources.changes)],
        "timeline": {"columns": list(COLUMNS), "rows": [_row(sample) for sample in thinned(samples, most=MOST_ROWS)]},
    }


def _row(sample: Sample) -> list[object]:
    return [getattr(sample, name) for name in COLUMNS]


def _draw(snapshot: Snapshot, public_url: str) -> Json:
    address = f"{public_url.rstrip('/')}/v1/rooms/{snapshot.room}/draw"
    command = f"waitroom draw verify {address} --expect-commitment {snapshot.draw.commitment}"
    is_made = snapshot.is_drawn and snapshot.draw.seed is not None
    known = {"is_made": is_made, "proof_url": address if is_made else None, "command": command if is_made else None}
    return snapshot.draw.to_json() | known


def _moment(text: str | None) -> str | None:
    return None if not text else rfc3339(int(text))
