"""What is measured in a room of one size: seconds of single calls, rates of pipelines, bytes, and the curve's error."""

import gzip
import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.benchmarks.queue.filling import Room, pack_join, some_fan_ids
from loadtests.benchmarks.queue.wire import Spent, Wire, in_batches, pack, pack_script
from waitroom.places import place_from_curve
from waitroom.queue import Document, Snapshot
from waitroom.queue.keys import Keys

JOIN_BATCH = 100
JOIN_FANS = 5_000
JOIN_ROUNDS = 5
NEWCOMERS_TIER = 1
INTERVAL_US = 200_000
CALLS = 400
WARM_UP = 10
CLAIMS = 1_000
GZIP_LEVEL = 6


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Milliseconds that half of the calls, and 99 of 100, stayed under: by the clock, and of the store's processor."""

    p50_ms: float
    p99_ms: float
    cpu_p50_ms: float
    cpu_p99_ms: float

    @classmethod
    def of(cls, calls: Sequence[Spent]) -> "Latency":
        """Read it off single calls."""
        seconds, cpu = sorted(call.seconds for call in calls), sorted(call.cpu_seconds for call in calls)
        half, most = len(calls) // 2, int(0.99 * len(calls))
        return cls(
            p50_ms=1000 * seconds[half],
            p99_ms=1000 * seconds[most],
            cpu_p50_ms=1000 * cpu[half],
            cpu_p99_ms=1000 * cpu[most],
        )


@dataclass(frozen=True, kw_only=True)
class JoinRate:
    """Joins a second that the store takes in batches, and the ratio to the bare script's, round by round.

    Both are told by the clock and by the store's own processor time.
    """

    per_second: float
    per_cpu_second: float
    share_of_bare: float
    cpu_share_of_bare: float


@dataclass(frozen=True, kw_only=True)
class CurveError:
    """How far places read from the curve lie off, as shares of the true rank; and the snapshot's size."""

    worst: float
    p99: float
    snapshot_bytes: int
    gzip_bytes: int


def measure_joins(wire: Wire, room: Room) -> JoinRate:
    """Let newcomers join by turns through `join` and the bare script, in batches, into the same line."""
    rounds = []
    for _ in range(JOIN_ROUNDS):
        bare = wire.drain(_bare_joins(wire, room))
        wire.call("ZREMRANGEBYSCORE", room.waiting, 8 * 10**15, "+inf")
        joined = wire.drain(_joins(room))
        wire.call("ZREMRANGEBYRANK", room.waiting, -JOIN_FANS, -1)
        rounds.append((joined, bare))
    return JoinRate(
        per_second=JOIN_FANS / statistics.median(ours.seconds for ours, _ in rounds),
        per_cpu_second=JOIN_FANS / (statistics.median(ours.cpu_seconds for ours, _ in rounds) or math.inf),
        share_of_bare=statistics.median(bare.seconds / ours.seconds for ours, bare in rounds),
        cpu_share_of_bare=statistics.median(bare.cpu_seconds / (ours.cpu_seconds or 1) for ours, bare in rounds),
    )


def _joins(room: Room) -> list[bytes]:
    batches = in_batches(some_fan_ids(JOIN_FANS), JOIN_BATCH)
    return [pack_join(room, [(fan_id, NEWCOMERS_TIER) for fan_id in fans]) for fans in batches]


def _bare_joins(wire: Wire, room: Room) -> list[bytes]:
    counter = f"{room.waiting}:bare"
    batches = in_batches(some_fan_ids(JOIN_FANS), JOIN_BATCH)
    return [pack("EVALSHA", wire.bare_sha, 2, counter, room.waiting, *fans) for fans in batches]


def measure_advance(wire: Wire, room: Room, *, turns: int, calls: int = CALLS) -> Latency:
    """Advance every 200 ms of the room's clock, where each call gives so many turns, or none."""
    _set_rate(wire, room, turns=turns)
    spent = []
    for number in range(calls + WARM_UP):
        room.now_us += INTERVAL_US
        reply, lasted = wire.timed(pack_script("advance", room.name, INTERVAL_US, now_us=room.now_us))
        if number >= WARM_UP:
            spent.append(lasted)
            if reply[0] != b"advanced" or abs(int(reply[2]) - turns) > 1:
                raise ValueError(f"a call gave {int(reply[2])} turns instead of {turns}")
    return Latency.of(spent)


def _set_rate(wire: Wire, room: Room, *, turns: int) -> None:
    # Straight into the room's hash: the clock of this room is not the one of whoever sets a rate by hand.
    per_minute = turns * 60_000_000 // INTERVAL_US
    wire.call("HSET", Keys(room.name).part("room"), "new_users_per_minute", per_minute)


def measure_curve(wire: Wire, room: Room) -> CurveError:
    """Read places of fans all along the line off a fresh snapshot, and compare them with their ranks."""
    room.now_us += INTERVAL_US
    reply = wire.call("HGET", room.meter, "snapshot")
    snapshot = Snapshot.parse(room.name, reply.decode())
    errors = sorted(_errors(wire, room, snapshot))
    body = Document.of(snapshot).body
    return CurveError(
        worst=errors[-1],
        p99=errors[int(0.99 * len(errors))],
        snapshot_bytes=len(body),
        gzip_bytes=len(gzip.compress(body, GZIP_LEVEL)),
    )


def _errors(wire: Wire, room: Room, snapshot: Snapshot) -> list[float]:
    waiting = int(wire.call("ZCARD", room.waiting))
    dice = random.Random(waiting)  # noqa: S311 - a sample, not a secret
    evenly = [dice.randrange(waiting) for _ in range(1500)]
    ahead_of_few = [int(waiting ** dice.random()) - 1 for _ in range(1500)]
    errors = []
    for rank in {*evenly, *ahead_of_few}:
        _, score = wire.call("ZRANGE", room.waiting, rank, rank, "WITHSCORES")
        place = place_from_curve(snapshot.curve, int(float(score)), waiting)
        if place is None:
            raise ValueError(f"the curve does not tell the place of rank {rank}")
        errors.append(abs(place.ahead - rank) / max(1, rank))
    return errors


def measure_claims(wire: Wire, room: Room) -> tuple[Latency, float]:
    """Claim turns one by one, then in a pipeline; returns the seconds of one and how many a second."""
    fans = wire.call("ZRANGE", Keys(room.name).part("admitted"), 0, 2 * CLAIMS - 1)
    if len(fans) < 2 * CLAIMS:
        raise ValueError(f"only {len(fans)} fans have a turn to claim")
    packed = [pack_script("claim", room.name, fan_id, now_us=room.now_us) for fan_id in fans]
    spent = []
    for command in packed[:CLAIMS]:
        reply, lasted = wire.timed(command)
        if reply[0] != b"claimed":
            raise ValueError(f"a claim was answered with {reply}")
        spent.append(lasted)
    return Latency.of(spent), CLAIMS / wire.drain(packed[CLAIMS:], window=32).seconds


def measure_standing(wire: Wire, room: Room) -> Latency:
    """Ask how it stands with fans all along the line, one at a time."""
    waiting = int(wire.call("ZCARD", room.waiting))
    dice = random.Random(waiting)  # noqa: S311 - as above
    ranks = [dice.randrange(waiting) for _ in range(CALLS)]
    fans = [wire.call("ZRANGE", room.waiting, rank, rank)[0] for rank in ranks]
    return Latency.of([wire.timed(pack_script("standing", room.name, fan_id))[1] for fan_id in fans])
