"""Branding: what a room shows of its organizer, and what may not be shown. Pure.

Nothing of it is markup: names are text, colours are six hex digits each, links lead to https, and the logo is a picture
that is known by the hash of its bytes.
"""

import hashlib
import re
from functools import lru_cache
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from waitroom.contrast import HEX, PARTS, TEXT, contrast, mix, nearest_passing, text_on

GROUND, CARD, INK = "#f3f4f1", "#ffffff", "#16181d"
DARK_GROUND, DARK_CARD = "#0e1013", "#181b20"
"""The page's own colours, as `edge/static/waiting.css` has them; a dark page keeps its own ground."""
MOST_LINKS = 4
LOGO_BYTES = 32 * 1024
LOGO_NAME = re.compile(r"[0-9a-f]{20}\.(?:png|jpg|webp)")


def _no_controls(text: str) -> str:
    if not text.isprintable():
        raise ValueError("line breaks and control characters are not allowed")
    return text


def _colour(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _https(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or not url.isascii():
        raise ValueError("a plain https:// address is needed, without a user")
    if not re.fullmatch(r"[!#-;=?-\[\]_a-z~]+", url):
        raise ValueError("write spaces, quotes and the like in percent encoding")
    return url


Colour = Annotated[str, BeforeValidator(_colour), StringConstraints(pattern=f"^{HEX.pattern}$")]


class Link(BaseModel):
    """A link in the foot of the page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(_no_controls)]
    url: Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(_https)]


class Colours(BaseModel):
    """An accent, and the ground and ink of a light page; what is left out is the page's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accent: Colour
    ground: Colour | None = None
    ink: Colour | None = None

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        ground, ink = self.ground or GROUND, self.ink or INK
        for name, colour, least in (("ink", ink, TEXT), ("accent", self.accent, PARTS)):
            ratio = contrast(colour, ground)
            if ratio < least:
                nearest = nearest_passing(colour, ground, least=least)
                raise ValueError(
                    f"{name} {colour} on the ground {ground} has a contrast of {ratio:.2f} to 1 and needs {least:g}; "
                    f"the nearest that passes is {nearest}"
                )
        return self


class Branding(BaseModel):
    """A room's branding: `name` of the organizer, `logo` by its file's name, which only an upload sets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_no_controls)] | None = None
    logo: Annotated[str, StringConstraints(pattern=f"^{LOGO_NAME.pattern}$")] | None = None
    colours: Colours | None = None
    links: tuple[Link, ...] = Field(default=(), max_length=MOST_LINKS)


def logo_name(picture: bytes) -> str | None:
    """The name of a picture's file: the hash of its bytes, and the ending of its kind; None for any other file."""
    kinds = {"png": picture[:8] == b"\x89PNG\r\n\x1a\n", "jpg": picture[:3] == b"\xff\xd8\xff"}
    kinds["webp"] = picture[:4] == b"RIFF" and picture[8:12] == b"WEBP"
    found = [kind for kind, is_so in kinds.items() if is_so]
    return f"{hashlib.sha256(picture).hexdigest()[:20]}.{found[0]}" if found else None


def address_of_style(room: str, colours: Colours) -> str:
    """Where a room's style is: the address changes with its text."""
    return f"/r/{room}/brand.{hashlib.sha256(style_of(colours).encode()).hexdigest()[:12]}.css"


def address_of_logo(room: str, logo: str) -> str:
    """Where a room's logo is."""
    return f"/r/{room}/logo.{logo}"


@lru_cache(maxsize=1024)
def style_of(colours: Colours) -> str:
    """The style sheet that goes behind the page's own: custom properties alone, light and dark.

    `--accent-ink` is the accent where it is text. The colours of one's turn are the page's own.
    """
    light, dark = (f":root{{{_properties(values)}}}" for values in (_light(colours), _dark(colours)))
    return f"@media (prefers-color-scheme:light){{{light}}}\n@media (prefers-color-scheme:dark){{{dark}}}\n"


def _light(colours: Colours) -> dict[str, str]:
    ground, ink = colours.ground or GROUND, colours.ink or INK
    card = _card_on(ground, ink=ink, accent=colours.accent)
    accent_ink = nearest_passing(colours.accent, ground, card, least=TEXT)
    found = {"accent": colours.accent, "on-accent": text_on(colours.accent), "accent-ink": accent_ink}
    return found | {"ground": ground, "card": card, "ink": ink}


def _card_on(ground: str, *, ink: str, accent: str) -> str:
    # A card stands out from its ground where all that stands on it can still be read.
    lighter = CARD if ground == GROUND else mix(ground, CARD, 0.6)
    return lighter if contrast(ink, lighter) >= TEXT and contrast(accent, lighter) >= PARTS else ground


def _dark(colours: Colours) -> dict[str, str]:
    accent = nearest_passing(colours.accent, DARK_GROUND, DARK_CARD, least=TEXT)
    return {"accent": accent, "on-accent": text_on(accent), "accent-ink": accent}


def _properties(values: dict[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in values.items())
