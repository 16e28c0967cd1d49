"""The pages of a room before its evening: who sees them, and what they begin with."""

import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

from tests.edge.console.conftest import ROOMS, SECRETS, Ask, MakeRoom

FUTURE = {"lobby_at": "2099-01-15T18:00:00Z", "release_at": "2099-01-15T18:30:00Z"}
PAGES = ("edit", "plan", "codes")


async def look(client: httpx.AsyncClient, path: str, *, role: str = "viewer") -> httpx.Response:
    """A page as the holder of a key sees it."""
    return await client.get(path, headers={"Authorization": f"Bearer {SECRETS[role]}"})


def data_of(page: httpx.Response) -> dict[str, Any]:  # Any: JSON values
    """What the page's script begins with."""
    found = re.search(r'id="form-data">(.*?)</script>', page.text, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(unescape(found[1]))  # Any: as above
    return data


@pytest.mark.parametrize("name", PAGES)
async def test_pages_of_a_room(client: httpx.AsyncClient, make_room: MakeRoom, room_name: str, name: str) -> None:
    """Each page shows the room to a viewer, leads strangers to the sign-in, and says when there is no such room."""
    await make_room(name="The <Long> Night", **FUTURE)
    shown = await look(client, f"/rooms/{room_name}/{name}")
    assert shown.status_code == 200
    assert "The &lt;Long&gt; Night" in shown.text
    assert shown.headers["cache-control"] == "private, no-store"
    stranger = await client.get(f"/rooms/{room_name}/{name}")
    assert (stranger.status_code, stranger.headers["location"]) == (303, f"/sign-in?next=/rooms/{room_name}/{name}")
    assert (await look(client, f"/rooms/nowhere/{name}")).status_code == 404


async def test_a_new_room_s_form(client: httpx.AsyncClient, make_room: MakeRoom, room_name: str) -> None:
    """It begins with defaults, or with another room's settings, but not with what happened to that one."""
    fresh = data_of(await look(client, "/rooms/new", role="admin"))
    assert (fresh["mode"], fresh["settings"]["new_users_per_minute"]) == ("new", 600)
    await make_room(session_minutes=7, **FUTURE)
    headers = {"Authorization": f"Bearer {SECRETS['admin']}"}
    await client.post(f"{ROOMS}/{room_name}/pause", json={}, headers=headers)
    copied = data_of(await look(client, f"/rooms/new?from={room_name}", role="admin"))
    assert (copied["copied"], copied["settings"]["session_minutes"]) == (room_name, 7)
    assert copied["settings"]["paused"] is False
    for missing in ("nowhere", "No%20Name"):
        assert (await look(client, f"/rooms/new?from={missing}", role="admin")).status_code == 404


async def test_what_stays_as_it_is(client: httpx.AsyncClient, make_room: MakeRoom, room_name: str, ask: Ask) -> None:
    """The reason why a setting is fixed follows from the room's state."""
    await make_room(**FUTURE)
    scheduled = (await look(client, f"/rooms/{room_name}/edit")).text
    assert "The lobby has opened" not in scheduled
    await ask("POST", f"{ROOMS}/{room_name}/release-now", json={})
    await ask("GET", f"{ROOMS}/{room_name}")
    released = (await look(client, f"/rooms/{room_name}/edit")).text
    assert "no clock opens it again" in released


async def test_the_form_s_address_is_no_room(ask: Ask) -> None:
    """A room called `new` would hide the form, so it is refused by name."""
    refused = await ask("POST", ROOMS, json={"room": "new"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "room")
