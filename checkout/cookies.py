"""The checkout's cookies: their names and attributes in one place."""

import secrets

from starlette.requests import HTTPConnection
from starlette.responses import Response

from waitroom.settings import Settings

SESSION = "waitroom-checkout-"
BROWSER = "waitroom-browser"
BROWSER_SECONDS = 180 * 86400


def session_tokens(request: HTTPConnection, settings: Settings, *, event: str | None) -> list[str]:
    """Return what the browser carries for an event, or for any when none is named."""
    prefix = _prefix(settings) + SESSION
    if event is not None:
        return [token for token in [request.cookies.get(prefix + event)] if token]
    return [token for name, token in request.cookies.items() if name.startswith(prefix)]


def set_session(response: Response, settings: Settings, *, event: str, token: str) -> None:
    """Give the browser its session; the database says when it ends."""
    _set(response, settings, SESSION + event, token, seconds=None)


def clear_session(response: Response, settings: Settings, *, event: str) -> None:
    """Take the session back."""
    name = _prefix(settings) + SESSION + event
    response.delete_cookie(name, path="/", secure=is_https(settings), httponly=True, samesite="lax")


def browser_of(request: HTTPConnection, settings: Settings) -> str | None:
    """Return the random name by which a browser is known again, if it has one."""
    name = request.cookies.get(_prefix(settings) + BROWSER, "")
    return name if len(name) >= 32 else None


def name_browser(response: Response, settings: Settings) -> str:
    """Give the browser a random name: what makes its repeated forms the same call."""
    name = secrets.token_urlsafe(24)
    _set(response, settings, BROWSER, name, seconds=BROWSER_SECONDS)
    return name


def _set(response: Response, settings: Settings, name: str, value: str, *, seconds: int | None) -> None:
    response.set_cookie(
        _prefix(settings) + name,
        value,
        max_age=seconds,
        path="/",
        secure=is_https(settings),
        httponly=True,
        samesite="lax",
    )


def _prefix(settings: Settings) -> str:
    return "__Host-" if is_https(settings) else ""


def is_https(settings: Settings) -> bool:
    """Whether fans reach the checkout under HTTPS."""
    return settings.checkout_url.startswith("https://")
