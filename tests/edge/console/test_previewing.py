"""Previews of the fan's page: every state in every language, drafts that are checked, and nothing that acts."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from edge.console.example_fan import STATES
from edge.states import STATES as EVERY_STATE
from tests.edge.console.conftest import ROOMS, SECRETS, Ask, MakeRoom
from waitroom.web.languages import LANGUAGES

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
VIEWER = {"Authorization": f"Bearer {SECRETS['viewer']}"}
WRONG: list[tuple[dict[str, Any], str]] = [  # Any: JSON values
    ({"state": "nonsense"}, "state"),
    ({"lang": "tlh"}, "lang"),
    ({"scheme": "sepia"}, "scheme"),
    ({"notice": "nonsense"}, "notice"),
    ({"nonsense": "1"}, "nonsense"),
    ({"draft": "{"}, "draft"),
    ({"draft": "[]"}, "draft"),
    ({"draft": json.dumps({"new_users_per_minute": 1})}, "draft"),
    ({"draft": "x" * 6001}, "draft"),
    ({"draft": json.dumps({"branding": {"colours": {"accent": "#ffffff"}}})}, "branding.colours"),
    ({"draft": json.dumps({"branding": {"colours": {"accent": "red}*{"}}})}, "branding.colours.accent"),
    ({"draft": json.dumps({"branding": {"links": [{"label": "x", "url": "javascript:1"}]}})}, "branding.links.0.url"),
]


async def preview(client: httpx.AsyncClient, room: str, *, name: str = "preview", **query: str) -> httpx.Response:
    """A preview as a viewer asks for it."""
    return await client.get(f"/rooms/{room}/{name}?{urlencode(query)}", headers=VIEWER)


def test_every_state_can_be_previewed() -> None:
    """The console has words for each state of the fan's page, and for no other."""
    assert set(STATES) == set(EVERY_STATE)


async def test_every_state_in_every_language(client: httpx.AsyncClient, make_room: MakeRoom, room_name: str) -> None:
    """Each is the page in that state and language, with nothing left of a template and no script."""
    await make_room(name="The Night", message="Doors at seven")
    for state in STATES:
        for lang in LANGUAGES:
            shown = await preview(client, room_name, state=state, lang=lang)
            assert shown.status_code == 200
            assert f'<html lang="{lang}"' in shown.text
            assert f'data-state="{state}"' in shown.text
            assert "Doors at seven" in shown.text
            assert "<script" not in shown.text
            # The bar of the way so far is as long as its words say.
            assert (">37 %<" in shown.text) == ('value="0.37"' in shown.text)
            assert ('value="0.37"' in shown.text) == (state in ("waiting", "next"))
            assert " href=" not in shown.text.partition("<body")[2]


async def test_nothing_acts_and_nobody_else_frames_it(
    client: httpx.AsyncClient, make_room: MakeRoom, room_name: str
) -> None:
    """A preview has no script and no form that can be sent, and other sites can neither frame nor show it."""
    await make_room()
    shown = await preview(client, room_name)
    policy = shown.headers["content-security-policy"]
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'self'; sandbox allow-same-origin" in policy
    assert shown.headers["x-frame-options"] == "SAMEORIGIN"
    for site in ("cross-site", "same-site", "none"):
        headers = VIEWER | {"Sec-Fetch-Site": site}
        assert (await client.get(f"/rooms/{room_name}/preview", headers=headers)).status_code == 403


async def test_a_draft_is_shown_and_nothing_is_saved(
    client: httpx.AsyncClient, make_room: MakeRoom, room_name: str, ask: Ask
) -> None:
    """Name, message, links and colours that are not saved yet are shown, as text, and the room stays as it is."""
    await make_room(name="The Night")
    links = [{"label": "Imprint & <co>", "url": "https://example.org/i"}]
    branding = {"name": "<b>Nord</b>", "colours": {"accent": "#aa2255"}, "links": links}
    draft = json.dumps({"name": "Other", "message": "<script>1</script>", "branding": branding})
    shown = (await preview(client, room_name, draft=draft)).text
    for text in ("&lt;b&gt;Nord&lt;/b&gt;", "&lt;script&gt;1&lt;/script&gt;", "Imprint &amp; &lt;co&gt;", "data-brand"):
        assert text in shown
    assert "#aa2255" in (await preview(client, room_name, name="preview.css", draft=draft)).text
    assert "#aa2255" not in (await preview(client, room_name, name="preview.css")).text
    assert (await ask("GET", f"{ROOMS}/{room_name}")).json()["version"] == 1


async def test_a_scheme_is_applied_whatever_the_device_has(
    client: httpx.AsyncClient, make_room: MakeRoom, room_name: str
) -> None:
    """The style asks no more for the device's scheme: the one that is wanted holds, the other never does."""
    await make_room()
    for scheme in ("light", "dark"):
        style = (await preview(client, room_name, name="preview.css", scheme=scheme)).text
        assert "prefers-color-scheme" not in style
        assert f":root{{color-scheme:{scheme}}}" in style
        assert ("@media all" in style) == (scheme == "dark")
        assert ("@media not all" in style) == (scheme == "light")


@pytest.mark.parametrize(("query", "field"), WRONG)
async def test_what_cannot_be_previewed(
    client: httpx.AsyncClient, make_room: MakeRoom, room_name: str, query: dict[str, str], field: str
) -> None:
    """What does not exist, or could not be saved, is refused by name."""
    await make_room()
    refused = await preview(client, room_name, **query)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


async def test_the_logo_in_force(client: httpx.AsyncClient, make_room: MakeRoom, room_name: str, ask: Ask) -> None:
    """A viewer gets the picture as it was uploaded, and the preview shows it; without one there is nothing."""
    await make_room()
    address = f"{ROOMS}/{room_name}/logo"
    assert (await ask("GET", address, role="viewer")).status_code == 404
    await ask("PUT", address, content=PNG)
    shown = await client.get(address, headers=VIEWER)
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert f'src="{address}"' in (await preview(client, room_name)).text
