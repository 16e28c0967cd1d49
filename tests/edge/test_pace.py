"""How soon an edge looks at a room again."""

from dataclasses import replace

from edge.pace import BUSY, BUSY_SECONDS, QUIET_SECONDS, Pace, next_pace
from waitroom.queue import Queue, Snapshot, create_room
from waitroom.queue.draw import random_fan_id
from waitroom.queue.snapshot import Counts
from waitroom.rooms import Phase, RoomSettings
from waitroom.tokens import KeyRing

RING = KeyRing.parse("test:" + "k" * 48)
NOW_MS = 1_800_000_000_000
EMPTY = Counts(lobby=0, waiting=0, admitted=0, active=0)


async def a_snapshot(queue: Queue, room: str, **settings: object) -> Snapshot:
    """A fresh room as its first look sees it."""
    await create_room(queue, RING, room, RoomSettings.model_validate(settings), who="test", now_us=NOW_MS * 1000)
    text = (await queue.advance(room, interval_us=0, now_us=NOW_MS * 1000)).snapshot
    await queue.delete(room)
    return Snapshot.parse(room, text)


def settled(snapshot: Snapshot, *, looks: int = 50) -> Pace:
    """The pace after so many looks that saw the same."""
    pace = BUSY
    for _ in range(looks):
        pace = next_pace(pace, before=snapshot, now=snapshot)
    return pace


async def test_a_quiet_room_is_looked_at_ever_less_often(queue: Queue, room_name: str) -> None:
    """While nothing happens the pace grows to two seconds, and another edge's advance of the last second will do."""
    quiet = await a_snapshot(queue, room_name)
    assert BUSY_SECONDS < next_pace(BUSY, before=quiet, now=quiet).seconds < QUIET_SECONDS
    assert settled(quiet) == Pace(seconds=QUIET_SECONDS)
    assert settled(quiet).interval_us == 1_000_000
    assert BUSY.interval_us == 200_000


async def test_any_change_makes_it_busy(queue: Queue, room_name: str) -> None:
    """A new version, phase, count, total or time of recovery makes a room busy; the time alone does not."""
    quiet = await a_snapshot(queue, room_name)
    pace = settled(quiet)
    assert next_pace(pace, before=quiet, now=replace(quiet, now_ms=NOW_MS + 1)) != BUSY
    changes = [
        replace(quiet, version=quiet.version + 1),
        replace(quiet, phase=Phase.CLOSED),
        replace(quiet, counts=replace(EMPTY, active=1)),
        replace(quiet, totals=quiet.totals | {"left": 1}),
        replace(quiet, recovering_until_ms=NOW_MS + 90_000),
    ]
    assert [next_pace(pace, before=quiet, now=changed) for changed in changes] == [BUSY] * len(changes)
    assert next_pace(pace, before=None, now=quiet) == BUSY


async def test_a_room_that_moves_is_busy(queue: Queue, room_name: str) -> None:
    """Fans in line, turns that may lapse and a draw keep the pace of a busy room, changed or not; a pause does not."""
    quiet = await a_snapshot(queue, room_name)
    for counts in (replace(EMPTY, waiting=1), replace(EMPTY, admitted=1)):
        assert settled(replace(quiet, counts=counts)) == BUSY
    paused = replace(quiet, counts=replace(EMPTY, waiting=1), settings=quiet.settings.changed({"paused": True}))
    assert settled(paused) != BUSY
    assert settled(replace(quiet, phase=Phase.DRAWING, is_frozen=True, is_drawn=False)) == BUSY


async def test_no_moment_of_the_timetable_is_slept_over(queue: Queue, room_name: str) -> None:
    """The closer the release, the sooner the next look: at the moment itself the room is busy."""
    release_at = NOW_MS + 3_000
    scheduled = await a_snapshot(queue, room_name, lobby_at=NOW_MS - 1000, release_at=release_at)
    now_ms, pace = NOW_MS, Pace(seconds=QUIET_SECONDS)
    while now_ms < release_at:
        pace = next_pace(pace, before=scheduled, now=replace(scheduled, now_ms=now_ms))
        now_ms += round(pace.seconds * 1000)
    assert now_ms - release_at <= BUSY_SECONDS * 1000


async def test_a_join_wakes_the_room(queue: Queue, room_name: str) -> None:
    """After a join through this edge the room is busy at once, though no look has seen the fan yet."""
    from tests.edge.test_advancing import an_advancing  # noqa: PLC0415 - shared by two files

    await create_room(queue, RING, room_name, RoomSettings(), who="test")
    advancing, _ = an_advancing(queue, RING)
    for _ in range(12):
        await advancing._advance(room_name)
    assert advancing._pace(room_name).seconds > BUSY_SECONDS
    advancing.wake(room_name)
    assert advancing._pace(room_name) == BUSY
    await queue.join(room_name, [(random_fan_id(), 0)])
    await queue.delete(room_name)
