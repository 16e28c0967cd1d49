"""Many rooms: what five hundred of them, in which nothing happens, cost the store and each edge a second."""

import asyncio
import logging
import multiprocessing
import os
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from edge.advancing import Advancing
from edge.boards import Boards
from edge.kept_rooms import KeptRooms
from edge.moved import Moved
from edge.outage import Outage
from edge.pace import QUIET_SECONDS
from edge.recovering import Recovering
from loadtests.benchmarks.cores import cpu_seconds
from loadtests.benchmarks.queue.wire import Wire
from waitroom.clock import SystemClock
from waitroom.embedded import EmbeddedValkey
from waitroom.metrics import EdgeMetrics
from waitroom.queue import Drawing, Queue, create_room
from waitroom.rooms import RoomSettings
from waitroom.tokens import KeyRing

ROOMS = 500
EDGES = 20
EDGES_RUN = 4
"""Edges that are run at once; the store's cost is told for `EDGES`, in proportion: each looks for itself."""
SETTLE_SECONDS = 12.0
SECONDS = 10.0
HOUR_MS = 3_600_000


@dataclass(frozen=True, kw_only=True)
class ManyRooms:
    """Processor seconds a second, of one edge and of the store under all edges, and the calls that it gets.

    Fewer calls than `wanted_per_second` mean that this machine could not run the edges at their pace.
    """

    rooms: int
    edges: int
    edge_cpu: float
    store_cpu: float
    calls_per_second: float
    wanted_per_second: float


def measure_many_rooms(valkey: EmbeddedValkey, keys: KeyRing, *, rooms: int = ROOMS) -> ManyRooms:
    """Make the rooms, let some edges look at them for a while, and see what that takes."""
    asyncio.run(_make(valkey.url, keys, rooms))
    context = multiprocessing.get_context("spawn")
    edges = [context.Process(target=_look, args=(valkey.url, keys.keys[0].secret)) for _ in range(EDGES_RUN)]
    for edge in edges:
        edge.start()
    time.sleep(SETTLE_SECONDS)
    pids = [edge.pid for edge in edges if edge.pid is not None]
    with Wire(valkey) as wire:
        began, calls, store = time.monotonic(), _calls(wire), cpu_seconds(valkey.pid) or 0.0
        busy = sum(cpu_seconds(pid) or 0.0 for pid in pids)
        time.sleep(SECONDS)
        lasted, made = time.monotonic() - began, _calls(wire) - calls
        took = ((cpu_seconds(valkey.pid) or 0.0) - store) / lasted
        edge_cpu = (sum(cpu_seconds(pid) or 0.0 for pid in pids) - busy) / lasted / EDGES_RUN
        for edge in edges:
            edge.terminate()
            edge.join()
        wire.call("FLUSHALL", "SYNC")
    times = EDGES / EDGES_RUN
    return ManyRooms(
        rooms=rooms,
        edges=EDGES,
        edge_cpu=edge_cpu,
        store_cpu=took * times,
        calls_per_second=made / lasted * times,
        wanted_per_second=rooms * EDGES / QUIET_SECONDS,
    )


def _calls(wire: Wire) -> float:
    line: str = wire.call("INFO", "commandstats").decode()
    found = next((each for each in line.split() if each.startswith("cmdstat_evalsha:")), "calls=0,")
    return float(found.partition("calls=")[2].partition(",")[0])


async def _make(url: str, keys: KeyRing, rooms: int) -> None:
    # Half of the rooms are open and idle, half wait for an evening that is some hours away.
    queue = Queue.connect(url)
    release_at = round(time.time() * 1000) + 6 * HOUR_MS
    for number in range(rooms):
        times = {"lobby_at": release_at - HOUR_MS, "release_at": release_at} if number % 2 else {}
        await create_room(queue, keys, f"many-{number}", RoomSettings.model_validate(times), who="bench")
    await queue.close()


def _look(url: str, secret: bytes) -> None:
    # On a machine that is busy otherwise an edge finds the store away now and then: that shows in the calls.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(_advance(url, KeyRing.parse(f"bench:{secret.decode()}")))


async def _advance(url: str, keys: KeyRing) -> None:
    queue = Queue.connect(url)
    metrics = EdgeMetrics()
    recovering = Recovering(queue, KeptRooms(Path(os.devnull)), metrics=metrics, clock=SystemClock())
    boards = Boards()
    outage = Outage(boards, clock=SystemClock(), metrics=metrics)
    drawing = Drawing(queue, keys, owner="bench")
    await Advancing(queue, drawing, boards, metrics, recovering, outage, Moved(queue)).run()
