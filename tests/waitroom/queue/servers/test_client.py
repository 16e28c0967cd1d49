"""The client on a store that is stopped and goes on, closes its connections, or moves: bounded, and soon well again."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.factories import ARoom, a_fan
from tests.patience import PATIENCE_SECONDS
from tests.stores import StoreServer, until
from waitroom.errors import QueueUnavailableError, RoomMissingError
from waitroom.queue import Queue
from waitroom.queue.servers import circuit, client
from waitroom.queue.servers.circuit import FAILURES_TO_OPEN, FIRST_PAUSE_SECONDS, JITTER, Circuit
from waitroom.queue.servers.client import key_of
from waitroom.queue.servers.server import MOST_CONNECTIONS

ANSWER_SECONDS = 0.2
CALLERS = 100
FROZEN_SECONDS = 2.5


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StoreServer]:
    """A server that a test may stop."""
    with StoreServer(tmp_path / "server") as server:
        yield server
        server.thaw()


@pytest.fixture
async def queue(server: StoreServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Queue]:
    """The queue on it, with little patience."""
    monkeypatch.setattr(client, "ANSWER_SECONDS", ANSWER_SECONDS)
    queue = Queue.connect(server.url)
    yield queue
    await queue.close()


async def call_until(queue: Queue, is_enough: Callable[[], bool], fates: Counter[str]) -> None:
    """Call over and over, and count what became of it: `timed out` cost the caller its patience."""
    while not is_enough():
        try:
            await queue.claim("nowhere", fan_id="f")
        except RoomMissingError:
            fates["answered"] += 1
        except QueueUnavailableError as away:
            fates["spared" if away.__cause__ is None else "timed out"] += 1
        await asyncio.sleep(0.01)


async def hammer(queue: Queue, *, fate: str, times: int, seconds: float = 0) -> Counter[str]:
    """Let many callers call for some time at least, and until so many have met one fate."""
    fates: Counter[str] = Counter()
    end = time.monotonic() + seconds
    is_enough = lambda: time.monotonic() >= end and fates[fate] >= times  # noqa: E731 - a name for what all callers ask
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(call_until(queue, is_enough, fates) for _ in range(CALLERS)))
    return fates


async def test_a_stopped_store_is_spared(server: StoreServer, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of thousands of calls to a store that hangs, the first round and some probes wait; all others fail at once."""
    server.freeze()
    began = time.monotonic()
    fates = await hammer(queue, fate="spared", times=40 * CALLERS, seconds=FROZEN_SECONDS)
    assert queue.open_circuits == 1
    probes = (time.monotonic() - began) / (FIRST_PAUSE_SECONDS * (1 - JITTER))
    assert FAILURES_TO_OPEN <= fates["timed out"] <= CALLERS + probes
    assert fates["spared"] > 10 * fates["timed out"]
    assert fates["answered"] == 0

    server.thaw()
    monkeypatch.setattr(client, "ANSWER_SECONDS", 10.0)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await call_until(queue, lambda: not queue.open_circuits, fates)
    after = await hammer(queue, fate="answered", times=10 * CALLERS)
    assert after.keys() == {"answered"}
    assert server.client().info("clients")["connected_clients"] <= MOST_CONNECTIONS + 1


async def test_without_the_circuit_all_wait(server: StoreServer, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """The circuit it is that spares: without it every call waits for its time-out."""
    monkeypatch.setattr(Circuit, "is_open", False)
    server.freeze()
    fates = await hammer(queue, fate="timed out", times=3 * CALLERS)
    assert fates["timed out"] >= 3 * CALLERS
    assert fates["spared"] == 0


async def test_a_spared_store_says_when(server: StoreServer, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason that `/readyz` shows names the failures and when the next call goes."""
    monkeypatch.setattr(circuit, "FIRST_PAUSE_SECONDS", 60.0)
    monkeypatch.setattr(circuit, "LONGEST_PAUSE_SECONDS", 60.0)
    server.freeze()
    for _ in range(FAILURES_TO_OPEN):
        with pytest.raises(QueueUnavailableError, match=r"no answer within 0\.2 s"):
            await queue.rooms()
    with pytest.raises(QueueUnavailableError, match=r"failed 5 times in a row; it is tried again in \d\d\.\d s"):
        await queue.rooms()


async def test_a_probe_may_find_the_scripts_gone(server: StoreServer, queue: Queue) -> None:
    """A store that was restarted is well: the probe that finds no script sends the text, and closes the circuit."""
    room = await ARoom.open(queue, "night")
    server.kill()
    for _ in range(FAILURES_TO_OPEN):
        with pytest.raises(QueueUnavailableError):
            await room.join(a_fan())
    server.restart()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while queue.open_circuits:
            try:
                await queue.claim("night", fan_id="f")
            except (QueueUnavailableError, RoomMissingError):
                await asyncio.sleep(0.02)
    assert queue.open_circuits == 0


async def test_a_write_is_never_sent_twice(server: StoreServer, queue: Queue) -> None:
    """A call whose answer is lost is not repeated by the client: its caller decides."""
    await queue.rooms()
    server.freeze()
    with pytest.raises(QueueUnavailableError):
        await queue._client.sadd("counted", "once")
    server.thaw()
    await asyncio.to_thread(until, lambda: calls_of_sadd(server) > 0)
    assert calls_of_sadd(server) == 1


def calls_of_sadd(server: StoreServer) -> int:
    """How often the server was told to add to a set."""
    return int(server.ask("INFO", "commandstats")["cmdstat_sadd"]["calls"])


def test_the_key_of_a_command() -> None:
    """Scripts name their keys after the count; all else begins with its key."""
    assert key_of(("EVALSHA", "sha", 2, "wr:{r}:room", "wr:{r}:meter", "x")) == "wr:{r}:room"
    assert key_of(("SADD", "wr:rooms", "r")) == "wr:rooms"
    assert key_of(("PING",)) == ""
