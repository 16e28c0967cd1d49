"""Who may do what: a bearer key for machines; people's sign-in comes beside it."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import Response

from waitroom.admin_keys import AdminKeys, Role
from waitroom.web.problems import Problem

log = structlog.get_logger()

Endpoint = Callable[[Request], Awaitable[Response]]


def allow(needed: Role, endpoint: Endpoint) -> Endpoint:
    """Let only holders of `needed`, or of a higher role, call `endpoint`."""

    async def checked(request: Request) -> Response:
        keys: AdminKeys = request.app.state.admin_keys
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        key = keys.find(secret.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            log.warning("key refused", path=request.url.path, is_missing=not secret)
            raise Problem("key-required", headers={"WWW-Authenticate": 'Bearer realm="console"'})
        if not key.role.covers(needed):
            raise Problem("role-too-low", needed=needed.value)
        request.state.who = f"console:{key.name}"
        return await endpoint(request)

    return checked


def who(request: Request) -> str:
    """Name the caller for the change log."""
    name: str = request.state.who
    return name
