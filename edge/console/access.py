"""Who may do what: a bearer key for machines; people's sign-in comes beside it."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from waitroom.admin_keys import AdminKeys, Role
from waitroom.web.problems import Problem

log = structlog.get_logger()

Endpoint = Callable[[Request], Awaitable[Response]]


def allow(needed: Role, endpoint: Endpoint) -> Endpoint:
    """Let only holders of `needed`, or of a higher role, call `endpoint`."""

    async def checked(request: Request) -> Response:
        _identify(request, needed)
        return await endpoint(request)

    return checked


def page(needed: Role, endpoint: Endpoint) -> Endpoint:
    """Show a page to holders of `needed`, or of a higher role; who is not known is led to the sign-in and back."""

    async def checked(request: Request) -> Response:
        try:
            _identify(request, needed)
        except Problem as refused:
            if refused.kind.status == HTTPStatus.UNAUTHORIZED:
                return RedirectResponse(f"/sign-in?next={quote(_address(request), safe='/')}", status_code=303)
            raise
        return await endpoint(request)

    return checked


def role_of(request: Request) -> Role:
    """The role of the caller."""
    role: Role = request.state.role
    return role


def who(request: Request) -> str:
    """Name the caller for the change log."""
    name: str = request.state.who
    return name


def _identify(request: Request, needed: Role) -> None:
    keys: AdminKeys = request.app.state.admin_keys
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    key = keys.find(secret.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        log.warning("key refused", path=request.url.path, is_missing=not secret)
        raise Problem("key-required", headers={"WWW-Authenticate": 'Bearer realm="console"'})
    request.state.who = f"console:{key.name}"
    request.state.role = key.role
    if not key.role.covers(needed):
        raise Problem("role-too-low", needed=needed.value)


def _address(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
