"""Guard: pure ASGI middleware that lets nobody past without what the waiting room gives.

A stranger's whole set-up:

    app = Guard(app, authenticate=bearer_token(signer, room="demo"), refuse=to_waiting_room)
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from waitroom.tokens.admission_token import AdmissionToken, AdmissionTokenSigner
from waitroom.tokens.errors import TokenError

Authenticate = Callable[[HTTPConnection], Awaitable[Any]]  # Any: whatever the app wants to know of a fan
Refuse = Callable[[HTTPConnection, TokenError], Response]


class Guard:
    """Decides, then awaits one of two apps.

    `authenticate` returns what is then found at `request.state.admission`, or raises a TokenError;
    `refuse` turns that error into the answer. `is_guarded` says which scopes are looked at: by default all.
    A WebSocket that is refused is closed before it opens.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticate: Authenticate,
        refuse: Refuse,
        is_guarded: Callable[[Scope], bool] = lambda _scope: True,
    ) -> None:
        self._app = app
        self._authenticate = authenticate
        self._refuse = refuse
        self._is_guarded = is_guarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the scope on, with the admission, or answer for the app."""
        if scope["type"] not in {"http", "websocket"} or not self._is_guarded(scope):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            admission = await self._authenticate(connection)
        except TokenError as refusal:
            await self._answer(connection, refusal, receive=receive, send=send)
            return
        scope.setdefault("state", {})["admission"] = admission
        await self._app(scope, receive, send)

    async def _answer(self, connection: HTTPConnection, refusal: TokenError, *, receive: Receive, send: Send) -> None:
        if connection.scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.reason})
            return
        await self._refuse(connection, refusal)(connection.scope, receive, send)


def bearer_credential(connection: HTTPConnection) -> str | None:
    """Return what `Authorization: Bearer` carries, if anything."""
    scheme, _, credential = connection.headers.get("authorization", "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else None


def bearer_token(signer: AdmissionTokenSigner, *, room: str) -> Authenticate:
    """Admit by the admission token itself, in `Authorization: Bearer`, for as long as it is valid.

    For apps without sessions: the token is verified without a call home and not spent.
    """

    async def authenticate(connection: HTTPConnection) -> AdmissionToken:
        return signer.verify(bearer_credential(connection), room=room)

    return authenticate


__all__ = ["Authenticate", "Guard", "Refuse", "bearer_credential", "bearer_token"]
