"""What API and pages do alike: place a hold, buy, leave; refusals leave as problems."""

from starlette.requests import Request

from checkout.access import admission_required
from checkout.answers import Answer
from checkout.catalogue import Availability
from checkout.holds import Hold, Placed, Refused
from checkout.refusals import problem_of
from checkout.requests import HoldBody, OrderBody, call_of
from checkout.services import services_of, session_of
from checkout.values import Document
from waitroom.clock import SystemClock
from waitroom.web.problems import Problem

PAYMENT_MS = 300_000
"""How long a fan's slot lasts at least when a payment starts."""


async def find_event(request: Request) -> Availability:
    """Return the event of the address and what is left of it, if the session is for it."""
    event = request.path_params["event"]
    availability = await services_of(request).catalogue.availability(event)
    if availability is None:
        raise Problem("event-missing")
    if availability.event.room != session_of(request).room:
        raise admission_required(request, room=availability.event.room, reason="foreign")
    return availability


async def place_hold(request: Request, body: HoldBody, *, key: str) -> Hold:
    """Hold the seats that are asked for, once a key."""
    services, session = services_of(request), session_of(request)
    event = (await find_event(request)).event.event
    call = call_of(session.session_id, key=key, path=f"holds of {event}", body=body)
    if body.seats is not None:
        placed = await services.holds.place_named(call, event, seats=tuple(body.seats), accessible=body.accessible)
    else:
        assert body.category is not None
        assert body.quantity is not None
        placed = await services.holds.place_best(
            call, event, category=body.category, quantity=body.quantity, accessible=body.accessible
        )
    if isinstance(placed, Refused):
        services.metrics.hold_refused(event, reason=placed.reason)
        raise await explain(request, placed)
    await _note_hold(request, placed)
    return placed.hold


async def refresh_hold(request: Request) -> Hold:
    """Let the hold of the address last its full time once more."""
    services, session = services_of(request), session_of(request)
    placed = await services.holds.refresh(session.session_id, request.path_params["hold"])
    if isinstance(placed, Refused):
        raise await explain(request, placed)
    await services.sessions.lengthen(session, until_ms=placed.hold.expires_at_ms)
    return placed.hold


async def release_hold(request: Request) -> None:
    """End the hold of the address."""
    session = session_of(request)
    refused = await services_of(request).holds.release(session.session_id, request.path_params["hold"])
    if refused is not None:
        raise await explain(request, refused)


async def buy(request: Request, body: OrderBody, *, key: str) -> Answer:
    """Buy the seats of a hold, once a key."""
    services, session = services_of(request), session_of(request)
    if not services.provider.accepts(body.payment_method):
        raise Problem("payment-method-unknown")
    # The hold is extended as payment starts; the slot is to last as long.
    await services.sessions.lengthen(session, until_ms=SystemClock().now_ms() + PAYMENT_MS)
    call = call_of(session.session_id, key=key, path="orders", body=body)
    result = await services.buying.buy(call, body.to_payment())
    if isinstance(result, Refused):
        raise await explain(request, result)
    return result


async def confirm(request: Request) -> Answer:
    """Go on with the order of the address after the buyer did what the bank asked for."""
    session = session_of(request)
    result = await services_of(request).buying.confirm(session.session_id, request.path_params["order"])
    if isinstance(result, Refused):
        raise await explain(request, result)
    return result


async def send_again(request: Request, order: Document) -> None:
    """Have an order's tickets sent once more."""
    refused = await services_of(request).orders.send_again(order["order_id"])
    if refused is not None:
        raise problem_of(refused)


async def leave(request: Request) -> None:
    """End the session: its seats and its slot are for others now."""
    services, session = services_of(request), session_of(request)
    for hold in await services.holds.live(session.session_id):
        await services.holds.release(session.session_id, hold.hold_id)
    await services.sessions.leave(session)


async def explain(request: Request, refused: Refused) -> Problem:
    """Return the problem of a refusal, with the order's address where there is one."""
    session = session_of(request)
    if refused.reason == "session-over":
        return admission_required(request, room=session.room, reason="expired")
    if refused.reason != "hold-has-order":
        return problem_of(refused)
    services = services_of(request)
    order = await services.orders.find(refused.detail["order_id"], session_id=session.session_id)
    url = {} if order is None else {"order_url": services.answers.order_url(order)}
    return problem_of(Refused(reason=refused.reason, detail=refused.detail | url))


async def _note_hold(request: Request, placed: Placed) -> None:
    services, session = services_of(request), session_of(request)
    if not placed.is_replay:
        services.metrics.hold_placed(placed.hold.event, seats=len(placed.hold.seats))
    await services.sessions.lengthen(session, until_ms=placed.hold.expires_at_ms)
