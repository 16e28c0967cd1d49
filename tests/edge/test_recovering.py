"""What an edge keeps of its rooms, and what it does when the store has lost one."""

import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from edge.kept_rooms import KeptRooms
from edge.recovering import Recovering
from tests.factories import ARoom, Clock
from tests.waitroom.queue.losses import lose
from waitroom.clock import SystemClock
from waitroom.errors import RoomMissingError
from waitroom.metrics import EdgeMetrics
from waitroom.queue import Queue, Snapshot

MakeRecovering = Callable[..., Recovering]


@pytest.fixture
def metrics() -> EdgeMetrics:
    """What this test's edges count."""
    return EdgeMetrics()


@pytest.fixture
def an_edge(queue: Queue, tmp_path: Path, metrics: EdgeMetrics) -> MakeRecovering:
    """Make what an edge keeps, in a folder of its own or another's."""

    def make(folder: Path = tmp_path) -> Recovering:
        return Recovering(queue, KeptRooms(folder), metrics=metrics, clock=SystemClock())

    return make


@pytest.fixture
async def store(valkey_url: str) -> AsyncIterator[Redis]:
    """The keys of this worker's Valkey."""
    client = Redis.from_url(valkey_url)
    yield client
    await client.aclose()


@pytest.fixture
async def room(queue: Queue, room_name: str) -> ARoom:
    """A room without times on the clock that edges use."""
    return await ARoom.open(queue, room_name, clock=Clock(now_us=time.time_ns() // 1000))


async def look(edge: Recovering, room: ARoom) -> Snapshot:
    """Let an edge look at the room now."""
    advanced = await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)
    snapshot = Snapshot.parse(room.name, advanced.snapshot)
    await edge.look(snapshot)
    return snapshot


def restored(metrics: EdgeMetrics, room: ARoom) -> float:
    """How often an edge put the room back."""
    return metrics.registry.get_sample_value("waitroom_rooms_restored_total", {"room": room.name}) or 0


async def test_a_lost_room_is_put_back(
    an_edge: MakeRecovering, room: ARoom, store: Redis, metrics: EdgeMetrics
) -> None:
    """An edge that has seen the room puts it back, and counts that; a second one finds it there."""
    one, other = an_edge(), an_edge()
    for edge in (one, other):
        await look(edge, room)
    await lose(store, room)
    for edge in (one, other):
        assert edge.rooms() == {room.name}
        await edge.restore(room.name)
    assert restored(metrics, room) == 1
    assert (await look(one, room)).epoch == room.epoch


async def test_a_room_that_nobody_kept(an_edge: MakeRecovering, room: ARoom, store: Redis) -> None:
    """An edge that never saw the room leaves it lost."""
    await lose(store, room)
    await an_edge().restore(room.name)
    with pytest.raises(RoomMissingError):
        await room.queue.advance(room.name, interval_us=0)


async def test_from_disk(an_edge: MakeRecovering, room: ARoom, store: Redis) -> None:
    """What one run of an edge wrote, the next one keeps."""
    before = an_edge()
    await look(before, room)
    await before.write()
    await lose(store, room)
    after = an_edge()
    await after.load()
    assert after.rooms() == {room.name}
    await after.restore(room.name)
    assert (await look(after, room)).epoch == room.epoch


async def test_a_deleted_room_is_forgotten(an_edge: MakeRecovering, room: ARoom, tmp_path: Path) -> None:
    """In memory and on disk."""
    edge = an_edge()
    await look(edge, room)
    await edge.write()
    await room.queue.delete(room.name)
    await edge.restore(room.name)
    assert edge.rooms() == set()
    assert KeptRooms(tmp_path).read(now_ms=0) == []


async def test_the_later_edge_wins(an_edge: MakeRecovering, room: ARoom, store: Redis, tmp_path: Path) -> None:
    """An edge that finds the room put back from less than it knows offers its own, and stays with it."""
    older, newer = an_edge(tmp_path / "older"), an_edge(tmp_path / "newer")
    await look(older, room)
    await room.change(name="Changed")
    await room.active_fan()
    known = await look(newer, room)
    await lose(store, room)
    await older.restore(room.name)
    assert (await look(older, room)).version == 1
    await look(newer, room)
    after = await look(newer, room)
    assert (after.version, after.settings.name, after.watermark) == (2, "Changed", known.watermark)
    await look(older, room)
    await lose(store, room)
    await older.restore(room.name)
    assert (await look(older, room)).version == 2


async def test_what_stands_is_taken_as_it_is(an_edge: MakeRecovering, room: ARoom, store: Redis) -> None:
    """After a failover that lost a second the store's word counts: only an empty store is filled."""
    edge = an_edge()
    await room.active_fan()
    await look(edge, room)
    await store.hdel(f"wr:{{{room.name}}}:meter", "watermark", "snapshot")
    assert (await look(edge, room)).watermark is None
    await lose(store, room)
    await edge.restore(room.name)
    assert (await look(edge, room)).watermark is None


async def test_a_write_is_worth_its_while(
    an_edge: MakeRecovering, room: ARoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed setting is written at once; a line that moves, now and then."""
    monkeypatch.setattr("edge.recovering.WRITE_SECONDS", 3600)
    edge, disk = an_edge(), KeptRooms(tmp_path)
    await look(edge, room)
    await edge.write()
    await room.active_fan()
    await look(edge, room)
    await edge.write()
    assert disk.read(now_ms=0)[0].watermark is None
    await room.change(name="Changed")
    await look(edge, room)
    await edge.write()
    (kept,) = disk.read(now_ms=0)
    assert (kept.fields["name"], kept.watermark is None) == ("Changed", False)


async def test_without_a_disk_memory_goes_on(
    an_edge: MakeRecovering, room: ARoom, store: Redis, metrics: EdgeMetrics
) -> None:
    """A folder that cannot be written costs the memory over a restart, is told once and counted each time."""
    edge = an_edge(Path(os.devnull))
    await edge.load()
    await look(edge, room)
    with capture_logs() as logs:
        for _ in range(3):
            await edge.write()
    assert [entry["log_level"] for entry in logs] == ["error"]
    assert metrics.registry.get_sample_value("waitroom_state_writes_failed_total") == 3
    await lose(store, room)
    await edge.restore(room.name)
    assert (await look(edge, room)).epoch == room.epoch
