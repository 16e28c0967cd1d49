"""Branding: what may be shown, and the style that follows."""

import re
from importlib.resources import files

import pytest
from pydantic import ValidationError

from waitroom import branding
from waitroom.branding import Branding, Colours, Link, address_of_style, logo_name, style_of
from waitroom.contrast import PARTS, TEXT, contrast, lowest
from waitroom.rooms import RoomSettings

BRANDS = [
    {"accent": "#e30613"},
    {"accent": "#E30613", "ground": "#fff8e7", "ink": "#221100"},
    {"accent": "#ffd400", "ground": "#111111", "ink": "#ffffff"},
    {"accent": "#00695c", "ground": "#ffffff"},
    {"accent": "#000000", "ground": "#8a8a8a", "ink": "#000000"},
]
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
PROPERTY = re.compile(r"--[a-z-]+:#[0-9a-f]{6}")


def properties(style: str, scheme: str) -> dict[str, str]:
    """The custom properties of `:root` in one colour scheme."""
    block = style.split(f"prefers-color-scheme:{scheme})")[1]
    found = re.search(r":root\{([^}]*)\}", block)
    assert found
    return dict(pair.split(":", 1) for pair in found[1].split(";"))


def test_the_page_s_own_colours_are_those_of_its_style() -> None:
    """What is checked against the page's own colours is checked against those that it has."""
    style = files("edge").joinpath("static", "waiting.css").read_text().lower()
    light, _, dark = style.partition("prefers-color-scheme: dark")
    for name in ("ground", "card", "ink"):
        own = getattr(branding, name.upper())
        assert re.search(rf"--{name}: {own}|--{name}: {_short(own)};", light), name
    for name, own in (("ground", branding.DARK_GROUND), ("card", branding.DARK_CARD)):
        assert re.search(rf"--{name}: {own}", dark), name


def _short(colour: str) -> str:
    return "#" + colour[1::2] if colour[1::2] == colour[2::2] else colour


@pytest.mark.parametrize("colours", BRANDS)
def test_a_style_can_be_read(colours: dict[str, str]) -> None:
    """Whatever passed the check is read on ground, card and accent, in the light and in the dark."""
    style = style_of(Colours.model_validate(colours))
    light = properties(style, "light")
    dark = {"--ground": branding.DARK_GROUND, "--card": branding.DARK_CARD} | properties(style, "dark")
    for colour in ("--ink", "--accent-ink"):
        assert lowest(light[colour], light["--ground"], light["--card"]) >= TEXT, colour
    assert lowest(light["--accent"], light["--ground"], light["--card"]) >= PARTS
    assert lowest(dark["--accent"], dark["--ground"], dark["--card"]) >= TEXT
    for scheme in (light, dark):
        assert contrast(scheme["--on-accent"], scheme["--accent"]) >= TEXT


@pytest.mark.parametrize("colours", BRANDS)
def test_a_style_holds_nothing_but_properties(colours: dict[str, str]) -> None:
    """No text of the organizer's gets into it but checked hex digits."""
    style = style_of(Colours.model_validate(colours))
    for _, body in RULE.findall(style.replace("@media (prefers-color-scheme:light){", "").replace("@media (", "(")):
        assert all(PROPERTY.fullmatch(pair) for pair in body.split(";")), body
    assert address_of_style("a", Colours(accent="#000000")) != address_of_style("a", Colours(accent="#000001"))


@pytest.mark.parametrize(
    ("colours", "told"),
    [
        ({"accent": "#ffff00"}, r"accent #ffff00 on the ground #f3f4f1 has a contrast of 1\.03 to 1 and needs 3; .* #"),
        ({"accent": "#000000", "ink": "#999999"}, r"ink #999999 .* needs 4\.5"),
        ({"accent": "#000000", "ground": "#101010"}, "ink #16181d on the ground #101010"),
        ({"accent": "red"}, "accent"),
        ({"accent": "#12345"}, "accent"),
        ({"accent": "#123456;}body{display:none}"}, "accent"),
        ({"accent": "#123456\n"}, "accent"),
        ({"accent": "url(//evil.example)"}, "accent"),
        ({}, "accent"),
        ({"accent": "#123456", "shade": "#123456"}, "shade"),
    ],
)
def test_colours_that_are_refused(colours: dict[str, str], told: str) -> None:
    """What cannot be read is refused with its ratio and the nearest that can; what is no colour, by its name."""
    with pytest.raises(ValidationError, match=told):
        Colours.model_validate(colours)


def test_the_nearest_colour_told_is_taken() -> None:
    """Who does what the refusal says is not refused again."""
    with pytest.raises(ValidationError) as refused:
        Colours(accent="#ffff00")
    nearest = re.findall(r"passes is (#[0-9a-f]{6})", str(refused.value))[0]
    assert Colours(accent=nearest).accent == nearest


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "http://example.com",
        "//example.com",
        "https://",
        "https://user@example.com/",
        'https://example.com/"onload=x',
        "https://example.com/<script>",
        "https://example.com/ x",
        "https://example.com/\n",
        "https://exаmple.com/",  # noqa: RUF001 - a Cyrillic letter
        "/own",
        "https://example.com/" + "a" * 300,
    ],
)
def test_links_that_are_refused(url: str) -> None:
    """A link leads to a plain https address and nowhere else."""
    with pytest.raises(ValidationError):
        Link(label="x", url=url)


def test_a_branding_outlives_the_store() -> None:
    """Settings with a branding are read back as they were written."""
    given = {
        "name": "The <b>Organizer</b>",
        "colours": {"accent": "#E30613"},
        "links": ({"label": "Terms", "url": "https://example.com/terms?a=1&b=%22#c"},),
    }
    settings = RoomSettings(branding=Branding.model_validate(given))
    assert RoomSettings.from_fields(settings.to_fields()) == settings
    assert settings.branding is not None
    assert settings.branding.colours == Colours(accent="#e30613")
    assert RoomSettings.from_fields(RoomSettings().to_fields()).branding is None


def test_control_characters_and_too_much_are_refused() -> None:
    """Names and labels are one printable line; there are four links at most."""
    link = {"label": "x", "url": "https://example.com/"}
    for wrong in (
        {"name": "a\nb"},
        {"name": "\u202eabc"},
        {"links": [link] * 5},
        {"logo": "../x.png"},
        {"logo": "a" * 20 + ".svg"},
    ):
        with pytest.raises(ValidationError):
            Branding.model_validate(wrong)
    with pytest.raises(ValidationError):
        Link(label="a\x00", url="https://example.com/")


def test_a_logo_is_what_its_bytes_say() -> None:
    """PNG, JPEG and WebP by their first bytes; a name says nothing, and a drawing that may hold a script is none."""
    for head, kind in ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff\xe0", "jpg"), (b"RIFF1234WEBPVP8 ", "webp")):
        name = logo_name(head + b"rest")
        assert name is not None
        assert name.endswith(f".{kind}")
        assert branding.LOGO_NAME.fullmatch(name)
        assert name != logo_name(head + b"other")
    for other in (b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"RIFF1234WAVE"):
        assert logo_name(other) is None
