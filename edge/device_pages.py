"""The forms of a fan with more than one device, with a turn that runs out, or with a question, without JavaScript."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from edge import cookies
from edge.moving import Moving
from edge.pages import NO_MORE_TIME, Pages, go_to, guarded, line_of, room_of, typed_code
from waitroom.web.networks import client_network
from waitroom.web.problems import Problem

SHOWN_SECONDS = 120
"""For so long a code stays on the page, before it looks at the line again."""


def routes(pages: Pages) -> list[BaseRoute]:
    """The addresses of the forms."""
    forms = DevicePages(pages)
    acts = {"more-time": forms.more_time, "move": forms.show_code, "support": forms.show_code}
    acts |= {"take-over": forms.take_over}
    return [Route(f"/r/{{room}}/{name}", guarded(pages, act), methods=["POST"]) for name, act in acts.items()]


class DevicePages:
    """The endpoints, beside those of the page."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def more_time(self, request: Request) -> Response:
        """Give the fan more time to take the turn."""
        room = room_of(request)
        try:
            await line_of(request).more_time(request, room)
        except Problem as problem:
            if problem.name != NO_MORE_TIME:
                raise
            return go_to(request, f"/r/{room}/place", NO_MORE_TIME)
        return go_to(request, f"/r/{room}/place")

    async def show_code(self, request: Request) -> Response:
        """Show a code, for another device or for the support desk: in no address, and on this page alone.

        A reload makes a new one, and the one before is worth nothing.
        """
        room, what = room_of(request), request.url.path.rpartition("/")[2]
        moving = _moving(request)
        given = await (moving.move(request, room) if what == "move" else moving.support(request, room))
        page = self._pages.page_of(request, (await line_of(request).place(request, room)).to_json())
        ends = self._pages.speaking(request).moment(given.to_json()["expires_at"])
        address = f"{request.app.state.settings.public_url}/r/{room}"
        values = {f"{what}_code": given.code, f"{what}_at": ends, "address": address}
        return self._pages.own(request, replace(page, values=page.values | values, refresh_seconds=SHOWN_SECONDS))

    async def take_over(self, request: Request) -> Response:
        """Take a place over by a code, set its pass, and go to the fan's own page."""
        room, settings = room_of(request), request.app.state.settings
        typed = typed_code(await request.form()) or ""
        # A form has no key: whose reply was lost is known by browser and network.
        mark = f"{client_network(request, settings.trusted_proxies)} {request.headers.get('user-agent', '')}"
        joined = await _moving(request).take_over(request, room, typed, mark)
        response = go_to(request, f"/r/{room}/place")
        cookies.set_pass(response, room, joined.pass_text, settings)
        return response


def _moving(request: Request) -> Moving:
    moving: Moving = request.app.state.moving
    return moving
