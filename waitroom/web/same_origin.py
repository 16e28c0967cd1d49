"""Whether a form was posted from our own page: pure."""

from collections.abc import Mapping
from urllib.parse import urlsplit

OWN_SITES = frozenset({"same-origin", "none"})
"""`none` is the fan's own doing: a reload, a bookmark, an address typed."""


def _origin_of(url: str) -> str:
    """Return scheme, host and port of an address, as browsers write them in `Origin`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _is_at(host: str | None, origin: str) -> bool:
    """Tell whether what a client calls its origin is this host; it need not be an address at all."""
    try:
        return bool(host) and urlsplit(origin).netloc == host
    except ValueError:
        return False


def is_own_form(headers: Mapping[str, str], *, public_url: str) -> bool:
    """Tell whether a POST may act for the holder of the cookie.

    Cases: the browser says from where; it names an origin; it says neither, as older ones do on their own
    forms, and no other site can make a current browser do.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in OWN_SITES
    origin = headers.get("origin")
    if origin is None:
        return True
    return origin.lower() == _origin_of(public_url) or _is_at(headers.get("host"), origin)
