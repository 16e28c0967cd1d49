"""Who may do what: people by their session, machines by a bearer key; each call and page says the role it needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from edge.console.people.cookies import session_token
from edge.console.people.sessions import Session, Sessions
from waitroom.admin_keys import AdminKeys, Role
from waitroom.settings import Settings
from waitroom.web.answers import FOR_ONE_FAN
from waitroom.web.problems import Problem
from waitroom.web.same_origin import is_own_form

log = structlog.get_logger()

Endpoint = Callable[[Request], Awaitable[Response]]
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TYPES: Final = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
"""What a page of another site may send by POST without asking us first."""
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="console"'}


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls, as the logs name it: `person:NAME` or `console:KEY`; a machine has no session."""

    who: str
    role: Role
    session: Session | None = None


def allow(needed: Role, endpoint: Endpoint, *, is_own: bool = False) -> Endpoint:
    """Let only callers of the role `needed`, or of a higher one, call `endpoint`.

    `is_own` calls are about the caller's own account: they are open to who must set up a second factor first.
    """

    async def checked(request: Request) -> Response:
        caller = await identify(request)
        if not caller.role.covers(needed):
            raise Problem("role-too-low", needed=needed.value)
        if caller.session is not None and caller.session.needs_second_factor and not is_own:
            raise Problem("second-factor-needed")
        return await endpoint(request)

    return checked


def page(needed: Role, endpoint: Endpoint, *, is_own: bool = False) -> Endpoint:
    """Show a page to callers of the role `needed`, or a higher one; who is not known is led to the sign-in and back."""

    async def checked(request: Request) -> Response:
        try:
            return await allow(needed, endpoint, is_own=is_own)(request)
        except Problem as refused:
            if refused.name == "sign-in-required":
                return _see(f"/sign-in?next={quote(_own_address(request), safe='/')}")
            if refused.name == "second-factor-needed":
                return _see("/account")
            raise

    return checked


async def identify(request: Request) -> Caller:
    """Find out who calls; a key stands over a cookie.

    Raises Problem: `key-required` for a wrong key, `sign-in-required` without key and session, `cross-site` and
    `json-required` for what another site may have made a browser send.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    caller = _by_key(request, scheme, secret) if scheme else await _by_session(request)
    request.state.caller = caller
    request.state.who = caller.who
    request.state.role = caller.role
    return caller


def role_of(request: Request) -> Role:
    """The role of the caller."""
    role: Role = request.state.role
    return role


def who(request: Request) -> str:
    """Name the caller for the change log."""
    name: str = request.state.who
    return name


def session_of(request: Request) -> Session:
    """Return the caller's session. Raises Problem("person-required") for a machine."""
    caller: Caller = request.state.caller
    if caller.session is None:
        raise Problem("person-required")
    return caller.session


def refuse_other_sites(request: Request) -> None:
    """Refuse what another site may have made a browser send with the cookie. Raises Problem."""
    refuse_forms_of_others(request)
    if request.method == "POST" and _media_type(request) in FORM_TYPES:
        raise Problem("json-required")


def refuse_forms_of_others(request: Request) -> None:
    """Refuse a form that another site's page has posted. Raises Problem("cross-site")."""
    settings: Settings = request.app.state.settings
    if not is_own_form(request.headers, public_url=settings.console_url):
        raise Problem("cross-site")


def _by_key(request: Request, scheme: str, secret: str) -> Caller:
    keys: AdminKeys = request.app.state.admin_keys
    key = keys.find(secret.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        log.warning("key refused", path=request.url.path)
        raise Problem("key-required", headers=CHALLENGE)
    return Caller(who=f"console:{key.name}", role=key.role)


async def _by_session(request: Request) -> Caller:
    sessions: Sessions = request.app.state.sessions
    token = session_token(request)
    session = await sessions.find(token) if token else None
    if session is None:
        raise Problem("sign-in-required", headers=CHALLENGE)
    if request.method not in SAFE:
        refuse_other_sites(request)
    return Caller(who=f"person:{session.name}", role=session.role, session=session)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _own_address(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def _see(address: str) -> Response:
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": FOR_ONE_FAN})
