"""The night's live screen as a call: everything that moved since the last look, once a second."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from edge.console.documents import room_document, wrong_field
from edge.console.figures import COLUMNS, figures, fresh_reports
from edge.console.happenings import Happening, of_change
from edge.console.logs import change_document
from edge.console.rooms import look_at, queue_of
from edge.console.watching import Watched, Watching
from waitroom.clock import rfc3339
from waitroom.queue import Snapshot
from waitroom.queue.snapshot import TimedReport
from waitroom.web.answers import private_json

MOST_CHANGES = 50
LONGEST_NUMBER = 15
Json = dict[str, Any]  # Any: JSON values


async def live(request: Request) -> Response:
    """Answer with the room now, its figures, and the points, happenings and changes since the moment asked for."""
    since_ms = _since(request)
    watching: Watching = request.app.state.watching
    snapshot = await look_at(request)
    watched = watching.open(snapshot)
    # What was changed in the very millisecond of the last look comes twice rather than never.
    entries = await queue_of(request).changes(snapshot.room, most=MOST_CHANGES)
    changes = [entry for entry in entries if int(entry["at_ms"]) >= since_ms]
    points = watched.points(since_ms=since_ms)
    return private_json(
        {
            "room": room_document(snapshot),
            "figures": figures(snapshot, watched.moments),
            "checkouts": [_report(report) for report in fresh_reports(snapshot)],
            "draw": _draw(snapshot),
            "columns": COLUMNS,
            "points": [point.to_row() for point in points],
            "until": points[-1].at_ms if points else max(since_ms, snapshot.now_ms),
            "happenings": [each.to_json() for each in _happenings(watched, changes, since_ms=since_ms)],
            "changes": [change_document(entry) for entry in changes],
        }
    )


def _happenings(watched: Watched, changes: list[dict[str, str]], *, since_ms: int) -> list[Happening]:
    by_hand = [happening for entry in changes if (happening := of_change(entry)) is not None]
    of_itself = [happening for happening in watched.happenings if happening.at_ms >= since_ms]
    return sorted([*by_hand, *of_itself], key=lambda happening: happening.at_ms)


def _report(report: TimedReport) -> Json:
    return {
        "at": rfc3339(report.at_ms),
        "latency_ms": round(report.latency_ms, 1),
        "requests": report.requests,
        "errors": report.errors,
        "in_use": report.in_use,
        "pool": report.pool,
    }


def _draw(snapshot: Snapshot) -> Json:
    draw = snapshot.draw
    return {
        "is_frozen": snapshot.is_frozen,
        "is_drawn": snapshot.is_drawn,
        "entrants": draw.entrants,
        "moved": int(snapshot.kept.get("drawn_entrants") or 0),
        "waits_for_beacon": draw.waits_for_beacon,
        "beacon_overdue_seconds": round(draw.overdue_seconds(now_ms=snapshot.now_ms)),
    }


def _since(request: Request) -> int:
    text = request.query_params.get("since", "0")
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER:
        raise wrong_field("since", "milliseconds since 1970, as `until` of an earlier answer")
    return int(text)
