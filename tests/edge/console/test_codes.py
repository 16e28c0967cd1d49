"""Presale codes by the console's API."""

from typing import Any

import pytest

from tests.edge.console.conftest import ROOMS, Ask, MakeRoom
from waitroom.queue import Queue, count_codes


async def test_random_codes(ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue) -> None:
    """So many different codes are told, and stand in the room with their tier and uses."""
    await make_room(codes="required")
    response = await ask("POST", f"{ROOMS}/{room_name}/codes", json={"count": 30, "tier": 2, "uses": 3})
    assert response.status_code == 201
    assert len(set(response.json()["codes"])) == response.json()["new"] == 30
    assert await count_codes(console_queue, room_name) == {(2, 3): 30}


async def test_words_of_one_s_own(ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue) -> None:
    """Words are kept and not told back; one that is there stays as it is."""
    await make_room(codes="optional")
    body = {"words": ["SUMMER NIGHT", "WINTER NIGHT"], "uses": None}
    for new in (2, 0):
        told = (await ask("POST", f"{ROOMS}/{room_name}/codes", json=body)).json()
        assert told == {"codes": None, "new": new, "tier": 0, "uses": None}
    assert await count_codes(console_queue, room_name) == {(0, None): 2}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"count": 1, "words": ["SUMMER NIGHT"]},
        {"count": 0},
        {"words": ["short"]},
        {"count": 1, "tier": 8},
        {"count": 1, "uses": 10**9 + 1},
    ],
)
async def test_what_is_no_code(ask: Ask, make_room: MakeRoom, room_name: str, body: dict[str, Any]) -> None:
    """Neither or both, too few, too short, no such tier: refused."""
    await make_room()
    assert (await ask("POST", f"{ROOMS}/{room_name}/codes", json=body)).status_code == 422


async def test_what_there_is(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A viewer sees how many codes there are by tier and uses left, those without a limit last, and no code."""
    await make_room(codes="optional")
    for body in ({"count": 3, "tier": 1}, {"count": 2, "uses": 5}, {"words": ["SUMMER NIGHT"], "uses": None}):
        await ask("POST", f"{ROOMS}/{room_name}/codes", json=body)
    told = (await ask("GET", f"{ROOMS}/{room_name}/codes", role="viewer")).json()
    assert told == {
        "room": room_name,
        "policy": "optional",
        "codes": [
            {"tier": 0, "uses_left": 5, "count": 2},
            {"tier": 0, "uses_left": None, "count": 1},
            {"tier": 1, "uses_left": 1, "count": 3},
        ],
    }
