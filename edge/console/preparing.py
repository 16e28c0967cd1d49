"""The pages of a room before its evening: make, settings, plan, codes. What they do goes through the API."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from edge.console.documents import room_document, settings_document
from edge.console.example_fan import NOTICES, STATES
from edge.console.fixed import fixed_settings
from edge.console.rendering import page
from edge.console.rooms import look_at, queue_of
from edge.rendering import own_names
from waitroom.branding import DARK_CARD, DARK_GROUND, GROUND, INK, LOGO_BYTES, MOST_LINKS
from waitroom.errors import RoomMissingError
from waitroom.queue import Snapshot, look_at_room
from waitroom.queue.keys import is_room_name
from waitroom.rooms import MOST_STEPS, RoomSettings
from waitroom.settings import Settings

Values = dict[str, Any]  # Any: what a template prints
OF_ITS_EVENING = {"paused": False, "sold_out": False, "beacon_waived": False}
"""What happened to a room is not taken over by one that is made from it."""
DRAND = {
    "url": "https://api.drand.sh/8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
    "period_seconds": 30,
    "genesis_at": "2020-07-22T15:17:30.000Z",
}
"""drand's own chain, as its `/info` tells it; offered, never chosen by itself."""
OWN_COLOURS = {"accent": "#2440c4", "ground": GROUND, "ink": INK, "dark": [DARK_GROUND, DARK_CARD]}
"""What fans see without a brand's colours."""
BEGINNING = RoomSettings(total_active_users=4000)
"""What the form begins with: a ceiling that does not slow its rate while a fan is six minutes in the shop."""


async def show_new(request: Request) -> Response:
    """The form of a new room; `from` names a room whose settings it begins with."""
    other = request.query_params.get("from", "")
    settings = await _settings_of(request, other) if other else BEGINNING
    values = settings_document(settings)
    copied = {"copied": other, "mode": "new", "room": "", "settings": values, "fixed": {}, "beacon": DRAND}
    return page(request, "room_form.html", copied | _data(request, mode="new", room="", copied=other, settings=values))


async def show_settings(request: Request) -> Response:
    """The form of a room that is there."""
    snapshot = await look_at(request)
    document = room_document(snapshot)
    values = _of_room(snapshot) | {"mode": "edit", "copied": "", "beacon": DRAND, "fixed": fixed_settings(snapshot)}
    return page(request, "room_form.html", values | _data(request, mode="edit", room=snapshot.room, document=document))


async def show_plan(request: Request) -> Response:
    """The plan's steps, and the evening that they make."""
    snapshot = await look_at(request)
    data = _data(request, room=snapshot.room, document=room_document(snapshot), most_steps=MOST_STEPS)
    return page(request, "plan.html", _of_room(snapshot) | data)


async def show_codes(request: Request) -> Response:
    """Presale codes: what there is, and new ones."""
    snapshot = await look_at(request)
    return page(request, "codes.html", _of_room(snapshot) | _data(request, room=snapshot.room))


async def show_branding(request: Request) -> Response:
    """Name, message, logo, colours and links, and what fans see of them."""
    snapshot = await look_at(request)
    choices = {
        "states": STATES,
        "notices": NOTICES,
        "languages": own_names(),
        "logo_kib": LOGO_BYTES // 1024,
        "most_links": MOST_LINKS,
    }
    data = _data(request, room=snapshot.room, document=room_document(snapshot), own_colours=OWN_COLOURS)
    return page(request, "branding.html", _of_room(snapshot) | choices | data)


async def _settings_of(request: Request, room: str) -> RoomSettings:
    if not is_room_name(room):
        raise RoomMissingError(room)
    snapshot = await look_at_room(queue_of(request), room)
    return snapshot.settings.changed(dict(OF_ITS_EVENING))


def _of_room(snapshot: Snapshot) -> Values:
    return {"room": snapshot.room, "settings": settings_document(snapshot.settings), "phase": snapshot.phase.value}


def _data(request: Request, **data: Any) -> Values:  # Any: JSON values
    # What the page's script begins with; everything later comes by the API.
    settings: Settings = request.app.state.settings
    public_url = settings.public_url.rstrip("/")
    return {"public_url": public_url, "data": data | {"public_url": public_url}}
