"""The calls about venues and their seat maps."""

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from checkout.holds import Refused
from checkout.services import services_of
from checkout.values import Document
from checkout.vendors.access import vendor_of
from checkout.vendors.answering import accepted, answer, answer_made, found
from checkout.vendors.importing import read_csv
from checkout.vendors.requests import SeatMapBody, SeatMapChange, Title, VenueBody, VenueChange
from waitroom.web.answers import private_json
from waitroom.web.bodies import Body, read_json, validate
from waitroom.web.problems import Problem


class _Name(Body):
    name: Title


async def show_vendor(request: Request) -> Response:
    """Show whose key it is."""
    vendor = vendor_of(request)
    return private_json({"vendor": vendor.vendor, "name": vendor.name})


async def make_venue(request: Request) -> Response:
    """Make a venue."""
    venues, vendor = services_of(request).selling.venues, vendor_of(request)
    body = await read_json(request, VenueBody)
    return await answer_made(request, partial(venues.add, vendor=vendor, name=body.name, address=body.address))


async def list_venues(request: Request) -> Response:
    """List one's venues."""
    return private_json({"venues": await services_of(request).selling.venues.everywhere(vendor_of(request))})


async def show_venue(request: Request) -> Response:
    """Show a venue."""
    return private_json(await _venue(request))


async def change_venue(request: Request) -> Response:
    """Change a venue."""
    body = await read_json(request, VenueChange)
    changes = body.model_dump(exclude={"version"}, exclude_none=True)
    venues, venue = services_of(request).selling.venues, request.path_params["venue"]
    return answer(await venues.edit(vendor_of(request), venue, version=body.version, changes=changes))


async def delete_venue(request: Request) -> Response:
    """Delete a venue that no event uses."""
    venues = services_of(request).selling.venues
    return _gone(await venues.delete(vendor_of(request), request.path_params["venue"]))


async def make_seat_map(request: Request) -> Response:
    """Make a seat map of JSON, or import one from CSV; `?name=` names the imported one."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv":
        name = validate({"name": request.query_params.get("name", "")}, _Name).name
        plan = await _imported(request)
    else:
        body = await read_json(request, SeatMapBody)
        name, plan = body.name, await asyncio.to_thread(body.to_plan)
    maps, venue = services_of(request).selling.seat_maps, request.path_params["venue"]
    return await answer_made(request, partial(maps.add, vendor=vendor_of(request), venue=venue, name=name, plan=plan))


async def list_seat_maps(request: Request) -> Response:
    """List the seat maps of a venue."""
    venue = await _venue(request)
    maps = await services_of(request).selling.seat_maps.of_venue(vendor_of(request), venue["venue"])
    return private_json({"seat_maps": maps})


async def show_seat_map(request: Request) -> Response:
    """Show a seat map with all its seats."""
    maps = services_of(request).selling.seat_maps
    return private_json(
        found(await maps.find(vendor_of(request), request.path_params["map"]), missing="seat-map-missing")
    )


async def change_seat_map(request: Request) -> Response:
    """Change a seat map; events that exist keep the one they were made with."""
    body = await read_json(request, SeatMapChange)
    plan = await asyncio.to_thread(body.to_plan) if body.has_plan else None
    maps, seat_map = services_of(request).selling.seat_maps, request.path_params["map"]
    return answer(await maps.edit(vendor_of(request), seat_map, version=body.version, name=body.name, plan=plan))


async def delete_seat_map(request: Request) -> Response:
    """Delete a seat map."""
    maps = services_of(request).selling.seat_maps
    return _gone(await maps.delete(vendor_of(request), request.path_params["map"]))


async def _venue(request: Request) -> Document:
    venues = services_of(request).selling.venues
    return found(await venues.find(vendor_of(request), request.path_params["venue"]), missing="venue-missing")


async def _imported(request: Request) -> Document:
    try:
        text = (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem("malformed-body", detail="The file is not UTF-8.") from None
    plan = await asyncio.to_thread(read_csv, text)
    if isinstance(plan, list):
        detail = f"{len(plan)} lines are wrong; nothing was kept."
        raise Problem("seat-map-unreadable", detail=detail, lines=[vars(bad) for bad in plan])
    return plan


def _gone(refused: Refused | None) -> Response:
    accepted(refused or {})
    return Response(status_code=204, headers={"Cache-Control": "private, no-store"})
