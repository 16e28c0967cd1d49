"""The URL table of the vendors' calls, nothing else."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from checkout.vendors import api
from checkout.vendors.access import VendorGuard

Endpoint = Callable[[Request], Awaitable[Response]]
VENDOR = "/v1/vendor"
GUARD = (Middleware(VendorGuard),)


def vendor_routes() -> list[BaseRoute]:
    """The calls of vendors, each behind the guard."""
    return [
        _call("GET", VENDOR, api.show_vendor),
    ]


def _call(method: str, path: str, endpoint: Endpoint, *, guard: Sequence[Middleware] = GUARD) -> Route:
    return Route(path, endpoint, methods=[method], middleware=guard)
