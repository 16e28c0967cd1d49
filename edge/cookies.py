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
    # Written by hand: a pass needs no quoting, and http.cookies would cost a join a fifth of its time.
    name = pass_cookie_name(room, settings)
    secure = "; Secure" if settings.is_https else ""
    cookie = f"{name}={pass_text}; HttpOnly; Max-Age={KEPT_SECONDS}; Path=/; SameSite=lax{secure}"
    response.raw_headers.append((b"set-cookie", cookie.encode()))


def clear_pass(response: Response, room: str, settings: Settings) -> None:
    """Take the pass back."""
    response.delete_cookie(
        pass_cookie_name(room, settings), path="/", secure=settings.is_https, httponly=True, samesite="lax"
    )
