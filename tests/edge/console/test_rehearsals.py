"""Crowds of ours by the console's API."""

import asyncio

import pytest

from tests.edge.console.conftest import ROOMS, Ask, Json, MakeRoom
from tests.patience import PATIENCE_SECONDS
from waitroom.queue import Queue, look_at_room

QUICK = {"fans": 30, "over_minutes": 0, "claim_seconds": 0, "shop_minutes": 0, "no_show": 0, "seats": 100}


async def ended(ask: Ask, address: str) -> Json:
    """The crowd as soon as it walks no more."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            crowd: Json = (await ask("GET", address, role="viewer")).json()["crowd"]
            if crowd["status"] != "running":
                return crowd
            await asyncio.sleep(0.05)


async def test_a_rehearsal_from_start_to_end(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A crowd is started, walks through the room by itself, and everybody of it is told of."""
    made = await make_room(rehearsal=True, new_users_per_minute=60_000)
    assert made["rehearsal"] is True
    address = f"{ROOMS}/{room_name}/rehearsal"
    assert (await ask("GET", address, role="viewer")).json()["crowd"] is None
    started = await ask("POST", address, role="operator", json=QUICK)
    assert (started.status_code, started.json()["crowd"]["fans"]) == (201, 30)
    crowd = await ended(ask, address)
    assert (crowd["status"], crowd["bought"], crowd["seats_left"]) == ("finished", 30, 40)
    # The room's numbers are those of its last look, which may lie a moment back.
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await ask("GET", f"{ROOMS}/{room_name}")).json()["totals"]["finished"] != 30:
            await asyncio.sleep(0.05)
    again = await ask("POST", address, role="operator", json=QUICK)
    assert again.status_code == 201
    await ended(ask, address)


async def test_real_rooms_have_no_crowd(ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue) -> None:
    """A room that is no rehearsal is refused, cannot become one, and sees no ghost."""
    await make_room()
    refused = await ask("POST", f"{ROOMS}/{room_name}/rehearsal", json=QUICK)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-a-rehearsal")
    changed = await ask("PATCH", f"{ROOMS}/{room_name}", json={"rehearsal": True})
    assert (changed.status_code, changed.json()["errors"][0]["field"]) == (422, "rehearsal")
    assert (await look_at_room(console_queue, room_name)).totals["joined"] == 0


async def test_one_crowd_a_room(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A second crowd waits until the first is stopped, which gives back all that it had."""
    await make_room(rehearsal=True, total_active_users=3)
    address = f"{ROOMS}/{room_name}/rehearsal"
    await ask("POST", address, json=QUICK | {"shop_minutes": 60})
    second = await ask("POST", address, json=QUICK)
    assert (second.status_code, second.json()["type"]) == (409, "/problems/rehearsal-running")
    assert (await ask("DELETE", address, role="operator")).status_code == 204
    assert (await ask("GET", address)).json()["crowd"]["status"] == "stopped"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await ask("GET", f"{ROOMS}/{room_name}")).json()["active"]:
            await asyncio.sleep(0.05)
    assert (await ask("DELETE", address, role="operator")).status_code == 204


@pytest.mark.parametrize(("wrong", "field"), [({"fans": 20_001}, "fans"), ({"fans": "9"}, "fans"), ({"x": 1}, "x")])
async def test_crowds_that_cannot_be(ask: Ask, make_room: MakeRoom, room_name: str, wrong: Json, field: str) -> None:
    """A wrong crowd is refused by the name of its field."""
    await make_room(rehearsal=True)
    refused = await ask("POST", f"{ROOMS}/{room_name}/rehearsal", json=wrong)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
