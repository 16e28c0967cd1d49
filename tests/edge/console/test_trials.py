"""A room's plan tried dry by the API."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.edge.console.conftest import ROOMS, Ask, Json, MakeRoom
from tests.factories import some_fans
from waitroom.clock import SystemClock, rfc3339
from waitroom.queue import Queue

PROMPT = {"no_show": 0, "claim_seconds": 0}


async def tried(ask: Ask, room: str, **body: Any) -> Json:  # Any: JSON values
    """The outcome of a trial."""
    response = await ask("POST", f"{ROOMS}/{room}/simulate", role="viewer", json=body)
    assert response.status_code == 200, response.text
    outcome: Json = response.json()
    return outcome


async def test_the_room_s_own_settings(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """Without settings the room's own are tried: 900 fans at 600 a minute take one and a half."""
    await make_room()
    outcome = await tried(ask, room_name, crowd={"lobby": 900} | PROMPT)
    assert outcome["drain_seconds"] == pytest.approx(90, abs=2)
    assert outcome["waits"]["p50"] == pytest.approx(45, abs=2)


async def test_supposed_settings(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """Other settings are tried without touching the room."""
    made = await make_room()
    supposed = {"new_users_per_minute": 1200, "total_active_users": 9000}
    outcome = await tried(ask, room_name, settings=supposed, crowd={"lobby": 1200} | PROMPT)
    assert outcome["drain_seconds"] == pytest.approx(60, abs=2)
    assert (await ask("GET", f"{ROOMS}/{room_name}")).json()["version"] == made["version"]


async def test_a_supposed_plan(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A plan is counted from the release of the room."""
    release = SystemClock().now_ms() + 3_600_000
    await make_room(release_at=rfc3339(release))
    plan = [
        {"at": rfc3339(release + minutes * 60_000), "new_users_per_minute": rate, "total_active_users": 5000}
        for minutes, rate in ((0, 60), (5, 6000))
    ]
    outcome = await tried(ask, room_name, settings={"plan": plan}, crowd={"lobby": 900} | PROMPT)
    assert outcome["drain_seconds"] == pytest.approx(306, abs=3)


async def test_the_fans_who_are_there(ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue) -> None:
    """Unless told otherwise the crowd is those who wait, and later ones come as supposed."""
    await make_room(new_users_per_minute=0)
    await console_queue.join(room_name, [(fan, 0) for fan in some_fans(7)])
    await console_queue.advance(room_name, interval_us=0)
    body = {"settings": {"new_users_per_minute": 600}, "crowd": {"arrivals": [[0, 60], [60, 60]]} | PROMPT}
    assert (await tried(ask, room_name, **body))["fans"] == 67


async def test_as_text_and_as_a_picture(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """The Accept header asks for text or for a picture."""
    await make_room()
    address = f"{ROOMS}/{room_name}/simulate"
    text = await ask("POST", address, json={}, headers={"Accept": "text/plain"})
    assert "the line is empty after" in text.text
    picture = await ask("POST", address, json={}, headers={"Accept": "image/svg+xml"})
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert ET.fromstring(picture.text).get("role") == "img"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"crowd": {"no_show": 2}}, "crowd.no_show"),
        ({"crowd": {"nonsense": 2}}, "crowd.nonsense"),
        ({"settings": {"claim_minutes": 0}}, "claim_minutes"),
        ({"settings": {"nonsense": 0}}, "nonsense"),
        ({"hours": 1000}, "hours"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
async def test_what_cannot_be_tried(
    ask: Ask, make_room: MakeRoom, room_name: str, body: dict[str, Any], field: str
) -> None:
    """A wrong supposition is named."""
    await make_room()
    response = await ask("POST", f"{ROOMS}/{room_name}/simulate", json=body)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)
