"""The calls about events, their price categories and their seats."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from checkout.services import services_of
from checkout.vendors.access import vendor_of
from checkout.vendors.answering import accepted, answer, answer_made, found
from checkout.vendors.paging import page_size
from checkout.vendors.requests import (
    CancelBody,
    CategoryChange,
    EventBody,
    EventChange,
    NewCategory,
    RescheduleBody,
    SeatsChange,
    Version,
)
from waitroom.web.answers import private_json
from waitroom.web.bodies import Body, read_json, validate


class _Seen(Body):
    version: Version


async def make_event(request: Request) -> Response:
    """Put an event on sale."""
    body = await read_json(request, EventBody)
    events = services_of(request).selling.events
    return await answer_made(request, partial(events.add, vendor=vendor_of(request), wanted=body.model_dump()))


async def list_events(request: Request) -> Response:
    """List one's events, newest first, without their categories."""
    before, most = request.query_params.get("before"), page_size(request)
    events = await services_of(request).selling.events.page(vendor_of(request), before=before, most=most)
    following = events[-1]["event"] if len(events) == most else None
    return private_json({"events": events, "next": following})


async def show_event(request: Request) -> Response:
    """Show an event, its categories and what was sold of each."""
    events = services_of(request).selling.events
    return private_json(found(await events.find(vendor_of(request), _event(request)), missing="event-missing"))


async def change_event(request: Request) -> Response:
    """Change the terms of an event."""
    body = await read_json(request, EventChange)
    changes = body.model_dump(exclude={"version"}, exclude_none=True)
    events = services_of(request).selling.events
    return answer(await events.edit(vendor_of(request), _event(request), version=body.version, changes=changes))


async def delete_event(request: Request) -> Response:
    """Delete an event that nobody has ordered of."""
    accepted(await services_of(request).selling.events.delete(vendor_of(request), _event(request)) or {})
    return Response(status_code=204, headers={"Cache-Control": "private, no-store"})


async def move_event(request: Request) -> Response:
    """Let an event take place at another time."""
    body = await read_json(request, RescheduleBody)
    events = services_of(request).selling.events
    return answer(await events.move(vendor_of(request), _event(request), starts_at=body.starts_at))


async def cancel_event(request: Request) -> Response:
    """Cancel an event for good."""
    body = await read_json(request, CancelBody)
    events = services_of(request).selling.events
    return answer(await events.cancel(vendor_of(request), _event(request), reason=body.reason))


async def make_category(request: Request) -> Response:
    """Sell rows of the seat map that no category sells yet."""
    wanted = (await read_json(request, NewCategory)).model_dump()
    categories = services_of(request).selling.categories
    vendor, event = vendor_of(request), _event(request)
    return await answer_made(request, partial(categories.add, vendor=vendor, event=event, wanted=wanted))


async def change_category(request: Request) -> Response:
    """Change price, name, fees or moment of sale of a category, or move rows to it."""
    body = await read_json(request, CategoryChange)
    changes = body.model_dump(exclude_none=True)
    # A moment that is sent as null is taken away.
    changes |= {"on_sale_at": body.on_sale_at} if "on_sale_at" in body.model_fields_set else {}
    categories = services_of(request).selling.categories
    return answer(await categories.edit(vendor_of(request), _event(request), request.path_params["category"], changes))


async def delete_category(request: Request) -> Response:
    """Delete a category of which nothing was ever held; `?version=` is the one that was seen."""
    text = request.query_params.get("version", "")
    version = validate({"version": int(text) if text.isdecimal() and len(text) < 10 else text}, _Seen).version
    categories, category = services_of(request).selling.categories, request.path_params["category"]
    return answer(await categories.delete(vendor_of(request), _event(request), category, version=version))


async def change_seats(request: Request) -> Response:
    """Withdraw seats from sale, put them back, or change their kind."""
    body = await read_json(request, SeatsChange)
    events = services_of(request).selling.events
    return answer(await events.change_seats(vendor_of(request), _event(request), body.model_dump()))


def _event(request: Request) -> str:
    event: str = request.path_params["event"]
    return event
