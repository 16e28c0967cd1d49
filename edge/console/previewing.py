"""Previews of the fan's page in each state: the edge's own templates and style, an example's figures, no script.

What is not saved yet comes along in the address and is checked as a change of the room would be.
"""

import json
import re
from functools import cache
from html import escape
from urllib.parse import urlencode

from pydantic import Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from edge.assets import Assets
from edge.console.documents import Json, read_changes, wrong_field
from edge.console.example_fan import NOTICES, STATES, clocks_of, example_place, example_room
from edge.console.rooms import look_at
from edge.rendering import OwnPage, Renderer
from waitroom.branding import Branding, style_of
from waitroom.queue import Snapshot
from waitroom.rooms import RoomSettings
from waitroom.web.bodies import Body, validate
from waitroom.web.languages import LANGUAGES, choose_language
from waitroom.web.problems import Problem

DRAFT = ("name", "message", "branding")
LONGEST_DRAFT = 6_000
SCHEMES = ("light", "dark")
STYLE = "waiting.css"
POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'self'; sandbox allow-same-origin"
"""Framed by the console alone; no script, no form, no way out. Its own origin, so that the session comes along."""
HEADERS = {"Cache-Control": "private, no-store", "Content-Security-Policy": POLICY, "X-Frame-Options": "SAMEORIGIN"}
LINK = re.compile(r'(<a\b[^>]*?) href="[^"]*"')
"""Links of a preview lead nowhere: there is no fan's page on this port."""
ASKS_FOR = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)")


class Wanted(Body):
    """What to preview."""

    state: str = "waiting"
    lang: str = "en"
    scheme: str = "light"
    notice: str = ""
    draft: str = Field(default="", max_length=LONGEST_DRAFT)


class Previews:
    """The edge's templates in each language, made when first asked for."""

    def __init__(self) -> None:
        self._assets = Assets.load()
        self._renderer_of = cache(lambda lang: Renderer(self._assets, choose_language(lang, "")))

    def page(self, snapshot: Json, wanted: Wanted, *, style: str) -> str:
        """The page of the example's fan; its style comes from `style`."""
        renderer = self._renderer_of(wanted.lang)
        room = example_room(snapshot, wanted.state, notice=wanted.notice)
        values = renderer.of_fan(room, example_place(wanted.state, now=room["now"])) | clocks_of(wanted.state)
        html = renderer.own(room, OwnPage(state=wanted.state, notice=wanted.notice or None, values=values))
        return LINK.sub(r"\1", html.replace(self._assets.path_of(STYLE), escape(style)))

    def style(self, branding: Branding | None, scheme: str) -> str:
        """The page's style with the brand's behind it, as a device of this colour scheme applies it."""
        own = self._assets.text_of(STYLE)
        brand = style_of(branding.colours) if branding and branding.colours else ""
        applied = ASKS_FOR.sub(lambda asked: "all" if asked[1] == scheme else "not all", own + "\n" + brand)
        return f"{applied}\n:root{{color-scheme:{scheme}}}\na:not(.button){{text-decoration:underline}}\n"


async def show_preview(request: Request) -> Response:
    """The fan's page in a state, for a frame of the console."""
    _refuse_other_sites(request)
    wanted = _wanted(request)
    snapshot = await look_at(request)
    query = {"scheme": wanted.scheme} | ({"draft": wanted.draft} if wanted.draft else {})
    style = f"/rooms/{snapshot.room}/preview.css?{urlencode(query)}"
    document = _shown(snapshot, _drafted(wanted, snapshot.settings), style=style)
    previews: Previews = request.app.state.previews
    return HTMLResponse(previews.page(document, wanted, style=style), headers=HEADERS)


async def show_style(request: Request) -> Response:
    """The style of a preview."""
    wanted = _wanted(request)
    snapshot = await look_at(request)
    branding = _drafted(wanted, snapshot.settings).branding
    previews: Previews = request.app.state.previews
    return Response(previews.style(branding, wanted.scheme), media_type="text/css", headers=HEADERS)


def _wanted(request: Request) -> Wanted:
    wanted = validate(dict(request.query_params), Wanted)
    choices = {"state": STATES, "lang": LANGUAGES, "scheme": SCHEMES, "notice": NOTICES}
    for name, known in choices.items():
        if getattr(wanted, name) not in known:
            raise wrong_field(name, f"one of {', '.join(each for each in known if each)}")
    return wanted


def _drafted(wanted: Wanted, settings: RoomSettings) -> RoomSettings:
    if not wanted.draft:
        return settings
    try:
        document = json.loads(wanted.draft)
    except (ValueError, RecursionError):
        raise wrong_field("draft", "is not JSON") from None
    if not isinstance(document, dict) or not document.keys() <= set(DRAFT):
        raise wrong_field("draft", f"an object with {', '.join(DRAFT)}")
    return settings.changed(read_changes(document, settings))


def _shown(snapshot: Snapshot, settings: RoomSettings, *, style: str) -> Json:
    branding = settings.branding
    shown = {
        # The brand's style is in the preview's one style sheet; the page asks for it twice and gets it once.
        "style": style if branding and branding.colours else None,
        "name": branding.name if branding else None,
        "logo": f"/v1/admin/rooms/{snapshot.room}/logo" if branding and branding.logo else None,
        "links": [link.model_dump() for link in branding.links] if branding else [],
    }
    own = {"name": settings.name, "message": settings.message or None, "branding": shown if branding else None}
    return snapshot.to_json() | own


def _refuse_other_sites(request: Request) -> None:
    # Nobody else's page or link shows a draft of its own under our address.
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Problem("cross-site")
