"""The calls about what was sold."""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from checkout.orders import OrderStatus
from checkout.services import services_of
from checkout.vendors.access import vendor_of
from checkout.vendors.answering import found
from checkout.vendors.paging import page_size
from checkout.vendors.sales import Wanted
from waitroom.web.answers import private_json
from waitroom.web.problems import Problem


async def list_orders(request: Request) -> Response:
    """List the orders of an event, newest first, of a status or a buyer if asked for."""
    status, most = request.query_params.get("status"), page_size(request)
    if status is not None and status not in set(OrderStatus):
        fault = {"field": "status", "problem": f"One of {', '.join(OrderStatus)}."}
        raise Problem("validation-failed", detail="Wrong: status.", errors=[fault])
    wanted = Wanted(
        status=status, email=request.query_params.get("email"), after=request.query_params.get("after"), most=most
    )
    orders = await services_of(request).selling.sales.page(vendor_of(request), request.path_params["event"], wanted)
    if orders is None:
        raise Problem("event-missing")
    return private_json({"orders": orders, "next": orders[-1]["order_id"] if len(orders) == most else None})


async def export_orders(request: Request) -> Response:
    """Write all orders of an event as CSV, a line a seat."""
    event = request.path_params["event"]
    lines = await services_of(request).selling.sales.export(vendor_of(request), event)
    if lines is None:
        raise Problem("event-missing")
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": f'attachment; filename="{event}.csv"'}
    return StreamingResponse(lines, media_type="text/csv", headers=headers)


async def show_order(request: Request) -> Response:
    """Show an order."""
    sales = services_of(request).selling.sales
    return private_json(
        found(await sales.find(vendor_of(request), request.path_params["order"]), missing="order-missing")
    )
