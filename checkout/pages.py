"""The pages: enter, choose, see the ticket; everything by plain forms, each of which leads to a page by redirect."""

import secrets
from collections.abc import Mapping
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from checkout import calls, cookies
from checkout.access import admission_required, waiting_room_url
from checkout.api import readable_order, refused_room
from checkout.catalogue import Availability
from checkout.forms import form_key, go_to, new_key, read_form
from checkout.problems import problem_page
from checkout.rendering import Renderer
from checkout.requests import HoldBody, SessionBody
from checkout.services import services_of, session_of
from checkout.values import Document, Money
from waitroom.tokens import TokenError
from waitroom.web.bodies import validate
from waitroom.web.problems import Problem

LONGEST_QUANTITY = 4
"""Digits; longer ones are no number of seats, and Python refuses to read the longest."""
Values = Mapping[str, Any]  # Any: what a template prints


class Pages:
    """The pages of people."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    async def show_newest(self, request: Request) -> Response:
        """Lead to the event that went on sale last."""
        event = await services_of(request).catalogue.newest_event()
        if event is None:
            raise Problem("event-missing")
        return go_to(f"/events/{event}")

    async def show_entrance(self, _request: Request) -> Response:
        """Show the form that takes a token; looking at it spends nothing."""
        return self._renderer.page("enter.html", {})

    async def enter(self, request: Request) -> Response:
        """Open the session of the posted token, once a browser, and lead to the event.

        A browser without a name is given one and asked to post again (307), so that a reply that is lost on
        the way does not cost the fan the only session: the next try comes with the same name.
        """
        services = services_of(request)
        name = cookies.browser_of(request, services.settings)
        if name is None and "named" not in request.query_params:
            response = go_to("/enter?named=1", status=307)
            cookies.name_browser(response, services.settings)
            return response
        body = read_form(await request.form(), SessionBody)
        try:
            opened = await services.sessions.open(body.admission_token, key=name or secrets.token_urlsafe(24))
        except TokenError as refused:
            room = await refused_room(request, body)
            raise admission_required(request, room=room, reason=refused.reason) from None
        response = go_to(f"/events/{opened.event}")
        cookies.set_session(response, services.settings, event=opened.event, token=opened.token)
        return response

    async def leave(self, request: Request) -> Response:
        """End the session and lead back to the waiting room."""
        session = session_of(request)
        await calls.leave(request)
        response = go_to(waiting_room_url(request, room=session.room))
        cookies.clear_session(response, services_of(request).settings, event=request.path_params["event"])
        return response

    async def show_event(self, request: Request) -> Response:
        """Show what is on sale and what is left."""
        return await self._event_page(request, await calls.find_event(request))

    async def show_section(self, request: Request) -> Response:
        """Show the seats of one section, to choose by name."""
        return await self._section_page(request)

    async def place_hold(self, request: Request) -> Response:
        """Hold what the form asks for; a refusal is told on the page that it came from."""
        form = await request.form()
        event = request.path_params["event"]
        try:
            hold = await calls.place_hold(request, _hold_body(form), key=form_key(form))
        except Problem as problem:
            if problem.name == "admission-required":
                raise
            if "section" in form:
                request.path_params["section"] = str(form["section"])
                return await self._section_page(request, problem=problem)
            return await self._event_page(request, await calls.find_event(request), problem=problem)
        return go_to(f"/events/{event}/holds/{hold.hold_id}")

    async def show_order(self, request: Request) -> Response:
        """Show an order: its state, whether the seats are guaranteed, the tickets."""
        return self._order_page(request, await readable_order(request))

    async def send_order(self, request: Request) -> Response:
        """Send the tickets once more, and say so on the order's page."""
        order = await readable_order(request)
        try:
            await calls.send_again(request, order)
        except Problem as problem:
            return self._order_page(request, order, problem=problem)
        secret = {"secret": request.query_params["secret"]} if "secret" in request.query_params else {}
        return go_to(f"/orders/{order['order_id']}?{urlencode(secret | {'sent': 1})}")

    def _order_page(self, request: Request, order: Document, *, problem: Problem | None = None) -> Response:
        secret = request.query_params.get("secret")
        values = {
            "order": services_of(request).answers.order(order).body,
            "details": order,
            "query": "" if secret is None else urlencode({"secret": secret}),
            "total": Money.of(order),
            "is_sent": "sent" in request.query_params,
            "problem": _document(problem),
        }
        return self._renderer.page("order.html", values, status=_status(problem))

    async def _event_page(
        self, request: Request, availability: Availability, *, problem: Problem | None = None
    ) -> Response:
        holds = await services_of(request).holds.live(session_of(request).session_id)
        categories = availability.categories()
        on_sale = [category for category in categories if category.is_on_sale]
        values = {
            "event": availability.event,
            "categories": categories,
            "chosen": on_sale[0] if on_sale else None,
            "accessible_left": sum(category.accessible_left for category in on_sale),
            "has_seats": any(not category.is_area for category in on_sale),
            "sections": availability.sections,
            "holds": [hold for hold in holds if hold.event == availability.event.event],
            "key": new_key(),
            "problem": _document(problem),
        }
        return self._renderer.page("event.html", values, status=_status(problem))

    async def _section_page(self, request: Request, *, problem: Problem | None = None) -> Response:
        availability = await calls.find_event(request)
        section = request.path_params["section"]
        is_area = any(each.is_area for each in availability.sections if each.section == section)
        seats = await services_of(request).catalogue.seats(availability.event, section=section)
        if is_area or not seats:
            raise Problem("not-found")
        rows = [(label, list(row)) for label, row in groupby(seats, key=lambda seat: seat["row_label"])]
        values = {
            "event": availability.event,
            "section": section,
            "rows": rows,
            "price": seats[0]["price"],
            "has_accessible": any(seat["kind"] != "standard" for seat in seats),
            "needs_accessible": problem is not None and problem.name == "accessible-only",
            "key": new_key(),
            "problem": _document(problem),
        }
        return self._renderer.page("section.html", values, status=_status(problem))


def refuse_page(renderer: Renderer) -> Any:  # Any: Guard's own type of a refusal
    """Return what the guard of a page answers to whoever has no session."""

    def refuse(connection: Any, refusal: TokenError) -> Response:  # Any: the guard gives an HTTPConnection
        room = getattr(connection.state, "room", None)
        document = admission_required(connection, room=room, reason=refusal.reason).to_json()
        return problem_page(renderer, Request(connection.scope), document)

    return refuse


def _hold_body(form: FormData) -> HoldBody:
    if "section" in form:
        seats = [str(seat) for seat in form.getlist("seat")]
        # Who needs wheelchair places may take as many of them as are chosen.
        return validate({"seats": seats, "accessible": len(seats) if "accessible" in form else 0}, HoldBody)
    numbers = {name: _number(form, name) for name in ("quantity", "accessible")}
    return validate({"category": form.get("category"), **numbers}, HoldBody)


def _number(form: FormData, field: str) -> int:
    text = str(form.get(field, ""))
    return int(text) if text.isdecimal() and len(text) <= LONGEST_QUANTITY else 0


def _document(problem: Problem | None) -> Document | None:
    return None if problem is None else problem.to_json()


def _status(problem: Problem | None) -> int:
    return 200 if problem is None else problem.kind.status
