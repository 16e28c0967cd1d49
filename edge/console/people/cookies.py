"""The console's two cookies, the session and the proof of a known browser: names and attributes in one place.

The session's SameSite is Lax, so that a link to a room in a colleague's message opens it; what changes something asks
for more. The proof is read at the sign-in alone, which comes from a page of ours.
"""

from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from edge.console.people.known_browsers import KNOWN_DAYS
from waitroom.settings import Settings

SESSION: Final = "waitroom-console"
KNOWN: Final = "waitroom-console-known"


def session_token(connection: HTTPConnection) -> str | None:
    """Return the session's token that came with a request."""
    return connection.cookies.get(_name(SESSION, connection)) or None


def set_session(connection: HTTPConnection, response: Response, token: str) -> None:
    """Give the browser its session; the database says when it ends."""
    settings = _settings(connection)
    response.set_cookie(
        _name(SESSION, connection),
        token,
        max_age=settings.console_session_hours * 3600,
        path="/",
        secure=settings.is_console_https,
        httponly=True,
        samesite="lax",
    )


def clear_session(connection: HTTPConnection, response: Response) -> None:
    """Take the session back."""
    is_secure = _settings(connection).is_console_https
    response.delete_cookie(_name(SESSION, connection), path="/", secure=is_secure, httponly=True, samesite="lax")


def known_proof(connection: HTTPConnection) -> str | None:
    """Return the proof of a known browser that came with a request, unread."""
    return connection.cookies.get(_name(KNOWN, connection)) or None


def set_known(connection: HTTPConnection, response: Response, proof: str) -> None:
    """Let the browser be known; the proof says for how long."""
    response.set_cookie(
        _name(KNOWN, connection),
        proof,
        max_age=KNOWN_DAYS * 86_400,
        path="/",
        secure=_settings(connection).is_console_https,
        httponly=True,
        samesite="strict",
    )


def _name(cookie: str, connection: HTTPConnection) -> str:
    return f"__Host-{cookie}" if _settings(connection).is_console_https else cookie


def _settings(connection: HTTPConnection) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings
