"""Filling: a line of so many fans, drawn ones first and then those who came later, as the scripts write them."""

import base64
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from loadtests.benchmarks.queue.wire import Wire, in_batches, pack, pack_script
from waitroom.queue.keys import Keys
from waitroom.queue.scores import ARRIVALS, TIER

START_US = 1_800_000_000_000_000
DRAWN_SHARE = 0.7
FIRST_TIER_SHARE = 0.05
BATCH, BATCH_WRITTEN = 500, 5_000
"""Fans a command, that joins and that writes directly."""
JOINED_AT_MOST = 300_000
"""Arrivals up to this number come by `join`; more are written directly, with the scores that `join` would give."""
GAP_US = 40
"""Mean time between two arrivals: 25,000 a second."""

Tell = Callable[[int], None]


@dataclass(kw_only=True)
class Room:
    """A room under measurement and the moment of its clock."""

    name: str
    fans: int
    now_us: int = START_US

    @property
    def waiting(self) -> str:
        """The key of the line."""
        return Keys(self.name).part("waiting")

    @property
    def meter(self) -> str:
        """The key of the meter."""
        return Keys(self.name).part("meter")


def some_fan_ids(count: int) -> list[bytes]:
    """Make fan ids in bulk: 22 letters each, of which the last carries two bits."""
    letters = base64.urlsafe_b64encode(os.urandom(18 * count))
    return [letters[at : at + 21] + b"A" for at in range(0, 24 * count, 24)]


def fill(wire: Wire, room: Room, *, tell: Tell) -> None:
    """Put the room's fans into its line: seven of ten as `draw` does, the others as `join` does."""
    dice = random.Random(room.fans)  # noqa: S311 - a crowd, not a secret
    drawn = round(room.fans * DRAWN_SHARE)
    done = 0
    for _ in wire.pipeline(_draws(room, drawn, dice)):
        done = min(done + BATCH_WRITTEN, drawn)
        tell(done)
    arrivals = room.fans - drawn
    is_joined = arrivals <= JOINED_AT_MOST
    for _ in wire.pipeline(_joins(room, arrivals, dice) if is_joined else _arrivals(wire, room, arrivals, dice)):
        done = min(done + (BATCH if is_joined else BATCH_WRITTEN), room.fans)
        tell(done)
    if not is_joined:
        wire.call("HINCRBY", room.meter, "joined", arrivals)
        wire.call("HSET", room.meter, "last_arrival_us", room.now_us - START_US)


def _draws(room: Room, count: int, dice: random.Random) -> Iterator[bytes]:
    for first in range(0, count, BATCH_WRITTEN):
        fans = some_fan_ids(min(BATCH_WRITTEN, count - first))
        values: list[bytes | int] = []
        for fan_id in fans:
            values += (_tier(dice) * TIER + dice.getrandbits(48), fan_id)
        yield pack("ZADD", room.waiting, *values)


def _joins(room: Room, count: int, dice: random.Random) -> Iterator[bytes]:
    for fans in in_batches(some_fan_ids(count), BATCH):
        room.now_us += round(BATCH * GAP_US * dice.expovariate(1))
        yield pack_join(room, [(fan_id, _tier(dice)) for fan_id in fans])


def _arrivals(wire: Wire, room: Room, count: int, dice: random.Random) -> Iterator[bytes]:
    # The frozen_at_us of a room without a release is the moment of its making, START_US.
    if int(wire.call("HGET", room.meter, "frozen_at_us")) != START_US:
        raise ValueError("the room was not made at the start of its clock")
    for first in range(0, count, BATCH_WRITTEN):
        values: list[bytes | int] = []
        for fan_id in some_fan_ids(min(BATCH_WRITTEN, count - first)):
            room.now_us += 1 + int(GAP_US * dice.expovariate(1))
            values += (_tier(dice) * TIER + ARRIVALS + room.now_us - START_US, fan_id)
        yield pack("ZADD", room.waiting, *values)


def pack_join(room: Room, fans: list[tuple[bytes, int]]) -> bytes:
    """Write one call of `join` at the room's moment."""
    triples = [value for fan_id, tier in fans for value in (fan_id, tier, b"")]
    return pack_script("join", room.name, *triples, now_us=room.now_us)


def _tier(dice: random.Random) -> int:
    return 0 if dice.random() < FIRST_TIER_SHARE else 1
