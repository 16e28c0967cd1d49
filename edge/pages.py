"""The waiting page: one for all fans of a room, and one for each fan without JavaScript.

Every POST answers with a redirect, so that reloading a page repeats nothing.
"""

import math
from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from edge import cookies
from edge.assets import Assets, encoded
from edge.presale import LONGEST_TYPED
from edge.rendering import OwnPage, Renderer, own_notice
from edge.returning import PUT_BACK_SECONDS
from edge.states import state_of
from waitroom.clock import parse_rfc3339
from waitroom.errors import QueueUnavailableError, RoomMissingError
from waitroom.web.languages import LANGUAGES, choose_language
from waitroom.web.problems import PROBLEMS, Problem
from waitroom.web.same_origin import is_own_form

if TYPE_CHECKING:
    from edge.line import Line

Json = dict[str, Any]  # Any: JSON values
Endpoint = Callable[[Request], Awaitable[Response]]

SHARED = "public, max-age=5, stale-while-revalidate=60, stale-if-error=600"
OWN = "private, no-store"
HTML = "text/html; charset=utf-8"

# Caches normalise both before the key (deploy/nginx.conf).
VARY = {"Vary": "Accept-Encoding, Accept-Language"}

# With `no-referrer` a browser writes `Origin: null` on our own forms, and they would be refused.
REFERRER = {"Referrer-Policy": "same-origin"}

# What a form's refusal leads to: the fan's own page says why; otherwise the room's page does.
_TOLD_AT_PLACE = frozenset({"not-your-turn", "turn-over", "room-paused"})
_TOLD_AT_ROOM = frozenset({"room-not-open", "room-closed", "pass-required", "other-epoch"})

# Refusals that leave the fan at the form, and the notice that says why.
_NOTICES = {
    "too-many-joins": "refused",
    "code-required": "code-required",
    "code-refused": "code-refused",
}

# A page that reloads is in the way of who reads it or is about to press its button.
_LEAST_SECONDS_TO_LOOK = {"turn": 15, "inside": 60}
_AT_REST = frozenset({"finished", "lapsed", "expired", "left", "sold-out", "closed"})


def routes() -> list[BaseRoute]:
    """The addresses of the page and of its files."""
    assets = Assets.load()
    pages = Pages(Renderer(assets, choose_language(code, "")) for code in LANGUAGES)
    return [
        Route("/r/{room}", _guarded(pages, pages.show)),
        Route("/r/{room}/place", _guarded(pages, pages.show_place)),
        Route("/r/{room}/join", _guarded(pages, pages.join), methods=["POST"]),
        Route("/r/{room}/claim", _guarded(pages, pages.claim), methods=["POST"]),
        Route("/r/{room}/leave", _guarded(pages, pages.leave), methods=["POST"]),
        Route("/problems/{name}", pages.explain),
        Route("/static/{file}", assets.serve),
    ]


class Pages:
    """The endpoints: ask the line, choose the state, answer."""

    def __init__(self, renderers: Iterable[Renderer]) -> None:
        self._renderers = {renderer.language: renderer for renderer in renderers}

    async def show(self, request: Request) -> Response:
        """Answer with the page that is the same for every fan of the room; no cookie is read."""
        renderer = self._speaking(request)
        page = renderer.shared(_snapshot(request))
        headers = {"Cache-Control": SHARED, "ETag": page.etag, **REFERRER, **_in(renderer.language)}
        if page.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return encoded(request, page.body, page.gzipped, media_type=HTML, headers=headers)

    async def show_place(self, request: Request) -> Response:
        """Answer with the fan's own page, which refreshes itself."""
        room = _room(request)
        if "left" in request.query_params:
            return self._own(request, OwnPage(state="left", notice=None))
        place = (await _line(request).place(request, room)).to_json()
        if place["state"] == "unknown":
            return _go(request, f"/r/{room}")
        # Just claimed: another edge may not know it yet, while the store is away.
        if place["state"] == "active" or (place["state"] == "admitted" and "claimed" in request.query_params):
            return self._own(request, await self._doors(request, place))
        return self._own(request, self._page_of(request, place))

    async def join(self, request: Request) -> Response:
        """Join, set the pass, and go to the fan's own page."""
        room = _room(request)
        joined = await _line(request).join(request, room, None, code=await _typed_code(request))
        request.app.state.networks.note(request, joined)
        response = _go(request, f"/r/{room}/place")
        cookies.set_pass(response, room, joined.pass_text, request.app.state.settings)
        return response

    async def claim(self, request: Request) -> Response:
        """Take the turn; the fan's own page then shows the door."""
        room = _room(request)
        await _line(request).claim(request, room)
        return _go(request, f"/r/{room}/place", "claimed")

    async def leave(self, request: Request) -> Response:
        """Give up the place, and the pass with it: it would still tell the place of before."""
        room = _room(request)
        await _line(request).leave(request, room)
        response = _go(request, f"/r/{room}/place", "left")
        cookies.clear_pass(response, room, request.app.state.settings)
        return response

    def refused(self, request: Request, problem: Problem) -> Response:
        """Answer that it did not work this time, and let the fan try again."""
        page = OwnPage(state=state_of(_snapshot(request), None), notice=_NOTICES[problem.name])
        return self._own(request, page, status=problem.kind.status, headers=problem.headers)

    def missing(self, request: Request) -> Response:
        """Answer that there is no such room."""
        renderer = self._speaking(request)
        html = renderer.message(PROBLEMS["room-missing"])
        return HTMLResponse(html, 404, headers={"Cache-Control": OWN, **REFERRER, **_in(renderer.language)})

    async def explain(self, request: Request) -> Response:
        """Explain a problem type: the page behind its `type`."""
        name = request.path_params["name"]
        kind = PROBLEMS.get(name)
        if kind is None:
            raise Problem("not-found")
        renderer = self._speaking(request)
        headers = {"Cache-Control": "public, max-age=86400", **REFERRER, **_in(renderer.language)}
        return HTMLResponse(renderer.message(kind, name=name), headers=headers)

    def away(self, request: Request, retry_after: int) -> Response:
        """Answer, while the store is away, that nothing is lost and when to look again."""
        page = OwnPage(state=None, notice="away", refresh_seconds=max(5, retry_after))
        return self._own(request, page, status=503, headers={"Retry-After": str(retry_after)})

    async def _doors(self, request: Request, place: Json) -> OwnPage:
        """Show the way in to a fan who has taken the turn: the same token however often it is asked for."""
        snapshot = _snapshot(request)
        try:
            claimed = (await _line(request).claim(request, _room(request))).to_json()
        except Problem:
            # The session ended, or the room was paused, since the place was read.
            return self._page_of(request, place)
        wait = (parse_rfc3339(claimed["enter_at"]) - parse_rfc3339(snapshot["now"])) / 1000
        values = {
            "enter_url": claimed["enter_url"],
            "admission_token": claimed["admission_token"],
            "early": wait > 0,
            **({"enter_at": self._speaking(request).moment(claimed["enter_at"])} if wait > 0 else {}),
        }
        refresh = max(1, math.ceil(wait)) if wait > 0 else 60
        return OwnPage(state="entering", notice=own_notice(snapshot), values=values, refresh_seconds=refresh)

    def _page_of(self, request: Request, place: Json) -> OwnPage:
        snapshot = _snapshot(request)
        state = state_of(snapshot, place["state"], ahead=place["ahead"], wait_seconds=place["wait_seconds"])
        seconds = None if state in _AT_REST else max(place["poll_after"], _LEAST_SECONDS_TO_LOOK.get(state, 5))
        values = self._speaking(request).of_fan(snapshot, place)
        return OwnPage(state=state, notice=own_notice(snapshot), values=values, refresh_seconds=seconds)

    def _own(
        self, request: Request, page: OwnPage, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        renderer = self._speaking(request)
        html = renderer.own(_snapshot(request), page)
        own = {"Cache-Control": OWN, **REFERRER, **_in(renderer.language)}
        return HTMLResponse(html, status, headers=own | (headers or {}))

    def _speaking(self, request: Request) -> Renderer:
        return self._renderers[_language(request)]


def _guarded(pages: Pages, endpoint: Endpoint) -> Endpoint:
    """Let a form in from our own page only, and answer refusals as a page."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        is_post = request.method == "POST"
        if is_post and not is_own_form(request.headers, public_url=request.app.state.settings.public_url):
            raise Problem("cross-site")
        try:
            return await endpoint(request)
        except QueueUnavailableError as away:
            return pages.away(request, away.retry_after)
        except RoomMissingError as lost:
            # This edge shows the room, so it is being put back.
            request.app.state.advancing.wake(lost.room)
            return pages.away(request, PUT_BACK_SECONDS)
        except Problem as problem:
            return _told(pages, request, problem)

    return guarded


def _told(pages: Pages, request: Request, problem: Problem) -> Response:
    room = _room(request)
    if problem.name in _TOLD_AT_PLACE:
        return _go(request, f"/r/{room}/place")
    if problem.name in _TOLD_AT_ROOM:
        response = _go(request, f"/r/{room}")
        if problem.name == "other-epoch":
            # A pass of an earlier sale would be in the way of joining this one.
            cookies.clear_pass(response, room, request.app.state.settings)
        return response
    if problem.name == "room-missing":
        return pages.missing(request)
    if problem.name in _NOTICES:
        return pages.refused(request, problem)
    raise problem


async def _typed_code(request: Request) -> str | None:
    # A form that is no form, or whose code no fan can have typed, brings none.
    code = (await request.form()).get("code")
    return code if isinstance(code, str) and len(code) <= LONGEST_TYPED else None


def _line(request: Request) -> "Line":
    line: Line = request.app.state.line
    return line


def _room(request: Request) -> str:
    room: str = request.path_params["room"]
    return room


def _snapshot(request: Request) -> Json:
    return _line(request).snapshot(_room(request)).to_json()


def _language(request: Request) -> str:
    asked = [*request.query_params.getlist("lang"), None][0]
    return choose_language(asked, request.headers.get("accept-language", "")).code


def _in(language: str) -> dict[str, str]:
    return {"Content-Language": language, **VARY}


def _go(request: Request, path: str, *marks: str) -> Response:
    # The language goes along in the address: without JavaScript nothing else remembers it, and it needs no cookie.
    query = "&".join((f"lang={_language(request)}", *marks))
    return RedirectResponse(f"{path}?{query}", status_code=303, headers={"Cache-Control": OWN})
