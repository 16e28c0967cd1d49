"""What servers refuse, and whether that is an outage or a mistake of ours; each make has its own words."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from tests.factories import ARoom, a_fan
from tests.stores import Make, StoreServer, program_of, until
from tests.waitroom.queue.races import break_script
from waitroom.errors import QueueUnavailableError, ScriptFailedError, StoreRefusedError
from waitroom.queue import Queue

MAKES = [Make.REDIS_6, pytest.param(Make.REDIS_7, marks=pytest.mark.redis), Make.VALKEY_9]
BROKEN = [
    "local x = nil; return { x.y }",
    "return redis.call('NOSUCH', KEYS[1])",
    "return redis.call('SADD', KEYS[1], 'x')",
]


@pytest.fixture(params=MAKES)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreServer]:
    """A server of each make, which a test may break."""
    make: Make = request.param
    with StoreServer(tmp_path / make, program=program_of(make)) as server:
        yield server


@pytest.fixture
async def room(server: StoreServer) -> AsyncIterator[ARoom]:
    """A room on it."""
    queue = Queue.connect(server.url)
    yield await ARoom.open(queue, "night")
    await queue.close()


async def test_no_replica_will_have_it(server: StoreServer, room: ARoom) -> None:
    """NOREPLICAS: a primary that is cut off takes nothing, and says so."""
    server.ask("CONFIG", "SET", "min-replicas-to-write", 1)
    await assert_away(room, "NOREPLICAS|Not enough good replicas")
    server.ask("CONFIG", "SET", "min-replicas-to-write", 0)
    await room.join(a_fan())


async def test_a_replica(server: StoreServer, room: ARoom) -> None:
    """READONLY: who was the primary is none any more."""
    server.ask("REPLICAOF", "127.0.0.1", 1)
    await assert_away(room, "read only replica")


async def test_a_replica_without_its_primary(server: StoreServer, room: ARoom) -> None:
    """MASTERDOWN: a replica that may not serve old data."""
    server.ask("CONFIG", "SET", "replica-serve-stale-data", "no")
    server.ask("REPLICAOF", "127.0.0.1", 1)
    await assert_away(room, "(?i)link with (master|primary) is down|MASTERDOWN")


async def test_full_memory(server: StoreServer, room: ARoom) -> None:
    """OOM: nobody is taken in, and nothing is half done."""
    fan = a_fan()
    server.ask("CONFIG", "SET", "maxmemory", 1)
    await assert_away(room, "maxmemory", fan=fan)
    server.ask("CONFIG", "SET", "maxmemory", 0)
    assert await room.state(fan) == "unknown"


async def test_a_full_disk(server: StoreServer, room: ARoom) -> None:
    """MISCONF: the server cannot save, and takes no more."""
    server.ask("CONFIG", "SET", "save", "3600 1")
    shutil.rmtree(server.folder / "data")
    server.ask("BGSAVE")
    await asyncio.to_thread(until, lambda: server.client().info("persistence")["rdb_last_bgsave_status"] == "err")
    await assert_away(room, "(?i)snapshot|MISCONF")
    # It would not end before it has saved.
    server.kill()


async def test_somebody_elses_script(server: StoreServer, room: ARoom) -> None:
    """BUSY: a script that does not end is in the way."""
    server.ask("CONFIG", "SET", "lua-time-limit", 10)
    endless = asyncio.create_task(asyncio.to_thread(_run_for_ever, server))
    await asyncio.to_thread(until, lambda: _is_busy(server))
    await assert_away(room, "BUSY|no answer")
    server.ask("SCRIPT", "KILL")
    await endless
    await asyncio.to_thread(until, lambda: bool(server.ask("PING")))


@pytest.mark.parametrize("text", BROKEN, ids=["Lua", "command", "type"])
async def test_a_broken_script(server: StoreServer, room: ARoom, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in a script is no outage: it has a name of its own, is told once each time, and opens no circuit."""
    told: list[str] = []
    queue = Queue.connect(server.url, on_script_failed=told.append)
    break_script(monkeypatch, "claim", text)
    for _ in range(9):
        with pytest.raises(ScriptFailedError, match="claim"):
            await queue.claim(room.name, fan_id="f")
    assert told == ["claim"] * 9
    assert queue.open_circuits == 0
    await queue.close()


async def test_a_command_that_is_wrong(server: StoreServer, room: ARoom) -> None:
    """Also beside the scripts a mistake is no outage."""
    server.ask("SET", "wr:rooms", "no set")
    with pytest.raises(StoreRefusedError, match="WRONGTYPE"):
        await room.queue.rooms()


async def assert_away(room: ARoom, words: str, *, fan: str | None = None) -> None:
    """A join is put off as an outage, with the server's own words."""
    with pytest.raises(QueueUnavailableError, match=words):
        await room.join(fan or a_fan())


def _is_busy(server: StoreServer) -> bool:
    try:
        return not server.ask("PING")
    except RedisError as refused:
        return "BUSY" in str(refused)


def _run_for_ever(server: StoreServer) -> None:
    with pytest.raises(RedisError):
        server.ask("EVAL", "while true do end", 0)
