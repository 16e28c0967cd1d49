"""Rooms: look, make, change, delete."""

from typing import Any

from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from edge.console.access import who
from edge.console.auditing import tell
from edge.console.documents import read_changes, read_settings, room_document, wrong_field
from waitroom.errors import ConfigurationError, RoomMissingError
from waitroom.queue import Queue, Snapshot, change_room, create_room, look_at_room
from waitroom.queue.keys import is_room_name
from waitroom.queue.lifecycle import RoomChangedError, RoomExistsError
from waitroom.settings import Settings
from waitroom.web.answers import private_json
from waitroom.web.bodies import Body, read_json
from waitroom.web.problems import Problem

FORM = "new"
"""The console's own page at the address of a room."""


class NewRoom(Body):
    """A name, and settings beside it, which are read by their own model."""

    model_config = ConfigDict(extra="allow")
    room: str

    def settings(self) -> dict[str, Any]:  # Any: JSON values
        """What is beside the name."""
        return dict(self.model_extra or {})


class Change(Body):
    """The version that the caller has seen, if it is to be held against, and settings beside it."""

    model_config = ConfigDict(extra="allow")
    version: int | None = Field(default=None, ge=1)

    def settings(self) -> dict[str, Any]:  # Any: JSON values
        """What is beside the version."""
        return dict(self.model_extra or {})


async def list_rooms(request: Request) -> Response:
    """Every room."""
    queue, found = queue_of(request), []
    for room in await queue.rooms():
        try:
            found.append(room_document(await look_at_room(queue, room)))
        except RoomMissingError:
            # Deleted since the list was read.
            continue
    return private_json({"rooms": found})


async def make_room(request: Request) -> Response:
    """Make a room and commit to the seed of its draw."""
    settings: Settings = request.app.state.settings
    body = await read_json(request, NewRoom)
    if not is_room_name(body.room):
        raise wrong_field("room", "1 to 64 lower-case letters, digits and inner hyphens")
    if body.room == FORM:
        raise wrong_field("room", "is where the form of a new room is")
    chosen = read_settings(body.settings())
    queue = queue_of(request)
    try:
        await create_room(queue, settings.key_source(), body.room, chosen, who=who(request))
    except RoomExistsError as exists:
        raise Problem("room-exists", detail=str(exists)) from None
    tell(request, room=body.room)
    headers = {"Location": f"/v1/admin/rooms/{body.room}"}
    return private_json(room_document(await look_at_room(queue, body.room)), status=201, headers=headers)


async def show_room(request: Request) -> Response:
    """One room."""
    return private_json(room_document(await look_at(request)))


async def change_settings(request: Request) -> Response:
    """Change settings; what is not named stays."""
    body = await read_json(request, Change)
    snapshot = await look_at(request)
    changes = read_changes(body.settings(), snapshot.settings)
    return await apply(request, snapshot, changes, expected=body.version)


async def delete_room(request: Request) -> Response:
    """Delete the room and everything in it."""
    snapshot = await look_at(request)
    await request.app.state.report_desk.keep_before_end(snapshot.room)
    if not await queue_of(request).delete(snapshot.room, epoch=snapshot.epoch):
        raise RoomMissingError(snapshot.room)
    return Response(status_code=204)


async def look_at(request: Request) -> Snapshot:
    """The room of the address; raises RoomMissingError."""
    room = request.path_params["room"]
    if not is_room_name(room):
        raise RoomMissingError(room)
    return await look_at_room(queue_of(request), room)


async def apply(
    request: Request, snapshot: Snapshot, changes: dict[str, Any], *, expected: int | None
) -> Response:  # Any: values of RoomSettings
    """Change settings as the caller, and answer with the room as it is then."""
    queue, room = queue_of(request), snapshot.room
    try:
        if changes:
            await change_room(queue, room, changes, who=who(request), expected=expected)
    except ConfigurationError as wrong:
        raise Problem("validation-failed", detail=str(wrong), errors=[]) from None
    except RoomChangedError as stale:
        raise await changed_meanwhile(request, stale) from None
    return private_json(room_document(await look_at_room(queue, room)))


async def changed_meanwhile(request: Request, stale: RoomChangedError) -> Problem:
    """The refusal of a change that did not see the last one, with the version in force."""
    return Problem("room-changed", detail=str(stale), version=(await look_at(request)).version)


def queue_of(request: Request) -> Queue:
    """The queue that this console works on."""
    queue: Queue = request.app.state.queue
    return queue
