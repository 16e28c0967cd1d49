"""The calls under /v1: parse, call, answer."""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from checkout import calls
from checkout.access import admission_required, carried_session_id
from checkout.payments.stripe_events import SignatureError, read_event
from checkout.qr import qr_svg
from checkout.requests import HoldBody, OrderBody, SessionBody
from checkout.seat_states import SeatStates
from checkout.services import services_of, session_of
from checkout.values import Document
from waitroom.clock import rfc3339
from waitroom.tokens import TokenError
from waitroom.web.bodies import idempotency_key, read_json
from waitroom.web.problems import MEDIA_TYPE, Problem

OWN = {"Cache-Control": "private, no-store"}
"""Answers about one fan are nobody else's."""


async def open_session(request: Request) -> Response:
    """Open a session with an admission token."""
    services = services_of(request)
    key = _key(request)
    body = await read_json(request, SessionBody)
    try:
        opened = await services.sessions.open(body.admission_token, key=key)
    except TokenError as refused:
        raise admission_required(request, room=await refused_room(request, body), reason=refused.reason) from None
    document = {"session": opened.token, "expires_at": rfc3339(opened.expires_at_ms), "event": opened.event}
    return _json(document, status=201)


async def end_session(request: Request) -> Response:
    """Leave: seats and slot are for others."""
    await calls.leave(request)
    return Response(status_code=204, headers=OWN)


async def show_event(request: Request) -> Response:
    """Show an event and what is left of each category."""
    return _json((await calls.find_event(request)).event_json())


async def show_availability(request: Request) -> Response:
    """Show what is left of each section, with `?section=` each seat of one, with `?map=1` the state of every seat."""
    availability = await calls.find_event(request)
    if request.query_params.get("map") == "1":
        return _states(request, await services_of(request).seat_states.of_event(availability.event))
    section = request.query_params.get("section")
    if section is None:
        return _json(availability.sections_json())
    seats = await services_of(request).catalogue.seats(availability.event, section=section)
    fields = ("seat", "category", "price", "kind", "state")
    shown = [{name: seat[name] for name in fields} for seat in seats]
    return _json({"event": availability.event.event, "section": section, "seats": shown})


def _states(request: Request, states: SeatStates) -> Response:
    headers = {"Cache-Control": "private, no-cache", "ETag": states.etag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == states.etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(states.compressed, media_type="application/json", headers=headers)
    return Response(states.body, media_type="application/json", headers=headers)


async def place_hold(request: Request) -> Response:
    """Hold named seats or the best of a category."""
    key = _key(request)
    hold = await calls.place_hold(request, await read_json(request, HoldBody), key=key)
    return _json(hold.to_json(), status=201)


async def list_holds(request: Request) -> Response:
    """Show one's own live holds."""
    holds = await services_of(request).holds.live(session_of(request).session_id)
    return _json({"holds": [hold.to_json() for hold in holds]})


async def refresh_hold(request: Request) -> Response:
    """Let a hold last its full time once more."""
    return _json((await calls.refresh_hold(request)).to_json())


async def release_hold(request: Request) -> Response:
    """End a hold."""
    await calls.release_hold(request)
    return Response(status_code=204, headers=OWN)


async def place_order(request: Request) -> Response:
    """Buy the seats of a hold."""
    key = _key(request)
    answer = await calls.buy(request, await read_json(request, OrderBody), key=key)
    return _json(answer.body, status=answer.status)


async def show_order(request: Request) -> Response:
    """Show an order to whoever made it or knows its address; browsers are sent on to the page."""
    order = await readable_order(request)
    if "text/html" in request.headers.get("accept", ""):
        url = f"/orders/{order['order_id']}?{request.url.query}"
        return RedirectResponse(url, status_code=303, headers=OWN)
    answer = services_of(request).answers.order(order)
    return _json(answer.body)


async def confirm_order(request: Request) -> Response:
    """Go on after the buyer did what the bank asked for."""
    answer = await calls.confirm(request)
    return _json(answer.body, status=answer.status)


async def cancel_order(request: Request) -> Response:
    """Cancel an unpaid order."""
    services = services_of(request)
    cancelled = await services.orders.cancel(session_of(request).session_id, request.path_params["order"])
    if not isinstance(cancelled, dict):
        raise await calls.explain(request, cancelled)
    return _json(services.answers.order(cancelled).body)


async def send_order(request: Request) -> Response:
    """Send the tickets once more, to the buyer's own address."""
    await calls.send_again(request, await readable_order(request))
    return Response(status_code=202, headers=OWN)


async def show_ticket_picture(request: Request) -> Response:
    """Draw a ticket's proof as a QR picture."""
    order = await readable_order(request)
    ticket_id = request.path_params["ticket"]
    proof = next((t["proof"] for t in order["tickets"] if t["ticket_id"] == ticket_id), None)
    if proof is None:
        raise Problem("not-found")
    return Response(qr_svg(proof), media_type="image/svg+xml", headers=OWN)


async def show_keys(request: Request) -> Response:
    """Publish the keys that proofs are verified with."""
    headers = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
    return JSONResponse(services_of(request).signing.to_jwks(), headers=headers)


async def take_stripe_event(request: Request) -> Response:
    """Take what Stripe tells by itself: verified, once, and whatever is not about us with thanks."""
    services = services_of(request)
    if services.provider.name != "stripe":
        raise Problem("not-found")
    secret = services.settings.stripe().webhook_secret
    try:
        event = read_event(await request.body(), request.headers.get("stripe-signature"), secret=secret)
    except SignatureError:
        services.metrics.provider_event("stripe", outcome="refused")
        raise Problem("signature-invalid") from None
    outcome = "unknown" if event is None else await services.events.take(event)
    services.metrics.provider_event("stripe", outcome=outcome)
    return _json({"outcome": outcome})


async def readable_order(request: Request) -> Document:
    """Return the order of the address, if the request may see it."""
    orders, order_id = services_of(request).orders, request.path_params["order"]
    secret = request.query_params.get("secret")
    for session_id in [*carried_session_id(request), None]:
        order = await orders.find(order_id, session_id=session_id, secret=secret)
        if order is not None:
            return order
    raise Problem("order-missing")


async def refused_room(request: Request, body: SessionBody) -> str | None:
    """Return the room to send somebody back to whose token was refused."""
    services = services_of(request)
    room = services.sessions.room_of(body.admission_token)
    return room or await services.catalogue.room_of(None)


def _key(request: Request) -> str:
    key = idempotency_key(request)
    assert key is not None
    return key


def _json(document: Document, *, status: int = 200) -> Response:
    media_type = MEDIA_TYPE if status >= 400 else "application/json"
    return JSONResponse(document, status_code=status, headers=OWN, media_type=media_type)
