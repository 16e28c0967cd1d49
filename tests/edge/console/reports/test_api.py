"""Reports by the console's API, on a real store and a real PostgreSQL."""

import asyncio
import csv
import io
from collections.abc import Awaitable

import pytest
from starlette.applications import Starlette

from edge.console.reports.desk import ReportDesk
from edge.console.reports.recording import Recording
from tests.edge.console.conftest import ROOMS, Ask, Json, MakeRoom
from tests.factories import a_fan, some_fans
from tests.patience import PATIENCE_SECONDS
from waitroom.clock import SystemClock, rfc3339
from waitroom.database import DatabaseUnavailableError
from waitroom.queue import Claimed, Drawing, Queue, look_at_room, release_now
from waitroom.settings import Settings


@pytest.fixture(autouse=True)
def _looks_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples are taken when a test says so: the console itself looks once, before there is a room."""
    monkeypatch.setattr("edge.console.series.EVERY_SECONDS", 86_400)


async def written_down(console: Starlette, room: str) -> None:
    """Take a sample of the room now, and write it."""
    recording: Recording = console.state.recording
    recording.note(await look_at_room(console.state.queue, room))
    await recording.flush()


async def draw_among(count: int, *, queue: Queue, settings: Settings, room: str) -> None:
    """Let so many fans join the lobby, and hold the draw."""
    await queue.join(room, [(fan_id, 0) for fan_id in some_fans(count)])
    await release_now(queue, room, who="test")
    drawing = Drawing(queue, settings.key_source(), owner="edge")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (await look_at_room(queue, room)).is_drawn:
            await drawing.step(await look_at_room(queue, room))
            await asyncio.sleep(0.05)
    drawing.close()


async def an_evening(console: Starlette, queue: Queue, room: str) -> None:
    """Twelve fans join, ten from one network, and one of them goes through the shop."""
    await written_down(console, room)
    epoch = (await look_at_room(queue, room)).epoch
    await queue.networks(room, epoch=epoch, joins={"203.0.113.0/24": 10, "192.0.2.0/24": 2})
    fan = a_fan()
    await queue.join(room, [(fan_id, 0) for fan_id in [fan, *some_fans(11)]])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not isinstance(await queue.claim(room, fan_id=fan), Claimed):
            await queue.advance(room, interval_us=0)
    await queue.enter(room, epoch=epoch, fan_id=fan, session="s")
    await queue.finish(room, epoch=epoch, fan_id=fan)
    await queue.advance(room, interval_us=0)
    await written_down(console, room)


async def test_a_report(
    ask: Ask, make_room: MakeRoom, room_name: str, console: Starlette, console_queue: Queue
) -> None:
    """A viewer reads what was set, what became of the fans, and how it went over time."""
    await make_room(name="The Night", new_users_per_minute=60_000)
    await ask("PATCH", f"{ROOMS}/{room_name}", json={"message": "Soon"})
    await an_evening(console, console_queue, room_name)
    report = (await ask("GET", f"{ROOMS}/{room_name}/report", role="viewer")).json()
    assert (report["name"], report["is_complete"], report["is_deleted"]) == ("The Night", True, False)
    assert (report["fans"]["joined"], report["fans"]["finished"]) == (12, 1)
    assert report["waits"]["turns"] == report["fans"]["given"]
    assert report["networks"]["largest"][0]["network"] == "203.0.113.0/24"
    assert [change["fields"].keys() == {"message"} for change in report["changes"]] == [False, True]
    assert report["settings"]["message"] == "Soon"
    joined = report["timeline"]["columns"].index("joined")
    assert [row[joined] for row in report["timeline"]["rows"]][:1] == [0]
    assert report["timeline"]["rows"][-1][joined] == 12


async def test_exports(ask: Ask, make_room: MakeRoom, room_name: str, console: Starlette, console_queue: Queue) -> None:
    """Timeline and networks are files in CSV, everything is one in JSON; what is asked for decides."""
    await make_room()
    await an_evening(console, console_queue, room_name)
    address = f"{ROOMS}/{room_name}/report"
    for asked in (
        await ask("GET", f"{address}/timeline.csv", role="viewer"),
        await ask("GET", f"{address}?format=csv", role="viewer"),
        await ask("GET", address, role="viewer", headers={"Accept": "text/csv"}),
    ):
        assert asked.headers["content-disposition"] == f'attachment; filename="{room_name}-timeline.csv"'
        lines = list(csv.DictReader(io.StringIO(asked.text)))
        assert [line["joined"] for line in lines] == ["0", "12"]
    networks = (await ask("GET", f"{address}/networks.csv", role="viewer")).text
    assert networks.splitlines()[1].startswith("203.0.113.0/24,10,")
    whole = await ask("GET", f"{address}?format=file", role="viewer")
    assert whole.headers["content-disposition"].endswith('-report.json"')
    assert whole.json()["fans"]["joined"] == 12


async def test_a_deleted_room_keeps_its_report(
    ask: Ask, make_room: MakeRoom, room_name: str, console: Starlette, console_queue: Queue
) -> None:
    """Who deletes a room keeps what it was; a new room of the name has its own, and both stand in the list."""
    made = await make_room(name="First")
    await an_evening(console, console_queue, room_name)
    assert (await ask("DELETE", f"{ROOMS}/{room_name}")).status_code == 204
    address = f"{ROOMS}/{room_name}/report"
    kept = (await ask("GET", address, role="viewer")).json()
    assert (kept["name"], kept["is_deleted"], kept["fans"]["joined"]) == ("First", True, 12)
    timeline = await ask("GET", f"{address}/timeline.csv", role="viewer")
    assert len(timeline.text.splitlines()) == 3
    await make_room(name="Second")
    assert (await ask("GET", address)).json()["name"] == "Second"
    assert (await ask("GET", f"{address}?epoch={made['epoch']}")).json()["name"] == "First"
    listed = (await ask("GET", "/v1/admin/reports", role="viewer")).json()["reports"]
    assert [(each["name"], each["joined"]) for each in listed if each["room"] == room_name] == [("First", 12)]
    assert (await ask("GET", f"{address}?epoch=another")).status_code == 404


async def test_without_postgresql(
    ask: Ask, make_room: MakeRoom, room_name: str, console: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While PostgreSQL is away a report says that it is not complete, and samples wait."""
    await make_room()
    recording: Recording = console.state.recording
    desk: ReportDesk = console.state.report_desk

    def away(*_args: object, **_options: object) -> Awaitable[None]:
        raise DatabaseUnavailableError("away")

    with monkeypatch.context() as patch:
        for verb in ("add", "read"):
            patch.setattr(console.state.points, verb, away)
        recording.note(await look_at_room(console.state.queue, room_name))
        with pytest.raises(DatabaseUnavailableError):
            await recording.flush()
        report: Json = (await ask("GET", f"{ROOMS}/{room_name}/report")).json()
        assert report["is_complete"] is False
        with pytest.raises(DatabaseUnavailableError):
            await desk.keep(room_name)
    assert await desk.kept(room_name) is None
    await recording.flush()
    assert len(await desk.samples(room_name, epoch=report["epoch"])) == 1


async def test_the_draw_is_verified(
    ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue, console_settings: Settings
) -> None:
    """The console verifies a draw from the whole list, names the check that fails, and says the command."""
    now_ms = SystemClock().now_ms()
    await make_room(lobby_at=rfc3339(now_ms - 1000), release_at=rfc3339(now_ms + 3_600_000))
    address = f"{ROOMS}/{room_name}/verify-draw"
    assert (await ask("POST", address, role="viewer")).json()["type"] == "/problems/not-yet"
    await draw_among(50, queue=console_queue, settings=console_settings, room=room_name)
    held = (await ask("POST", address, role="viewer")).json()
    assert held == {"holds": True, "entrants": 50, "failed_check": None, "detail": None}
    draw = (await ask("GET", f"{ROOMS}/{room_name}/report")).json()["draw"]
    assert draw["is_made"] is True
    assert draw["command"].endswith(f"/v1/rooms/{room_name}/draw --expect-commitment {draw['commitment']}")


async def test_a_draw_that_was_tampered_with(
    ask: Ask, make_room: MakeRoom, room_name: str, console: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list with an entrant too many does not hold, and the check is named."""
    monkeypatch.setattr("edge.console.reports.drawn.MOST_ENTRANTS", 10)
    now_ms = SystemClock().now_ms()
    await make_room(lobby_at=rfc3339(now_ms - 1000), release_at=rfc3339(now_ms + 3_600_000))
    queue: Queue = console.state.queue
    await draw_among(20, queue=queue, settings=console.state.settings, room=room_name)
    address = f"{ROOMS}/{room_name}/verify-draw"
    assert (await ask("POST", address)).json()["type"] == "/problems/draw-too-large"
    monkeypatch.setattr("edge.console.reports.drawn.MOST_ENTRANTS", 100)
    real = queue.packed_entrants

    async def tampered(room: str, *, index: int) -> bytes:
        packed = await real(room, index=index)
        return packed[:-17]

    monkeypatch.setattr(queue, "packed_entrants", tampered)
    told = (await ask("POST", address)).json()
    assert (told["holds"], told["failed_check"]) == (False, "count")
