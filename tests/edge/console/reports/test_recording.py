"""What the console writes down of rooms, and when it keeps their reports."""

from dataclasses import replace

import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from edge.console.database import ConsoleDatabase
from edge.console.points import Points
from edge.console.reports.desk import ReportDesk
from edge.console.reports.recording import QUIET_MS, SAMPLES_A_REPORT, Recording
from tests.edge.console.conftest import Ask, MakeRoom
from waitroom.database import DatabaseUnavailableError
from waitroom.queue import Queue, Snapshot, look_at_room
from waitroom.queue.lifecycle import close_room

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture(autouse=True)
def _looks_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The console itself looks once, before there is a room."""
    monkeypatch.setattr("edge.console.series.EVERY_SECONDS", 86_400)


@pytest.fixture
def desk(console: Starlette) -> ReportDesk:
    """The console's desk."""
    found: ReportDesk = console.state.report_desk
    return found


@pytest.fixture
def recording(console: Starlette, desk: ReportDesk) -> Recording:
    """A recording that this test alone drives."""
    points: Points = console.state.points
    return Recording(points, desk)


def later(snapshot: Snapshot, *, ms: int) -> Snapshot:
    """The same room, unmoved, at another moment."""
    return replace(snapshot, now_ms=snapshot.now_ms + ms)


async def test_a_quiet_room_leaves_few_samples(
    make_room: MakeRoom, room_name: str, console_queue: Queue, recording: Recording, desk: ReportDesk
) -> None:
    """A room in which nothing moves leaves a sample each five minutes, one that moves each time it is looked at."""
    epoch = (await make_room())["epoch"]
    seen = await look_at_room(console_queue, room_name)
    for ms in (0, 10_000, 20_000, QUIET_MS):
        recording.note(later(seen, ms=ms))
    moved = replace(later(seen, ms=QUIET_MS + 10_000), counts=replace(seen.counts, waiting=1))
    recording.note(moved)
    await recording.flush()
    samples = await desk.samples(room_name, epoch=epoch)
    assert [sample.at_ms - seen.now_ms for sample in samples] == [0, QUIET_MS, QUIET_MS + 10_000]


async def test_a_room_that_ends_keeps_its_report(
    ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue, recording: Recording, desk: ReportDesk
) -> None:
    """The report is kept when the room closes, and some minutes into a lively evening."""
    await make_room()
    recording.note(await look_at_room(console_queue, room_name))
    await recording.keep_reports()
    assert await desk.kept(room_name) is None
    await close_room(console_queue, room_name, who="test")
    await console_queue.advance(room_name, interval_us=0)
    recording.note(await look_at_room(console_queue, room_name))
    await recording.keep_reports()
    kept = await desk.kept(room_name)
    assert kept is not None
    assert kept["report"]["phase"] == "closed"
    assert (await ask("GET", "/v1/admin/reports")).status_code == 200


async def test_a_lively_room_keeps_its_report(
    make_room: MakeRoom, room_name: str, console_queue: Queue, recording: Recording, desk: ReportDesk
) -> None:
    """Each thirty samples the report is kept anew, so that little is lost with a room that nobody saw go."""
    await make_room()
    seen = await look_at_room(console_queue, room_name)
    for number in range(SAMPLES_A_REPORT):
        recording.note(replace(later(seen, ms=number * 10_000), counts=replace(seen.counts, waiting=number)))
    await recording.keep_reports()
    assert await desk.kept(room_name) is not None


async def test_a_room_that_is_gone_is_forgotten(
    make_room: MakeRoom, room_name: str, console_queue: Queue, recording: Recording
) -> None:
    """A report that is due of a room that somebody has deleted meanwhile stops nothing."""
    await make_room()
    seen = await look_at_room(console_queue, room_name)
    for number in range(SAMPLES_A_REPORT):
        recording.note(replace(later(seen, ms=number * 10_000), counts=replace(seen.counts, waiting=number)))
    await console_queue.delete(room_name)
    await recording.keep_reports()
    await recording.flush()


async def test_a_report_that_cannot_be_made_stops_no_other(
    make_room: MakeRoom,
    room_name: str,
    console_queue: Queue,
    recording: Recording,
    desk: ReportDesk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fault of ours in one room's report is logged, and those of the other rooms are kept."""
    await make_room()
    seen = await look_at_room(console_queue, room_name)
    kept: list[str] = []

    async def keep(room: str) -> None:
        kept.append(room)
        if room == "a-first":
            raise ValueError

    monkeypatch.setattr(desk, "keep", keep)
    for room in ("a-first", room_name):
        for number in range(SAMPLES_A_REPORT):
            moved = replace(later(seen, ms=number * 10_000), counts=replace(seen.counts, waiting=number))
            recording.note(replace(moved, room=room))
    for _ in range(2):
        await recording.keep_reports()
    assert kept == ["a-first", room_name]


async def test_a_report_is_due_until_it_is_kept(
    make_room: MakeRoom,
    room_name: str,
    console: Starlette,
    console_queue: Queue,
    recording: Recording,
    desk: ReportDesk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While PostgreSQL is away none is kept, a last one neither; once it is back the report that was due is made."""
    await make_room()
    seen = await look_at_room(console_queue, room_name)
    for number in range(SAMPLES_A_REPORT):
        recording.note(replace(later(seen, ms=number * 10_000), counts=replace(seen.counts, waiting=number)))
    database: ConsoleDatabase = console.state.database
    with monkeypatch.context() as outage, capture_logs() as logs:
        outage.setattr(database, "_pool", ConsoleDatabase(NOWHERE)._pool)
        with pytest.raises(DatabaseUnavailableError):
            await recording.keep_reports()
        await desk.keep_before_end(room_name)
    assert [log["event"] for log in logs if "report" in log["event"]] == ["the last report of a room is not kept"]
    database._rest_until = 0
    assert await desk.kept(room_name) is None
    await recording.keep_reports()
    assert await desk.kept(room_name) is not None


async def test_no_text_stops_a_report(
    make_room: MakeRoom, room_name: str, desk: ReportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What PostgreSQL cannot hold of a text is replaced, so that a room can always be deleted with its report kept."""
    await make_room()

    monkeypatch.setattr("edge.console.reports.desk.make_report", lambda _sources: {"name": "a\0b"})
    await desk.keep_before_end(room_name)
    kept = await desk.kept(room_name)
    assert kept is not None
    assert kept["report"]["name"] == "a\ufffdb"
