"""The waiting page: one for all fans of a room, and one for each fan without JavaScript.

Every POST answers with a redirect, so that reloading a page repeats nothing.
"""

import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Self

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from edge import cookies
from edge.assets import Assets, encoded
from edge.calendars import MEDIA_TYPE as CALENDAR_TYPE
from edge.calendars import calendar_of
from edge.presale import LONGEST_TYPED
from edge.rendering import OwnPage, Renderer, own_notice
from edge.returning import PUT_BACK_SECONDS
from edge.states import state_of
from edge.words import PACKAGE
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
CALENDAR = "public, max-age=60"
HTML = "text/html; charset=utf-8"

# Caches normalise both before the key (deploy/nginx.conf).
VARY = {"Vary": "Accept-Encoding, Accept-Language"}

# With `no-referrer` a browser writes `Origin: null` on our own forms, and they would be refused.
REFERRER = {"Referrer-Policy": "same-origin"}

# What a form's refusal leads to: the fan's own page says why; otherwise the room's page does.
_TOLD_AT_PLACE = frozenset({"not-your-turn", "turn-over", "room-paused", "pass-moved", "no-more-moves"})
_TOLD_AT_ROOM = frozenset({"room-not-open", "room-closed", "pass-required", "other-epoch"})

# Refusals that leave the fan at the form, and the notice that says why.
_NOTICES = {
    "too-many-joins": "refused",
    "code-required": "code-required",
    "code-refused": "code-refused",
    "move-code-refused": "move-code-refused",
    "too-many-guesses": "too-many-guesses",
}

# Pressed by fans who may have no place, so none is said to be kept.
_FORMS_WITHOUT_A_PLACE = frozenset({"join", "take-over"})

NO_MORE_TIME = "no-more-time"

# A page that reloads is in the way of who reads it or is about to press its button.
_LEAST_SECONDS_TO_LOOK = {"turn": 15, "inside": 60}
_AT_REST = frozenset({"finished", "lapsed", "expired", "left", "moved", "sold-out", "closed"})


def routes(pages: "Pages", assets: Assets) -> list[BaseRoute]:
    """The addresses of the page and of its files."""
    return [
        Route("/r/{room}", guarded(pages, pages.show)),
        Route("/r/{room}/place", guarded(pages, pages.show_place)),
        Route("/r/{room}/calendar.ics", guarded(pages, pages.show_calendar)),
        Route("/r/{room}/check", guarded(pages, pages.check)),
        Route("/r/{room}/join", guarded(pages, pages.join), methods=["POST"]),
        Route("/r/{room}/claim", guarded(pages, pages.claim), methods=["POST"]),
        Route("/r/{room}/leave", guarded(pages, pages.leave), methods=["POST"]),
        Route("/problems/{name}", pages.explain),
        Route("/static/{file}", assets.serve),
    ]


class Pages:
    """The endpoints: ask the line, choose the state, answer."""

    def __init__(self, renderers: Iterable[Renderer]) -> None:
        self._renderers = {renderer.language: renderer for renderer in renderers}

    @classmethod
    def load(cls, assets: Assets) -> Self:
        """Make them in every language."""
        return cls(Renderer(assets, choose_language(code, "")) for code in LANGUAGES)

    async def show(self, request: Request) -> Response:
        """Answer with the page that is the same for every fan of the room; no cookie is read."""
        renderer = self.speaking(request)
        page = renderer.shared(_snapshot(request))
        headers = {"Cache-Control": SHARED, "ETag": page.etag, **REFERRER, **_in(renderer.language)}
        if page.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return encoded(request, page.body, page.gzipped, media_type=HTML, headers=headers)

    async def show_calendar(self, request: Request) -> Response:
        """Answer with the room's times for a calendar; no cookie is read."""
        room, language = room_of(request), _language(request)
        words = choose_language(language, "").words_of(PACKAGE)
        address = f"{request.app.state.settings.public_url}/r/{room}"
        calendar = calendar_of(_snapshot(request), address=address, words=words)
        headers = {"Cache-Control": CALENDAR, "Content-Disposition": f'inline; filename="{room}.ics"', **_in(language)}
        return Response(calendar, media_type=CALENDAR_TYPE, headers=headers)

    async def check(self, request: Request) -> Response:
        """Answer with the page that checks the draw, the same for everyone."""
        renderer = self.speaking(request)
        html = renderer.check(_snapshot(request), address=request.app.state.settings.public_url)
        headers = {"Cache-Control": SHARED, **REFERRER, **_in(renderer.language)}
        return HTMLResponse(html, headers=headers)

    async def show_place(self, request: Request) -> Response:
        """Answer with the fan's own page, which refreshes itself."""
        room = room_of(request)
        if "left" in request.query_params:
            return self.own(request, OwnPage(state="left", notice=None))
        place = (await line_of(request).place(request, room)).to_json()
        if place["state"] == "unknown":
            return go_to(request, f"/r/{room}")
        # Just claimed: another edge may not know it yet, while the store is away.
        if place["state"] == "active" or (place["state"] == "admitted" and "claimed" in request.query_params):
            return self.own(request, await self._doors(request, place))
        page = self.page_of(request, place)
        return self.own(request, replace(page, notice=NO_MORE_TIME) if NO_MORE_TIME in request.query_params else page)

    async def join(self, request: Request) -> Response:
        """Join, set the pass, and go to the fan's own page."""
        room = room_of(request)
        form = await request.form()
        # Said by the page of a place that has moved alone: elsewhere a pass that holds no more leads to that page.
        joined = await line_of(request).join(request, room, None, code=typed_code(form), anew="anew" in form)
        request.app.state.networks.note(request, joined)
        response = go_to(request, f"/r/{room}/place")
        cookies.set_pass(response, room, joined.pass_text, request.app.state.settings)
        return response

    async def claim(self, request: Request) -> Response:
        """Take the turn; the fan's own page then shows the door."""
        room = room_of(request)
        await line_of(request).claim(request, room)
        return go_to(request, f"/r/{room}/place", "claimed")

    async def leave(self, request: Request) -> Response:
        """Give up the place, and the pass with it: it would still tell the place of before."""
        room = room_of(request)
        await line_of(request).leave(request, room)
        response = go_to(request, f"/r/{room}/place", "left")
        cookies.clear_pass(response, room, request.app.state.settings)
        return response

    def refused(self, request: Request, problem: Problem) -> Response:
        """Answer that it did not work this time, and let the fan try again."""
        page = OwnPage(state=state_of(_snapshot(request), None), notice=_NOTICES[problem.name])
        return self.own(request, page, status=problem.kind.status, headers=problem.headers)

    def missing(self, request: Request) -> Response:
        """Answer that there is no such room."""
        renderer = self.speaking(request)
        html = renderer.message(PROBLEMS["room-missing"])
        return HTMLResponse(html, 404, headers={"Cache-Control": OWN, **REFERRER, **_in(renderer.language)})

    async def explain(self, request: Request) -> Response:
        """Explain a problem type: the page behind its `type`."""
        name = request.path_params["name"]
        kind = PROBLEMS.get(name)
        if kind is None:
            raise Problem("not-found")
        renderer = self.speaking(request)
        headers = {"Cache-Control": "public, max-age=86400", **REFERRER, **_in(renderer.language)}
        return HTMLResponse(renderer.message(kind, name=name), headers=headers)

    def away(self, request: Request, retry_after: int) -> Response:
        """Answer, while the store is away, that nothing is lost: look again, or press again what was pressed."""
        act = request.url.path.rpartition("/")[2]
        # Cases: who may have no place yet is left at the form; who has one is led back to it; who only looks has one.
        if act in _FORMS_WITHOUT_A_PLACE:
            page = OwnPage(state=state_of(_snapshot(request), None), notice="unreached", values={act: ""})
        else:
            notice = "unreached" if request.method == "POST" else "away"
            page = OwnPage(state=None, notice=notice, refresh_seconds=max(5, retry_after))
        return self.own(request, page, status=503, headers={"Retry-After": str(retry_after)})

    async def _doors(self, request: Request, place: Json) -> OwnPage:
        """Show the way in to a fan who has taken the turn: the same token however often it is asked for."""
        snapshot = _snapshot(request)
        try:
            claimed = (await line_of(request).claim(request, room_of(request))).to_json()
        except Problem:
            # The session ended, or the room was paused, since the place was read.
            return self.page_of(request, place)
        wait = (parse_rfc3339(claimed["enter_at"]) - parse_rfc3339(snapshot["now"])) / 1000
        values = {
            "enter_url": claimed["enter_url"],
            "admission_token": claimed["admission_token"],
            "early": wait > 0,
            **({"enter_at": self.speaking(request).moment(claimed["enter_at"])} if wait > 0 else {}),
        }
        refresh = max(1, math.ceil(wait)) if wait > 0 else 60
        return OwnPage(state="entering", notice=own_notice(snapshot), values=values, refresh_seconds=refresh)

    def page_of(self, request: Request, place: Json) -> OwnPage:
        """What one fan is shown at this place."""
        snapshot = _snapshot(request)
        state = state_of(snapshot, place["state"], ahead=place["ahead"], wait_seconds=place["wait_seconds"])
        seconds = None if state in _AT_REST else max(place["poll_after"], _LEAST_SECONDS_TO_LOOK.get(state, 5))
        values = self.speaking(request).of_fan(snapshot, place)
        return OwnPage(state=state, notice=own_notice(snapshot), values=values, refresh_seconds=seconds)

    def own(
        self, request: Request, page: OwnPage, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        """Answer with a page for one fan alone."""
        renderer = self.speaking(request)
        html = renderer.own(_snapshot(request), page)
        own = {"Cache-Control": OWN, **REFERRER, **_in(renderer.language)}
        return HTMLResponse(html, status, headers=own | (headers or {}))

    def speaking(self, request: Request) -> Renderer:
        """The templates in the language of the request."""
        return self._renderers[_language(request)]


def guarded(pages: Pages, endpoint: Endpoint) -> Endpoint:
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
    room = room_of(request)
    if problem.name in _TOLD_AT_PLACE:
        return go_to(request, f"/r/{room}/place")
    if problem.name in _TOLD_AT_ROOM:
        response = go_to(request, f"/r/{room}")
        if problem.name == "other-epoch":
            # A pass of an earlier sale would be in the way of joining this one.
            cookies.clear_pass(response, room, request.app.state.settings)
        return response
    if problem.name == "room-missing":
        return pages.missing(request)
    if problem.name in _NOTICES:
        return pages.refused(request, problem)
    if problem.name == "queue-unavailable":
        return pages.away(request, int(problem.headers["Retry-After"]))
    raise problem


def typed_code(form: FormData) -> str | None:
    """The code of a form; a form that is no form, or whose code no fan can have typed, brings none."""
    code = form.get("code")
    return code if isinstance(code, str) and len(code) <= LONGEST_TYPED else None


def line_of(request: Request) -> "Line":
    """The line that this edge serves."""
    line: Line = request.app.state.line
    return line


def room_of(request: Request) -> str:
    """The room of the address."""
    room: str = request.path_params["room"]
    return room


def _snapshot(request: Request) -> Json:
    return line_of(request).snapshot(room_of(request)).to_json()


def _language(request: Request) -> str:
    asked = [*request.query_params.getlist("lang"), None][0]
    return choose_language(asked, request.headers.get("accept-language", "")).code


def _in(language: str) -> dict[str, str]:
    return {"Content-Language": language, **VARY}


def go_to(request: Request, path: str, *marks: str) -> Response:
    """Lead to another page, with marks in its query."""
    # The language goes along in the address: without JavaScript nothing else remembers it, and it needs no cookie.
    query = "&".join((f"lang={_language(request)}", *marks))
    return RedirectResponse(f"{path}?{query}", status_code=303, headers={"Cache-Control": OWN})
