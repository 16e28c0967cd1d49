"""Auditing: every call that changes a room leaves an entry with who, what, before and after."""

from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from edge.console.access import Endpoint, who
from edge.console.audit import Audit, Entry, changed
from edge.console.documents import settings_document
from edge.console.keeping import Keeping
from waitroom.errors import QueueUnavailableError, RoomMissingError
from waitroom.queue import Queue, Snapshot, look_at_room
from waitroom.queue.keys import is_room_name

Json = dict[str, Any]  # Any: JSON values


def audited(what: str, endpoint: Endpoint) -> Endpoint:
    """Note what a call changed in the settings of its room, once it has succeeded."""

    async def noted(request: Request) -> Response:
        before = await _look(request)
        response = await endpoint(request)
        if response.status_code < 400:
            await _note(request, what, before)
        return response

    return noted


def tell(request: Request, *, room: str | None = None, after: Json | None = None) -> None:
    """Say what an entry cannot know by itself: the room that was made, or what was done beside its settings."""
    if room is not None:
        request.state.audited_room = room
    if after is not None:
        request.state.audited_after = after


async def _note(request: Request, what: str, before: Snapshot | None) -> None:
    audit: Audit = request.app.state.audit
    keeping: Keeping = request.app.state.keeping
    after = await _look(request)
    old, new = changed(_settings(before), _settings(after))
    told: Json = getattr(request.state, "audited_after", {})
    entry = Entry(who=who(request), what=what, room=_room(request), before=old, after=(new or {}) | told or None)
    await audit.note(entry)
    if after is not None:
        await keeping.keep(after)


async def _look(request: Request) -> Snapshot | None:
    queue: Queue = request.app.state.queue
    room = _room(request)
    if room is None or not is_room_name(room):
        return None
    with suppress(RoomMissingError, QueueUnavailableError):
        return await look_at_room(queue, room)
    return None


def _settings(snapshot: Snapshot | None) -> Json | None:
    return None if snapshot is None else settings_document(snapshot.settings)


def _room(request: Request) -> str | None:
    told: str | None = getattr(request.state, "audited_room", None)
    return request.path_params.get("room", told)
