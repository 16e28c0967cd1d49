"""Drawing: drives a room from its freeze to the drawn line, for about a second a call.

Any edge may call it at any moment, and go on where another stopped: the scripts keep the progress.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from waitroom.beacon import BeaconRule, BeaconValue
from waitroom.queue.draw import commitment_to, derive_draw_key, derive_seed
from waitroom.queue.gathering import Gathering
from waitroom.queue.moving import Moving
from waitroom.queue.results import Frozen, Gathered, Pinned
from waitroom.queue.snapshot import Snapshot
from waitroom.queue.store import Queue
from waitroom.queue.workers import Workers
from waitroom.tokens import KeySource

STEP_SECONDS = 1.0
"""Then the room's snapshot is due again."""


@dataclass(frozen=True)
class SeedMissing:
    """The ring lacks the key that the room's seed comes from; this edge cannot draw."""

    key_id: str


class Beacons(Protocol):
    """Where a draw asks for a beacon's value."""

    def value(self, rule: BeaconRule, number: int) -> BeaconValue | None:
        """Return the value of a round that is due, or None while it is being fetched; never waits."""
        ...


class NoBeacons:
    """Knows no value: rooms with a beacon wait for an edge that can fetch it."""

    def value(self, rule: BeaconRule, number: int) -> BeaconValue | None:  # noqa: ARG002 - the protocol's
        """Return None."""
        return None


class Drawing:
    """Takes the draw of any room forward; `owner` names this run of the edge in leases."""

    def __init__(self, queue: Queue, keys: KeySource, *, owner: str, beacons: Beacons | None = None) -> None:
        self._queue = queue
        self._keys = keys
        self._beacons = beacons or NoBeacons()
        self._workers = Workers()
        self._gathering = Gathering(queue, self._workers, owner=owner)
        self._moving = Moving(queue, self._workers)
        self._busy: set[str] = set()

    async def step(self, snapshot: Snapshot) -> SeedMissing | None:
        """Do what is due of the draw of this room: gather, pin, or move entrants into the line."""
        if snapshot.is_drawn or snapshot.settings.release_at is None:
            # Another edge may have finished what was made ready here.
            self._moving.forget(snapshot.epoch)
            self._busy.discard(snapshot.room)
            return None
        seed = self.seed_of(snapshot)
        if isinstance(seed, SeedMissing):
            return seed
        frozen = await self._queue.freeze(snapshot.room, epoch=snapshot.epoch)
        if not isinstance(frozen, Frozen):
            return None
        may_go_on = _for_a_step()
        self._busy.discard(snapshot.room)
        gathered = await self._gathering.go_on(snapshot, entrants=frozen.entrants, may_go_on=may_go_on)
        if gathered is not None:
            await self._draw(snapshot, gathered, seed, may_go_on)
        if not may_go_on():
            self._busy.add(snapshot.room)
        return None

    def is_busy(self, room: str) -> bool:
        """Whether the last step of the room was cut short and the next is due at once."""
        return room in self._busy

    def close(self) -> None:
        """Let go of what was begun."""
        self._workers.close()

    def seed_of(self, snapshot: Snapshot) -> bytes | SeedMissing:
        """Derive the seed that the room committed to."""
        key = self._keys.current().find(snapshot.seed_key_id)
        if key is None:
            return SeedMissing(snapshot.seed_key_id)
        seed = derive_seed(key.secret, room=snapshot.room, epoch=snapshot.epoch)
        return seed if commitment_to(seed) == snapshot.draw.commitment else SeedMissing(snapshot.seed_key_id)

    async def _draw(self, snapshot: Snapshot, gathered: Gathered, seed: bytes, may_go_on: Callable[[], bool]) -> None:
        pinned = await self._pin(snapshot, gathered, seed)
        if pinned is None:
            return
        # What was pinned first stands: it may be another edge's word, with a beacon that this one does not know.
        root, beacon = bytes.fromhex(gathered.root), bytes.fromhex(pinned.beacon)
        draw_key = derive_draw_key(seed=seed, root=root, beacon=beacon)
        if pinned.key_hash == hashlib.sha256(draw_key).hexdigest():
            await self._moving.go_on(snapshot, draw_key, pinned.key_hash, may_go_on=may_go_on)

    async def _pin(self, snapshot: Snapshot, gathered: Gathered, seed: bytes) -> Pinned | None:
        beacon = self._beacon(snapshot)
        value = b"" if beacon is None else bytes.fromhex(beacon.value)
        draw_key = derive_draw_key(seed=seed, root=bytes.fromhex(gathered.root), beacon=value)
        pinned = await self._queue.pin(
            snapshot.room,
            epoch=snapshot.epoch,
            root=gathered.root,
            seed=seed.hex(),
            key_hash=hashlib.sha256(draw_key).hexdigest(),
            beacon=beacon,
        )
        return pinned if isinstance(pinned, Pinned) else None

    def _beacon(self, snapshot: Snapshot) -> BeaconValue | None:
        # Without its value the script pins nothing, unless the organizer went on without it.
        rule, number = snapshot.draw.beacon_rule, snapshot.draw.beacon_round
        is_decided = snapshot.draw.seed is not None or snapshot.settings.beacon_waived
        if is_decided or rule is None or number is None or snapshot.now_ms < rule.due_at_ms(number):
            return None
        return self._beacons.value(rule, number)


def _for_a_step() -> Callable[[], bool]:
    until = time.monotonic() + STEP_SECONDS
    return lambda: time.monotonic() < until
