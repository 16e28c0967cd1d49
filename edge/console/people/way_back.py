"""Where to go after the sign-in: only to the console's own pages. Pure."""

from typing import Final
from urllib.parse import urlsplit

START: Final = "/"
LONGEST: Final = 2048


def way_back(text: str | None) -> str:
    """Return an address of ours that `next` names, else the list of rooms.

    Browsers read `//host`, `/\\\\host` and what has a tab or a newline in it as other sites.
    """
    if not text or len(text) > LONGEST or not text.isprintable() or "\\" in text or not text.startswith("/"):
        return START
    try:
        parts = urlsplit(text)
    except ValueError:
        return START
    is_ours = not parts.scheme and not parts.netloc and not text.startswith("//")
    return text if is_ours and parts.path not in {"/sign-in", "/sign-out"} else START
