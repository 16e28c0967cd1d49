"""Branding by the console's API: settings, and the logo beside them."""

from typing import Any

import pytest
from starlette.applications import Starlette

from edge.console.audit import Audit, Wanted
from tests.edge.console.conftest import ROOMS, Ask, MakeRoom
from waitroom.branding import LOGO_BYTES
from waitroom.queue import Queue

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
WEBP = b"RIFF1234WEBPVP8 picture"


async def test_a_logo_comes_and_goes(
    ask: Ask, make_room: MakeRoom, room_name: str, console: Starlette, console_queue: Queue
) -> None:
    """An upload names the logo and keeps what else the branding has; the audit tells of it."""
    await make_room(branding={"name": "Hall", "colours": {"accent": "#e30613"}})
    room = f"{ROOMS}/{room_name}"
    first = (await ask("PUT", f"{room}/logo", content=PNG, role="operator")).json()["branding"]
    assert (first["name"], first["colours"]["accent"]) == ("Hall", "#e30613")
    assert await console_queue.read_logo(room_name, first["logo"]) == PNG
    second = (await ask("PUT", f"{room}/logo", content=WEBP)).json()["branding"]["logo"]
    assert second.endswith(".webp")
    kept = (await ask("PATCH", room, json={"branding": {"name": "Other"}})).json()["branding"]
    assert kept == {"name": "Other", "logo": second, "colours": None, "links": []}
    gone = (await ask("DELETE", f"{room}/logo")).json()["branding"]
    assert gone["logo"] is None
    audit: Audit = console.state.audit
    whats = [entry["what"] for entry in await audit.read(Wanted(room=room_name))]
    assert whats[:2] == ["delete-logo", "change-room"]
    assert whats.count("put-logo") == 2


@pytest.mark.parametrize(
    "picture", [b"", b"<svg/>", b"GIF89a", PNG + b"x" * LOGO_BYTES], ids=["nothing", "svg", "gif", "too large"]
)
async def test_what_is_no_logo(ask: Ask, make_room: MakeRoom, room_name: str, picture: bytes) -> None:
    """What is no picture of the three kinds, or too large, is refused, and nothing changes."""
    await make_room()
    refused = await ask("PUT", f"{ROOMS}/{room_name}/logo", content=picture)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "body")
    assert (await ask("GET", f"{ROOMS}/{room_name}")).json()["branding"] is None


@pytest.mark.parametrize(
    ("branding", "field"),
    [
        ({"logo": "0123456789abcdef0123.png"}, "branding.logo"),
        ({"logo": ["0123456789abcdef0123.png"]}, "branding.logo"),
        ({"colours": {"accent": "#ffff00"}}, "branding.colours"),
        ({"colours": {"accent": "red"}}, "branding.colours.accent"),
        ({"links": [{"label": "x", "url": "javascript:alert(1)"}]}, "branding.links.0.url"),
        ({"shade": 1}, "branding.shade"),
        ("Hall", "branding"),
    ],
)
async def test_wrong_branding_names_its_field(
    ask: Ask, make_room: MakeRoom, room_name: str, branding: Any, field: str
) -> None:  # Any: JSON values
    """Each wrong field is named, when the room is made and when it is changed."""
    await make_room()
    for answer in (
        await ask("PATCH", f"{ROOMS}/{room_name}", json={"branding": branding}),
        await ask("POST", ROOMS, json={"room": f"{room_name}-2", "branding": branding}),
    ):
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]
