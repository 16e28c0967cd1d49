"""The URL table of the vendors' calls, nothing else."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from checkout.vendors import api, webhook_api
from checkout.vendors.access import VendorGuard

Endpoint = Callable[[Request], Awaitable[Response]]
VENDOR = "/v1/vendor"
GUARD = (Middleware(VendorGuard),)


def vendor_routes() -> list[BaseRoute]:
    """The calls of vendors, each behind the guard."""
    return [
        _call("GET", VENDOR, api.show_vendor),
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


def _call(method: str, path: str, endpoint: Endpoint, *, guard: Sequence[Middleware] = GUARD) -> Route:
    return Route(path, endpoint, methods=[method], middleware=guard)
