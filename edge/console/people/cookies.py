"""The console's one cookie: its name and attributes in one place.

SameSite is Lax, so that a link to a room in a colleague's message opens it; what changes something asks for more.
"""

from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from waitroom.settings import Settings

SESSION: Final = "waitroom-console"


def session_token(connection: HTTPConnection) -> str | None:
    """Return the session's token that came with a request."""
    return connection.cookies.get(_name(connection)) or None


def set_session(connection: HTTPConnection, response: Response, token: str) -> None:
    """Give the browser its session; the database says when it ends."""
    settings = _settings(connection)
    response.set_cookie(
        _name(connection),
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
    response.delete_cookie(_name(connection), path="/", secure=is_secure, httponly=True, samesite="lax")


def _name(connection: HTTPConnection) -> str:
    return f"__Host-{SESSION}" if _settings(connection).is_console_https else SESSION


def _settings(connection: HTTPConnection) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings
