"""Logs: who changed what, which turns were given, and how the last hour went."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from edge.console.documents import TIMES, whole_number
from edge.console.rooms import look_at, queue_of
from edge.console.series import EVERY_SECONDS, Series
from waitroom.clock import rfc3339
from waitroom.web.answers import private_json

MOST_ENTRIES = 10_000
Json = dict[str, Any]  # Any: JSON values


async def changes(request: Request) -> Response:
    """The change log, newest first."""
    snapshot = await look_at(request)
    entries = await queue_of(request).changes(snapshot.room, most=_most(request, default=100))
    return private_json({"room": snapshot.room, "changes": [change_document(entry) for entry in entries]})


async def admissions(request: Request) -> Response:
    """The admission log, newest first: each entry's texts as they are stored, since its hash is over them."""
    snapshot = await look_at(request)
    entries = await queue_of(request).admissions(snapshot.room, most=_most(request, default=1000))
    told = [{"at": rfc3339(int(entry["at_ms"]))} | entry for entry in entries]
    head = {"entries": snapshot.log.entries, "head": snapshot.log.head}
    return private_json({"room": snapshot.room, "log": head, "admissions": told})


async def series(request: Request) -> Response:
    """The last hour, as far as this console has seen it."""
    kept: Series = request.app.state.series
    snapshot = await look_at(request)
    points = kept.of(snapshot.room, epoch=snapshot.epoch)
    return private_json({"room": snapshot.room, "every_seconds": EVERY_SECONDS, "points": points})


def change_document(entry: dict[str, str]) -> Json:
    """One entry of the change log; the governor's steps change no setting, and have no version."""
    fields = {name: text for name, text in entry.items() if name not in {"at_ms", "who", "version"}}
    return {
        "at": rfc3339(int(entry["at_ms"])),
        "who": entry["who"],
        "version": int(entry["version"]) if "version" in entry else None,
        "fields": {name: _before_and_after(name, text) for name, text in fields.items()},
    }


def _before_and_after(name: str, text: str) -> Json:
    # Cases: codes, of which only so many are told; a step of the governor, with its reason; a setting.
    told = json.loads(text)
    if name == "codes_made":
        return {"from": "", "to": f"{told['new']} codes, tier {told['tier']}, uses {told['uses'] or 'any number'}"}
    before, after, *why = told
    if why:
        return {"from": before, "to": after, "why": why[0]}
    if name in TIMES:
        before, after = (rfc3339(int(value)) if value else "" for value in (before, after))
    return {"from": before, "to": after}


def _most(request: Request, *, default: int) -> int:
    text = request.query_params.get("most", str(default))
    return whole_number("most", text, most=MOST_ENTRIES)
