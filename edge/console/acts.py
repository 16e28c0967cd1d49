"""Acts: what an organizer does to a running room, each with an address of its own."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from edge.console.access import Endpoint, who
from edge.console.documents import room_document
from edge.console.rooms import changed_meanwhile, look_at, queue_of
from waitroom.errors import ConfigurationError
from waitroom.queue import Queue, Snapshot, change_room, close_room, look_at_room, release_now
from waitroom.queue.lifecycle import RoomChangedError
from waitroom.web.answers import private_json
from waitroom.web.bodies import Body, read_json
from waitroom.web.problems import Problem

Act = Callable[..., Awaitable[int]]


class Seen(Body):
    """The version that the caller has seen, if it is to be held against."""

    version: int | None = Field(default=None, ge=1)


def act(do: Act) -> Endpoint:
    """Make an address of an act on the room; it answers with the room as it is then."""

    async def endpoint(request: Request) -> Response:
        seen = await read_json(request, Seen)
        snapshot, queue = await look_at(request), queue_of(request)
        try:
            await do(queue, snapshot.room, who=who(request), expected=seen.version)
        except ConfigurationError as wrong:
            raise Problem("validation-failed", detail=str(wrong), errors=[]) from None
        except RoomChangedError as stale:
            raise await changed_meanwhile(request, stale) from None
        return private_json(room_document(await look_at_room(queue, snapshot.room)))

    return endpoint


def setting(**changes: Any) -> Act:  # Any: values of RoomSettings
    """The act of changing these settings."""

    async def change(queue: Queue, room: str, *, who: str, expected: int | None) -> int:
        return await change_room(queue, room, changes, who=who, expected=expected)

    return change


async def waive_beacon(queue: Queue, room: str, *, who: str, expected: int | None) -> int:
    """Draw without the beacon; the proof says so."""
    snapshot: Snapshot = await look_at_room(queue, room)
    if snapshot.settings.beacon is None:
        raise ConfigurationError(f"The room {room!r} has no beacon to go on without.")
    return await change_room(queue, room, {"beacon_waived": True}, who=who, expected=expected)


pause = act(setting(paused=True))
resume = act(setting(paused=False, sold_out=False))
close = act(close_room)
release = act(release_now)
draw_without_beacon = act(waive_beacon)
