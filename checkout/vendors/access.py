"""Who may call /v1/vendor: a guard around each of its routes, which knows the vendor by the bearer key."""

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from checkout.services import services_of
from checkout.vendors.accounts import Vendor
from waitroom.tokens import bearer_credential
from waitroom.web.guesses import TooManyGuessesError
from waitroom.web.networks import client_network
from waitroom.web.problems import Problem, problem_response

log = structlog.get_logger()


class VendorGuard:
    """Pure ASGI middleware: lets nobody past without a vendor's key; wrong keys are counted, and slowed by network."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the scope on with its vendor, or refuse it."""
        try:
            scope.setdefault("state", {})["vendor"] = await _authenticate(HTTPConnection(scope))
        except Problem as refused:
            await problem_response(refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def vendor_of(connection: HTTPConnection) -> Vendor:
    """Return the vendor that the guard let in."""
    vendor: Vendor = connection.state.vendor
    return vendor


async def _authenticate(connection: HTTPConnection) -> Vendor:
    key = bearer_credential(connection)
    if not key:
        raise _key_required(connection, reason="missing")
    services = services_of(connection)
    network = client_network(connection, services.settings.trusted_proxies)
    try:
        with services.guesses.trying(network) as note_wrong:
            vendor = await services.vendors.find(key)
            if vendor is None:
                note_wrong()
    except TooManyGuessesError as slowed:
        services.metrics.vendor_key_refused("slowed")
        raise Problem("too-many-guesses", headers={"Retry-After": str(slowed.retry_after)}) from None
    if vendor is None:
        raise _key_required(connection, reason="wrong")
    return vendor


def _key_required(connection: HTTPConnection, *, reason: str) -> Problem:
    log.warning("vendor's key refused", path=connection.url.path, reason=reason)
    services_of(connection).metrics.vendor_key_refused(reason)
    return Problem("vendor-key-required", headers={"WWW-Authenticate": 'Bearer realm="vendor"'})
