"""The live screen's call."""

import pytest

from tests.edge.console.conftest import ROOMS, Ask, MakeRoom
from tests.factories import some_fans
from waitroom.queue import HealthReport, Queue


async def test_the_first_look_has_everything(
    ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue
) -> None:
    """The first look has the room, its figures, a point, the checkouts' reports and the change log."""
    await make_room(new_users_per_minute=0)
    await console_queue.join(room_name, [(fan, 0) for fan in some_fans(3)])
    report = HealthReport(reporter="c", latency_ms=80.3, requests=9, errors=1, in_use=2, pool=5, seats_left=70)
    await console_queue.health(room_name, report=report)
    await console_queue.advance(room_name, interval_us=0)
    told = (await ask("GET", f"{ROOMS}/{room_name}/live", role="viewer")).json()
    point = dict(zip(told["columns"], told["points"][-1], strict=True))
    assert (told["room"]["waiting"], point["waiting"], point["seats_left"]) == (3, 3, 70)
    assert told["until"] == point["at_ms"]
    assert [(each["who"], each["version"]) for each in told["changes"]] == [("console:anna", 1)]
    assert told["checkouts"][0] | {"at": ""} == {
        "at": "", "latency_ms": 80.3, "requests": 9, "errors": 1, "in_use": 2, "pool": 5,
    }  # fmt: skip
    assert (told["draw"]["entrants"], told["draw"]["waits_for_beacon"]) == (None, False)


async def test_the_next_look_has_what_is_new(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A later look has only what came since: no old points, and the change that somebody made, also as a mark."""
    await make_room()
    first = (await ask("GET", f"{ROOMS}/{room_name}/live", role="viewer")).json()
    await ask("POST", f"{ROOMS}/{room_name}/pause", role="operator", json={})
    since = {"since": max(first["until"], 1)}
    told = (await ask("GET", f"{ROOMS}/{room_name}/live", role="viewer", params=since)).json()
    assert all(point[0] > first["until"] for point in told["points"])
    assert told["room"]["paused"] is True
    assert [(each["kind"], each["who"]) for each in told["happenings"]] == [("paused", "console:olga")]


@pytest.mark.parametrize("since", ["-1", "x", "1" * 16, "²"])
async def test_since_is_a_moment(ask: Ask, make_room: MakeRoom, room_name: str, since: str) -> None:
    """What is no moment is refused by name."""
    await make_room()
    response = await ask("GET", f"{ROOMS}/{room_name}/live", params={"since": since})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "since")
