"""Who may come in: the session as the guard checks it, and the way back to the waiting room for all others."""

from collections.abc import Callable

from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from checkout import cookies
from checkout.services import services_of
from checkout.sessions import Session
from waitroom.tokens import Guard, TokenError, TokenMissing, bearer_credential
from waitroom.web.problems import Problem, problem_response
from waitroom.web.same_origin import is_own_form

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ENTRANCE = "/enter"
"""The waiting room's own page posts here, from another origin; the token in the form is what counts."""

Refuse = Callable[[HTTPConnection, TokenError], Response]


def session_guard(refuse: Refuse) -> Middleware:
    """Return the guard of one route: it lets nobody past without an open session."""
    return Middleware(Guard, authenticate=authenticate, refuse=refuse)


async def authenticate(connection: HTTPConnection) -> Session:
    """Return the open session that came as a bearer or as a cookie; raises a TokenError without one."""
    services = services_of(connection)
    event = connection.path_params.get("event")
    try:
        return await _find(connection, event)
    except TokenError:
        connection.state.room = await services.catalogue.room_of(event)
        raise


def refuse_call(connection: HTTPConnection, refusal: TokenError) -> Response:
    """Answer an API call without a session."""
    room = getattr(connection.state, "room", None)
    return problem_response(admission_required(connection, room=room, reason=refusal.reason))


def admission_required(connection: HTTPConnection, *, room: str | None, reason: str) -> Problem:
    """Say where the waiting room is, and why one has to go there."""
    url = waiting_room_url(connection, room=room)
    return Problem("admission-required", waiting_room_url=url, reason=reason)


def waiting_room_url(connection: HTTPConnection, *, room: str | None) -> str:
    """Return the address of a room's waiting page."""
    public_url = services_of(connection).settings.public_url
    return public_url if room is None else f"{public_url}/r/{room}"


def carried_session_id(connection: HTTPConnection) -> list[str]:
    """Return the ids of all sessions that a request carries, open or over."""
    sessions = services_of(connection).sessions
    ids = []
    for token in _carried(connection, event=None):
        try:
            ids.append(sessions.read(token))
        except TokenError:
            continue
    return ids


class SameOrigin:
    """Refuses what another site makes a browser send with the fan's cookie."""

    def __init__(self, app: ASGIApp, *, own_url: str) -> None:
        self._app = app
        self._own_url = own_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the scope on, or refuse it."""
        if scope["type"] == "http" and scope["method"] not in SAFE and scope["path"] != ENTRANCE:
            connection = HTTPConnection(scope)
            is_own = is_own_form(connection.headers, public_url=self._own_url)
            if not is_own and bearer_credential(connection) is None:
                await problem_response(Problem("cross-site"))(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _find(connection: HTTPConnection, event: str | None) -> Session:
    sessions = services_of(connection).sessions
    refusal: TokenError = TokenMissing("No session came with the request.")
    for token in _carried(connection, event=event):
        try:
            return await sessions.find(token)
        except TokenError as refused:
            refusal = refused
    raise refusal


def _carried(connection: HTTPConnection, *, event: str | None) -> list[str]:
    bearer = bearer_credential(connection)
    if bearer is not None:
        return [bearer]
    return cookies.session_tokens(connection, services_of(connection).settings, event=event)
