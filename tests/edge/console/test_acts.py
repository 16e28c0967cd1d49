"""Acts on a running room."""

from tests.edge.console.conftest import ROOMS, Ask, MakeRoom
from waitroom.clock import SystemClock, rfc3339
from waitroom.queue import Drawing, Queue, look_at_room, release_now
from waitroom.settings import Settings

HOUR_MS = 3_600_000
BEACON = {"url": "https://beacon.example", "period_seconds": 30, "genesis_at": "2020-01-01T00:00:00Z"}


def times() -> dict[str, str]:
    """A lobby that opened an hour ago and is released in one."""
    now = SystemClock().now_ms()
    return {"lobby_at": rfc3339(now - HOUR_MS), "release_at": rfc3339(now + HOUR_MS)}


async def test_pause_and_resume(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A paused room goes on when it is resumed, also when it was marked sold out."""
    await make_room(sold_out=True)
    paused = await ask("POST", f"{ROOMS}/{room_name}/pause", role="operator")
    assert (paused.status_code, paused.json()["paused"]) == (200, True)
    resumed = (await ask("POST", f"{ROOMS}/{room_name}/resume", role="operator", json={})).json()
    assert (resumed["paused"], resumed["sold_out"]) == (False, False)


async def test_release_now(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """The lobby is closed and the release is now."""
    await make_room(**times())
    released = (await ask("POST", f"{ROOMS}/{room_name}/release-now")).json()
    assert released["phase"] == "drawing"
    assert released["release_at"] <= released["now"]


async def test_no_release_of_an_open_room(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """What cannot be done is refused with the reason."""
    await make_room()
    refused = await ask("POST", f"{ROOMS}/{room_name}/release-now")
    assert refused.status_code == 422
    assert "no release" in refused.json()["detail"]


async def test_close(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A closed room is over."""
    await make_room(**times())
    assert (await ask("POST", f"{ROOMS}/{room_name}/close")).json()["phase"] == "closed"


async def test_acts_by_who_saw_an_older_version(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """An act may name the version that was seen, and is refused when that is stale."""
    await make_room(**times())
    await ask("PATCH", f"{ROOMS}/{room_name}", json={"message": "Soon"})
    for act in ("pause", "resume", "close", "release-now"):
        stale = await ask("POST", f"{ROOMS}/{room_name}/{act}", json={"version": 1})
        assert (stale.status_code, stale.json()["version"]) == (409, 2), act
    assert (await ask("POST", f"{ROOMS}/{room_name}/pause", json={"version": 2})).status_code == 200


async def test_acts_take_no_other_field(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """An unknown field is named."""
    await make_room()
    response = await ask("POST", f"{ROOMS}/{room_name}/pause", json={"for": "ever"})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "for")


async def begin_draw(queue: Queue, settings: Settings, room: str) -> None:
    """Let the draw of a room with a beacon begin: it waits for that."""
    await release_now(queue, room, who="test")
    await Drawing(queue, settings.key_source(), owner="edge").step(await look_at_room(queue, room))
    await queue.advance(room, interval_us=0)


async def test_drawing_without_the_beacon(
    ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue, console_settings: Settings
) -> None:
    """While the draw waits for its beacon, going on without is set, and logged by who did it; before, it is refused."""
    await make_room(**times(), beacon=BEACON)
    early = await ask("POST", f"{ROOMS}/{room_name}/draw-without-beacon")
    assert (early.status_code, "only while it waits" in early.json()["detail"]) == (422, True)
    await begin_draw(console_queue, console_settings, room_name)
    waived = (await ask("POST", f"{ROOMS}/{room_name}/draw-without-beacon")).json()
    assert waived["beacon_waived"] is True
    assert waived["beacon"]["genesis_at"] == "2020-01-01T00:00:00.000Z"
    newest = (await ask("GET", f"{ROOMS}/{room_name}/changes")).json()["changes"][0]
    assert newest["who"] == "console:anna"
    assert newest["fields"]["beacon_waived"] == {"from": "0", "to": "1"}


async def test_no_beacon_to_waive(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """A room without a beacon has nothing to go on without."""
    await make_room()
    refused = await ask("POST", f"{ROOMS}/{room_name}/draw-without-beacon")
    assert refused.status_code == 422
    assert "no beacon" in refused.json()["detail"]
