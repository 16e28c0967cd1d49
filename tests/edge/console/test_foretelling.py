"""Foretelling by the API: the room as it is beside what is supposed; nothing is changed."""

import pytest
from starlette.applications import Starlette

from edge.console.foretelling import Foretelling
from tests.edge.console.conftest import ROOMS, Ask, MakeRoom
from tests.factories import some_fans
from waitroom.queue import Queue


async def test_a_faster_rate(ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue) -> None:
    """Twice the rate halves the wait of who is last, and the room stays as it is."""
    made = await make_room(new_users_per_minute=60, total_active_users=100_000)
    await ask("POST", f"{ROOMS}/{room_name}/pause", json={})
    await console_queue.join(room_name, [(fan, 0) for fan in some_fans(240)])
    await console_queue.advance(room_name, interval_us=0)
    told = (
        await ask("POST", f"{ROOMS}/{room_name}/foretell", role="viewer", json={"new_users_per_minute": 120})
    ).json()
    now, then = told["now"], told["then"]
    assert (now["bound"], then["bound"], told["assumed"]["waiting"]) == ("rate", "rate", 240)
    assert then["last_waits_seconds"] == pytest.approx(now["last_waits_seconds"] / 2, abs=5)
    assert (now["new_users_per_minute"], then["new_users_per_minute"]) == (60, 120)
    room = (await ask("GET", f"{ROOMS}/{room_name}")).json()
    assert (room["version"], room["new_users_per_minute"]) == (made["version"] + 1, 60)


async def test_a_low_ceiling_binds(ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue) -> None:
    """A ceiling that is too low is named as what holds the line back, and 0 as a tap that is shut."""
    await make_room(new_users_per_minute=600, total_active_users=100_000)
    await ask("POST", f"{ROOMS}/{room_name}/pause", json={})
    await console_queue.join(room_name, [(fan, 0) for fan in some_fans(400)])
    await console_queue.advance(room_name, interval_us=0)
    for ceiling, bound in ((20, "ceiling"), (0, "shut")):
        body = {"total_active_users": ceiling}
        told = (await ask("POST", f"{ROOMS}/{room_name}/foretell", role="viewer", json=body)).json()
        assert (told["now"]["bound"], told["then"]["bound"]) == ("rate", bound)
    assert told["then"]["last_waits_seconds"] is None


async def test_a_cut_stays(ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue) -> None:
    """While the governor has slowed the room, what is supposed is slowed as well, and so is the plan."""
    step = {"at": "2099-01-01T00:00:00Z", "new_users_per_minute": 100, "total_active_users": 9}
    made = await make_room(new_users_per_minute=100, plan=[step])
    slowed = {"seen_ms": 0, "interval_ms": 0, "factor": 0.5, "why": "latency"}
    await console_queue.govern(room_name, epoch=made["epoch"], **slowed)  # type: ignore[arg-type] # numbers and a text
    await console_queue.advance(room_name, interval_us=0)
    told = (await ask("POST", f"{ROOMS}/{room_name}/foretell", json={"new_users_per_minute": 300})).json()
    rates = [told[which]["new_users_per_minute"] for which in ("now", "then")]
    assert (told["slowed_to"], rates) == (0.5, [50, 150])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"new_users_per_minute": -1}, "new_users_per_minute"),
        ({"total_active_users": 1.5}, "total_active_users"),
        ({"plan": []}, "plan"),
    ],
)
async def test_wrong_fields_are_named(
    ask: Ask, make_room: MakeRoom, room_name: str, body: dict[str, object], field: str
) -> None:
    """Only a rate and a ceiling may be supposed."""
    await make_room()
    response = await ask("POST", f"{ROOMS}/{room_name}/foretell", json=body)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)


async def test_the_room_as_it_is_is_foretold_once(
    ask: Ask, make_room: MakeRoom, room_name: str, console: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a slider is dragged only what is supposed is simulated again, until the room changes."""
    monkeypatch.setattr("edge.console.foretelling.FRESH_SECONDS", 3600.0)
    foretelling: Foretelling = console.state.foretelling
    await make_room()
    for rate in (1, 2):
        await ask("POST", f"{ROOMS}/{room_name}/foretell", json={"new_users_per_minute": rate})
    kept = foretelling._kept[room_name]
    await ask("PATCH", f"{ROOMS}/{room_name}", json={"message": "Soon"})
    await ask("POST", f"{ROOMS}/{room_name}/foretell", json={})
    assert kept[1] != foretelling._kept[room_name][1]
