"""Recovering: this edge keeps every room, in memory and on disk, and puts it back when the store has lost it."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic

import structlog

from edge.kept_rooms import KeptRooms
from waitroom.clock import Clock
from waitroom.metrics import EdgeMetrics
from waitroom.queue import Queue, Snapshot
from waitroom.queue.recovery import KeptRoom, recovering_seconds
from waitroom.queue.results import Deleted, OtherEpoch, RoomRestored, RoomStands

LOOK_SECONDS = 0.5
WRITE_SECONDS = 5.0
"""Between two writes of a room in which nothing but the line has moved."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class _Written:
    kept: KeptRoom
    at: float

    def is_due(self, kept: KeptRoom, *, now: float) -> bool:
        """Whether this state is worth a write: at once when the room or its draw is another, else now and then."""
        if (kept.epoch, kept.fields, kept.stage) != (self.kept.epoch, self.kept.fields, self.kept.stage):
            return True
        return now - self.at >= WRITE_SECONDS and kept.meter != self.kept.meter


class Recovering:
    """What this edge keeps of its rooms.

    When the disk cannot be written, rooms are kept in memory alone: that is logged once, and counted.
    """

    def __init__(
        self,
        queue: Queue,
        disk: KeptRooms,
        *,
        metrics: EdgeMetrics,
        clock: Clock,
        seconds_for: Callable[[int], float] = recovering_seconds,
    ) -> None:
        self._queue = queue
        self._disk = disk
        self._metrics = metrics
        self._clock = clock
        self._seconds_for = seconds_for
        self._kept: dict[str, KeptRoom] = {}
        self._seen: dict[str, Snapshot] = {}
        self._written: dict[str, _Written] = {}
        self._is_disk_well = True
        self._disk_lock = asyncio.Lock()

    def rooms(self) -> set[str]:
        """The names of the rooms that this edge keeps, which the store may have lost."""
        return set(self._kept)

    async def load(self) -> None:
        """Read what an earlier run of an edge kept here."""
        try:
            found = await asyncio.to_thread(self._disk.read, now_ms=self._clock.now_ms())
        except OSError as broken:
            self._disk_failed(broken)
            return
        self._kept |= {kept.room: kept for kept in found}

    async def look(self, snapshot: Snapshot) -> None:
        """Keep what the store says of a room, unless it recovers from less than this edge knows."""
        room = snapshot.room
        if self._seen.get(room) is snapshot:
            return
        self._metrics.recovery_seen(room, is_recovering=snapshot.is_recovering)
        before = self._kept.get(room)
        kept = KeptRoom.of(snapshot, before=before)
        is_behind = before is not None and snapshot.is_recovering and before.is_after(kept)
        if not (before is not None and is_behind and isinstance(await self._offer(before), RoomRestored)):
            self._kept[room] = kept
        self._seen[room] = snapshot

    async def restore(self, room: str) -> None:
        """Put a room back that the store does not know, if this edge keeps it; a deleted one is forgotten."""
        kept = self._kept.get(room)
        if kept is not None and isinstance(await self._offer(kept), Deleted | OtherEpoch):
            await self._forget(room)

    async def run(self) -> None:
        """Write what has changed, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.write()

    async def write(self, *, everything: bool = False) -> None:
        """Write the rooms that have changed, off the event loop."""
        async with self._disk_lock:
            now = monotonic()
            due = [kept for kept in self._kept.values() if everything or self._is_due(kept, now=now)]
            try:
                await asyncio.to_thread(_write_all, self._disk, due)
            except OSError as broken:
                self._disk_failed(broken)
                return
            self._is_disk_well = True
            self._written |= {kept.room: _Written(kept=kept, at=now) for kept in due}

    def _is_due(self, kept: KeptRoom, *, now: float) -> bool:
        last = self._written.get(kept.room)
        return last is None or last.is_due(kept, now=now)

    async def _offer(self, kept: KeptRoom) -> RoomRestored | RoomStands | Deleted | OtherEpoch:
        recovering_ms = round(self._seconds_for(kept.fans) * 1000)
        answer = await self._queue.restore_room(kept, recovering_ms=recovering_ms)
        if isinstance(answer, RoomRestored):
            self._metrics.room_restored(kept.room)
            log.warning("the store had lost a room; it is put back", room=kept.room, stage=kept.stage.name.lower())
        return answer

    async def _forget(self, room: str) -> None:
        async with self._disk_lock:
            self._kept.pop(room, None)
            self._seen.pop(room, None)
            self._written.pop(room, None)
            await asyncio.to_thread(self._disk.remove, room)

    def _disk_failed(self, broken: OSError) -> None:
        self._metrics.state_not_written()
        if self._is_disk_well:
            log.error("rooms cannot be kept on disk; they are kept in memory alone", why=broken.strerror)
        self._is_disk_well = False


def _write_all(disk: KeptRooms, rooms: Iterable[KeptRoom]) -> None:
    for kept in rooms:
        disk.write(kept)
