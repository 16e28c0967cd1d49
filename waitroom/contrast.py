"""Contrast of colours, by the formula of WCAG 2.2. Pure.

Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio and #dfn-relative-luminance. Colours are `#rrggbb`.
"""

import re

HEX = re.compile(r"#[0-9a-f]{6}")
BLACK, WHITE = "#000000", "#ffffff"
TEXT = 4.5
"""The least ratio of text and what it stands on (1.4.3, level AA)."""
PARTS = 3.0
"""The least ratio of a control and what is beside it (1.4.11, level AA)."""
STEPS = 200
Rgb = tuple[int, int, int]


def luminance(colour: str) -> float:
    """Relative luminance: 0 for black, 1 for white."""
    red, green, blue = (_linear(part / 255) for part in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, from 1 to 21, in either order."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: str, other: str, part: float) -> str:
    """The colour with so much of the other in it, from 0 to 1."""
    parts = zip(rgb(colour), rgb(other), strict=True)
    return "#" + "".join(f"{round(mine + (theirs - mine) * part):02x}" for mine, theirs in parts)


def text_on(colour: str) -> str:
    """Black or white, whichever is read better on a colour; one of them always has 4.5."""
    return max((BLACK, WHITE), key=lambda ink: contrast(ink, colour))


def nearest_passing(colour: str, *grounds: str, least: float) -> str:
    """The colour itself, or the nearest one between it and black or white that stands out from all grounds.

    Where none does, black or white, whichever stands out more.
    """
    for step in range(STEPS + 1):
        for end in (BLACK, WHITE):
            tried = mix(colour, end, step / STEPS)
            if lowest(tried, *grounds) >= least:
                return tried
    return max((BLACK, WHITE), key=lambda end: lowest(end, *grounds))


def lowest(colour: str, *grounds: str) -> float:
    """The lowest ratio of a colour with several grounds."""
    return min(contrast(colour, ground) for ground in grounds)


def rgb(colour: str) -> Rgb:
    """Red, green and blue, from 0 to 255 each."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
