"""The calls about what was sold."""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from checkout.orders import OrderStatus
from checkout.services import services_of
from checkout.values import Document, Money, moment
from checkout.vendors.access import vendor_of
from checkout.vendors.answering import accepted, found
from checkout.vendors.paging import page_size
from checkout.vendors.requests import RefundBody
from checkout.vendors.sales import Wanted
from waitroom.web.answers import private_json
from waitroom.web.bodies import idempotency_key, read_json
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
    """Show an order and its refunds."""
    order = await _own_order(request)
    refunds = await services_of(request).refunds.of_order(order["order_id"])
    return private_json(order | {"refunds": [_refund_json(refund) for refund in refunds]})


async def refund_order(request: Request) -> Response:
    """Give back the money of an order, whole or of single lines, once a key."""
    key = idempotency_key(request)
    order = await _own_order(request)
    body = await read_json(request, RefundBody)
    asked_key = f"vendor {vendor_of(request).vendor_id} {key}"
    refund = accepted(
        await services_of(request).refunds.refund(
            order["order_id"], lines=body.lines, reason=body.reason, key=asked_key
        )
    )
    is_other = (refund["order_id"], refund["reason"]) != (order["order_id"], body.reason)
    if is_other or body.lines not in (None, refund["lines"]):
        raise Problem("idempotency-key-reused")
    # While the provider is silent it is asked again, by itself.
    return private_json(_refund_json(refund), status=202 if refund["status"] == "started" else 201)


async def _own_order(request: Request) -> Document:
    sales = services_of(request).selling.sales
    return found(await sales.find(vendor_of(request), request.path_params["order"]), missing="order-missing")


def _refund_json(refund: Document) -> Document:
    told = {name: refund[name] for name in ("refund_id", "order_id", "status", "lines", "reason")}
    return told | {"total": Money.of(refund).to_json(), "started_at": moment(refund, "started_at_ms")}
