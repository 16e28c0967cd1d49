"""The URL table of the vendors' calls, nothing else."""

from collections.abc import Awaitable, Callable

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from checkout.vendors import event_api, order_api, venue_api, webhook_api
from checkout.vendors.access import VendorGuard
from waitroom.web.limits import BodyLimit

Endpoint = Callable[[Request], Awaitable[Response]]
VENDOR = "/v1/vendor"
VENUE = f"{VENDOR}/venues/{{venue}}"
SEAT_MAP = f"{VENDOR}/seat-maps/{{map}}"
EVENT = f"{VENDOR}/events/{{event}}"
CATEGORY = f"{EVENT}/categories/{{category}}"
# No body is read before the key is known.
GUARD = [Middleware(VendorGuard), Middleware(BodyLimit)]
GUARD_OF_SEAT_MAPS = [Middleware(VendorGuard), Middleware(BodyLimit, max_bytes=16 * 2**20, max_seconds=60.0)]


def vendor_routes() -> list[BaseRoute]:
    """The calls of vendors, each behind the guard."""
    return [
        _call("GET", VENDOR, venue_api.show_vendor),
        _call("GET", f"{VENDOR}/venues", venue_api.list_venues),
        _call("POST", f"{VENDOR}/venues", venue_api.make_venue),
        _call("GET", VENUE, venue_api.show_venue),
        _call("PATCH", VENUE, venue_api.change_venue),
        _call("DELETE", VENUE, venue_api.delete_venue),
        _call("GET", f"{VENUE}/seat-maps", venue_api.list_seat_maps),
        _call("POST", f"{VENUE}/seat-maps", venue_api.make_seat_map, guard=GUARD_OF_SEAT_MAPS),
        _call("GET", SEAT_MAP, venue_api.show_seat_map),
        _call("PATCH", SEAT_MAP, venue_api.change_seat_map, guard=GUARD_OF_SEAT_MAPS),
        _call("DELETE", SEAT_MAP, venue_api.delete_seat_map),
        _call("GET", f"{VENDOR}/events", event_api.list_events),
        _call("POST", f"{VENDOR}/events", event_api.make_event),
        _call("GET", EVENT, event_api.show_event),
        _call("PATCH", EVENT, event_api.change_event),
        _call("DELETE", EVENT, event_api.delete_event),
        _call("POST", f"{EVENT}/reschedule", event_api.move_event),
        _call("POST", f"{EVENT}/cancel", event_api.cancel_event),
        _call("POST", f"{EVENT}/categories", event_api.make_category),
        _call("PATCH", CATEGORY, event_api.change_category),
        _call("DELETE", CATEGORY, event_api.delete_category),
        _call("PATCH", f"{EVENT}/seats", event_api.change_seats),
        _call("GET", f"{EVENT}/orders", order_api.list_orders),
        _call("GET", f"{EVENT}/orders.csv", order_api.export_orders),
        _call("GET", f"{VENDOR}/orders/{{order}}", order_api.show_order),
        _call("POST", f"{VENDOR}/orders/{{order}}/refunds", order_api.refund_order),
        *_webhook_routes(f"{VENDOR}/webhooks"),
    ]


def _webhook_routes(webhooks: str) -> list[BaseRoute]:
    webhook = f"{webhooks}/{{webhook}}"
    return [
        _call("GET", webhooks, webhook_api.list_webhooks),
        _call("POST", webhooks, webhook_api.add_webhook),
        _call("GET", webhook, webhook_api.show_webhook),
        _call("PATCH", webhook, webhook_api.change_webhook),
        _call("DELETE", webhook, webhook_api.delete_webhook),
        _call("POST", f"{webhook}/rotate", webhook_api.rotate_secret),
        _call("GET", f"{webhook}/deliveries", webhook_api.list_deliveries),
        _call("POST", f"{webhook}/deliveries/{{delivery}}/send", webhook_api.send_delivery_again),
    ]


def _call(method: str, path: str, endpoint: Endpoint, *, guard: list[Middleware] = GUARD) -> Route:
    return Route(path, endpoint, methods=[method], middleware=guard)
