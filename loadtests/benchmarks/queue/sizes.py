"""One size after the other: fill a room, measure everything in it, delete it."""

import asyncio
import sys
from dataclasses import dataclass

from loadtests.benchmarks.cores import cpu_seconds
from loadtests.benchmarks.queue import measures
from loadtests.benchmarks.queue.filling import START_US, Room, fill
from loadtests.benchmarks.queue.measures import CurveError, JoinRate, Latency
from loadtests.benchmarks.queue.wire import Wire
from waitroom.embedded import EmbeddedValkey
from waitroom.queue import Queue, create_room
from waitroom.rooms import RoomSettings
from waitroom.tokens import KeySource

TURNS, MOST_TURNS = 10, 500
"""Turns a call: those of 3,000 a minute, and the most that one call gives."""
MEBIBYTE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class SizeRow:
    """Everything that was measured with so many fans in the line."""

    fans: int
    join: JoinRate
    bytes_a_fan: float
    room_mebibytes: float
    idle: Latency
    giving: Latency
    giving_most: Latency
    curve: CurveError
    claim: Latency
    claims_per_second: float
    standing: Latency
    fill_cpu_seconds: float | None


def measure_size(valkey: EmbeddedValkey, keys: KeySource, *, fans: int) -> SizeRow:
    """Measure one size in a room of its own."""
    room = Room(name=f"bench-{fans}", fans=fans)
    asyncio.run(_make(valkey.url, keys, room))
    with Wire(valkey) as wire:
        before, busy = wire.info("memory", "used_memory"), cpu_seconds(valkey.pid)
        fill(wire, room, tell=lambda done: _tell(fans, done))
        memory, filled = wire.info("memory", "used_memory") - before, cpu_seconds(valkey.pid)
        idle = measures.measure_advance(wire, room, turns=0)
        curve = measures.measure_curve(wire, room)
        standing = measures.measure_standing(wire, room)
        join = measures.measure_joins(wire, room)
        giving = measures.measure_advance(wire, room, turns=TURNS)
        claim, claims_per_second = measures.measure_claims(wire, room)
        most = min(MOST_TURNS, fans // 200)
        giving_most = measures.measure_advance(wire, room, turns=most, calls=50)
        wire.call("FLUSHALL", "SYNC")
    return SizeRow(
        fans=fans,
        join=join,
        bytes_a_fan=memory / fans,
        room_mebibytes=memory / MEBIBYTE,
        idle=idle,
        giving=giving,
        giving_most=giving_most,
        curve=curve,
        claim=claim,
        claims_per_second=claims_per_second,
        standing=standing,
        fill_cpu_seconds=None if busy is None or filled is None else filled - busy,
    )


async def _make(url: str, keys: KeySource, room: Room) -> None:
    queue = Queue.connect(url)
    settings = RoomSettings(new_users_per_minute=0, total_active_users=10_000_000)
    await create_room(queue, keys, room.name, settings, who="bench", now_us=START_US)
    await queue.close()


def _tell(fans: int, done: int) -> None:
    sys.stderr.write(f"\r{fans:,} fans: {done / fans:.0%} in the line ")
    sys.stderr.flush()
