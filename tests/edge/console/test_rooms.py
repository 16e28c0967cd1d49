"""Rooms by the console's API."""

import asyncio
from typing import Any

import pytest

from tests.edge.console.conftest import ROOMS, Ask, MakeRoom
from waitroom.queue import Queue, look_at_room

WRONG: list[tuple[dict[str, Any], str]] = [  # Any: JSON values
    ({"new_users_per_minute": -1}, "new_users_per_minute"),
    ({"new_users_per_minute": "600"}, "new_users_per_minute"),
    ({"total_active_users": 1.5}, "total_active_users"),
    ({"nonsense": 1}, "nonsense"),
    ({"paused": True}, "paused"),
    ({"beacon_waived": True}, "beacon_waived"),
    ({"message": "x" * 501}, "message"),
    ({"release_at": "tomorrow"}, "release_at"),
    ({"release_at": "2027-01-15T08:00:00"}, "release_at"),
    ({"release_at": 1_800_000_000_000}, "release_at"),
    ({"release_at": "0001-01-01T00:00:00Z"}, "release_at"),
    ({"lobby_at": "2027-01-15T08:00:00Z"}, "body"),
    ({"plan": [{"at": "2027-01-15T08:00:00Z", "new_users_per_minute": 1}]}, "plan.0.total_active_users"),
    ({"plan": [{"at": "soon", "new_users_per_minute": 1, "total_active_users": 1}]}, "plan"),
    ({"plan": ["+5m:1:1"]}, "plan.0"),
    ({"plan": "+5m:1:1"}, "plan"),
    ({"outage_policy": "panic"}, "outage_policy"),
]


async def test_making_and_looking(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A made room has what was said, the defaults beside it, and stands in the list; times come back in UTC."""
    plan = [{"at": "2027-01-15T10:00:00+01:00", "new_users_per_minute": 1200, "total_active_users": 3000}]
    made = await make_room(
        name="The Night", lobby_at="2027-01-15T08:00:00Z", release_at="2027-01-15T08:30:00.5Z", plan=plan
    )
    assert (made["room"], made["version"], made["phase"], made["name"]) == (room_name, 1, "scheduled", "The Night")
    assert made["release_at"] == "2027-01-15T08:30:00.500Z"
    assert made["plan"] == [
        {"at": "2027-01-15T09:00:00.000Z", "new_users_per_minute": 1200, "total_active_users": 3000}
    ]
    assert made["new_users_per_minute"] == made["in_force"]["new_users_per_minute"] == 600
    shown = (await ask("GET", f"{ROOMS}/{room_name}", role="viewer")).json()
    assert shown | {"now": 0} == made | {"now": 0}
    listed = (await ask("GET", ROOMS, role="viewer")).json()["rooms"]
    assert room_name in {room["room"] for room in listed}


async def test_where_a_room_is(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """The address of a new room is told, and a second of its name is refused."""
    await make_room()
    again = await ask("POST", ROOMS, json={"room": room_name})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/room-exists")


@pytest.mark.parametrize("name", ["", "Arena", "a b", "-a", "a" * 65])
async def test_names_that_no_room_has(ask: Ask, name: str) -> None:
    """What cannot name a room is refused, naming the field."""
    response = await ask("POST", ROOMS, json={"room": name})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "room")


@pytest.mark.parametrize(("wrong", "field"), WRONG)
async def test_settings_that_cannot_be(
    ask: Ask, make_room: MakeRoom, room_name: str, wrong: dict[str, Any], field: str
) -> None:
    """A wrong setting is named, and neither makes nor changes a room."""
    made = await ask("POST", ROOMS, json={"room": room_name} | wrong)
    assert (made.status_code, made.json()["errors"][0]["field"]) == (422, field)
    assert (await ask("GET", f"{ROOMS}/{room_name}")).status_code == 404
    await make_room()
    changed = await ask("PATCH", f"{ROOMS}/{room_name}", json=wrong)
    assert (changed.status_code, changed.json()["errors"][0]["field"]) == (422, field)
    assert (await ask("GET", f"{ROOMS}/{room_name}")).json()["version"] == 1


async def test_changing(ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue) -> None:
    """A change takes effect at once, what is not named stays, and the log names the key."""
    await make_room(message="Soon")
    changed = (await ask("PATCH", f"{ROOMS}/{room_name}", role="operator", json={"new_users_per_minute": 90.5})).json()
    assert (changed["version"], changed["new_users_per_minute"], changed["message"]) == (2, 90.5, "Soon")
    assert changed["in_force"] == {
        "new_users_per_minute": 90.5,
        "planned_per_minute": 90.5,
        "total_active_users": 1000,
        "by": "console:olga",
    }
    assert (await console_queue.changes(room_name))[0]["who"] == "console:olga"
    assert (await look_at_room(console_queue, room_name)).settings.new_users_per_minute == 90.5


async def test_optimistic_locking(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """Of two who saw the same version one wins, and the other is told the version in force."""
    await make_room()
    address = f"{ROOMS}/{room_name}"
    bodies = [{"version": 1, "message": text} for text in ("one", "two")]
    answers = await asyncio.gather(*(ask("PATCH", address, json=body) for body in bodies))
    lost = next(answer for answer in answers if answer.status_code == 409)
    won = next(answer for answer in answers if answer.status_code == 200)
    assert (lost.json()["type"], lost.json()["version"]) == ("/problems/room-changed", 2)
    assert (await ask("GET", address)).json()["message"] == won.json()["message"]


async def test_what_was_seen_before_a_change_changes_nothing(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """However long ago the other one saved: who saw the version before is refused, and who names none is not."""
    await make_room()
    address = f"{ROOMS}/{room_name}"
    assert (await ask("PATCH", address, json={"version": 1, "message": "one"})).status_code == 200
    stale = await ask("PATCH", address, json={"version": 1, "new_users_per_minute": 7})
    assert (stale.status_code, stale.json()["version"]) == (409, 2)
    assert (await ask("PATCH", address, json={"message": "two"})).json()["new_users_per_minute"] == 600


async def test_a_plan_is_changed_and_taken_away(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A plan is set as a whole; its step that has come is in force, and by its number."""
    await make_room()
    steps = [{"at": "2020-01-01T00:00:00Z", "new_users_per_minute": 42, "total_active_users": 43}]
    # What was set by hand when the room was made is older than any plan.
    planned = (await ask("PATCH", f"{ROOMS}/{room_name}", json={"plan": steps})).json()
    assert planned["in_force"]["by"] == "plan 1"
    assert planned["in_force"]["total_active_users"] == 43
    bare = (await ask("PATCH", f"{ROOMS}/{room_name}", json={"plan": []})).json()
    assert (bare["plan"], bare["in_force"]["new_users_per_minute"]) == ([], 600)


async def test_the_beacon_s_rule_is_fixed(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A beacon is chosen when the room is made, and by nobody afterwards."""
    await make_room()
    response = await ask("PATCH", f"{ROOMS}/{room_name}", json={"beacon": None})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "beacon")


async def test_what_the_room_s_state_forbids(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A room whose line is open gets no lobby, and the answer says why."""
    await make_room()
    response = await ask("PATCH", f"{ROOMS}/{room_name}", json={"release_at": "2099-01-01T00:00:00Z"})
    assert response.status_code == 422
    assert "open" in response.json()["detail"]


async def test_deleting(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A deleted room is gone, and cannot be deleted again."""
    await make_room()
    assert (await ask("DELETE", f"{ROOMS}/{room_name}")).status_code == 204
    for method in ("GET", "DELETE"):
        missing = await ask(method, f"{ROOMS}/{room_name}")
        assert (missing.status_code, missing.json()["type"]) == (404, "/problems/room-missing")


@pytest.mark.parametrize("name", ["nowhere", "No Room", "%7Bx%7D"])
async def test_rooms_that_do_not_exist(ask: Ask, name: str) -> None:
    """A name that no room has, or can have, is a room that is missing."""
    assert (await ask("GET", f"{ROOMS}/{name}")).json()["type"] == "/problems/room-missing"


@pytest.mark.parametrize(("content", "status"), [(b"{", 400), (b"[1]", 400), (b" " * 70_000, 413)])
async def test_bad_bodies(ask: Ask, make_room: MakeRoom, room_name: str, content: bytes, status: int) -> None:
    """A body that is no JSON object, or too large, is refused."""
    await make_room()
    for method, path in (("PATCH", f"{ROOMS}/{room_name}"), ("POST", ROOMS), ("POST", f"{ROOMS}/{room_name}/pause")):
        assert (await ask(method, path, content=content)).status_code == status
