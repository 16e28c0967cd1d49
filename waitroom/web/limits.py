"""BodyLimit: at most so many bytes, within so many seconds, before the app sees any of it."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from waitroom.web.problems import Problem, problem_response

MAX_BYTES = 64 * 1024
MAX_SECONDS = 10.0
WHOLE_BODY = "waitroom.body"
"""Where the scope holds the body that was read, for those who need no stream."""
BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE"})


class BodyLimit:
    """Reads a request's body whole, refuses it with 413 or 408, or hands it to the app in one piece.

    Hypercorn never cuts a slow body; this does. A request without a body passes untouched, and so does one to an
    address under `elsewhere`, whose routes have limits of their own.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int = MAX_BYTES,
        max_seconds: float = MAX_SECONDS,
        elsewhere: tuple[str, ...] = (),
    ) -> None:
        self._app = app
        self._elsewhere = elsewhere
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body at hand, or refuse it."""
        if scope["type"] != "http" or not _has_body(scope) or scope["path"].startswith(self._elsewhere):
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._max_seconds):
                body = await self._read(receive)
        except TimeoutError:
            await _refuse("body-too-slow", scope=scope, receive=receive, send=send)
            return
        except _HungUpError:
            return
        if body is None:
            await _refuse("body-too-large", scope=scope, receive=receive, send=send)
            return
        scope[WHOLE_BODY] = body
        await self._app(scope, _replay(body, then=receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _HungUpError
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > self._max_bytes:
                return None
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)


class _HungUpError(Exception):
    """The client went away before its body was whole; nobody waits for an answer."""


def _has_body(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    announced = b"content-length" in names or b"transfer-encoding" in names
    return announced or scope["method"] not in BODILESS


def _replay(body: bytes, *, then: Receive) -> Receive:
    is_sent = False

    async def receive() -> Message:
        nonlocal is_sent
        if is_sent:
            return await then()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _refuse(name: str, *, scope: Scope, receive: Receive, send: Send) -> None:
    response = problem_response(Problem(name, headers={"Connection": "close"}))
    await response(scope, receive, send)
