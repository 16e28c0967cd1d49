"""The cookie that carries the pass: its name and attributes in one place."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from waitroom.settings import Settings

KEPT_SECONDS = 7 * 86400


def pass_cookie_name(room: str, settings: Settings) -> str:
    """Name the cookie by app and room (ports share a jar); under HTTPS no other host or path can set it."""
    prefix = "__Host-" if settings.is_https else ""
    return f"{prefix}waitroom-pass-{room}"


def read_pass(request: HTTPConnection, room: str, settings: Settings) -> str | None:
    """Return the pass that the browser sent, unread."""
    return request.cookies.get(pass_cookie_name(room, settings))


def set_pass(response: Response, room: str, pass_text: str, settings: Settings) -> None:
    """Give the browser its pass."""
    response.set_cookie(
        pass_cookie_name(room, settings),
        pass_text,
        max_age=KEPT_SECONDS,
        path="/",
        secure=settings.is_https,
        httponly=True,
        samesite="lax",
    )


def clear_pass(response: Response, room: str, settings: Settings) -> None:
    """Take the pass back."""
    response.delete_cookie(
        pass_cookie_name(room, settings), path="/", secure=settings.is_https, httponly=True, samesite="lax"
    )
