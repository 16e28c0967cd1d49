"""Watching: the fine series of rooms that somebody looks at or whose evening it is, in this console's memory alone.

A point each second for a quarter of an hour and one every ten seconds for half a day, of so many rooms at most: some
megabytes a room. The coarse series of every room is `Series`; what must last is in the metrics.
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import islice

import structlog

from edge.console.figures import Moment, Point
from edge.console.happenings import Happening, between
from waitroom.errors import QueueUnavailableError, RoomMissingError, StoreRefusedError
from waitroom.queue import Queue, Snapshot, look_at_room
from waitroom.rooms import Phase

EVERY_SECONDS = 1.0
FINE_POINTS = 900
COARSE_POINTS = 4320
COARSE_MS = 10_000
MOST_HAPPENINGS = 200
MOST_ROOMS = 20
"""At once: those that somebody looks at go first."""
LOOKED_AT_SECONDS = 60.0
"""So long after the last look a room still counts as looked at."""
BEFORE_LOBBY_MS = 600_000
NEAREST_MS = 900
"""However many organizers look, a second makes one point."""

log = structlog.get_logger()


@dataclass(kw_only=True)
class Watched:
    """One room and how its evening went so far."""

    last: Snapshot
    moments: deque[Moment] = field(default_factory=lambda: deque(maxlen=FINE_POINTS))
    fine: deque[Point] = field(default_factory=lambda: deque(maxlen=FINE_POINTS))
    coarse: deque[Point] = field(default_factory=lambda: deque(maxlen=COARSE_POINTS))
    happenings: deque[Happening] = field(default_factory=lambda: deque(maxlen=MOST_HAPPENINGS))

    def note(self, snapshot: Snapshot) -> None:
        """Take a snapshot into the series, unless one of this moment is there."""
        if self.moments and snapshot.now_ms - self.moments[-1].at_ms < NEAREST_MS:
            return
        self.happenings.extend(between(self.last, snapshot))
        self.last = snapshot
        self.moments.append(Moment.of(snapshot))
        point = Point.of(self.moments)
        if not self.coarse or point.at_ms - self.coarse[-1].at_ms >= COARSE_MS:
            self.coarse.append(point)
        self.fine.append(point)

    def points(self, *, since_ms: int) -> list[Point]:
        """The points after this moment, oldest first: coarse ones as far back as there are no fine ones."""
        begin = self.fine[0].at_ms if self.fine else 0
        old = [point for point in self.coarse if since_ms < point.at_ms < begin] if since_ms < begin else []
        new = len(self.fine)
        while new and self.fine[new - 1].at_ms > since_ms:
            new -= 1
        return old + list(islice(self.fine, new, None))


class Watching:
    """Follows some rooms, second by second, for as long as it runs."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._rooms: dict[str, Watched] = {}
        self._looked_at: dict[str, float] = {}
        self._evenings: set[str] = set()

    async def run(self) -> None:
        """Look at the rooms again and again; while the store is away there are no points."""
        while True:
            try:
                await self.look()
            except (QueueUnavailableError, StoreRefusedError) as away:
                log.warning("watching has a gap", reason=str(away))
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Take a point of each room that is followed, and forget what nobody needs any more."""
        followed = self._followed()
        for room in self._rooms.keys() - set(followed):
            del self._rooms[room]
        for room in followed:
            try:
                self.note(await look_at_room(self._queue, room))
            except RoomMissingError:
                self._rooms.pop(room, None)
                self._looked_at.pop(room, None)
                self._evenings.discard(room)

    def consider(self, snapshot: Snapshot) -> None:
        """Decide by a snapshot whether it is this room's evening."""
        if is_evening(snapshot):
            self._evenings.add(snapshot.room)
        else:
            self._evenings.discard(snapshot.room)

    def open(self, snapshot: Snapshot) -> Watched:
        """The room as somebody looks at it now; from here on it is followed."""
        self._looked_at[snapshot.room] = time.monotonic()
        return self.note(snapshot)

    def note(self, snapshot: Snapshot) -> Watched:
        """Take a snapshot into the room's series; a room made anew begins anew."""
        watched = self._rooms.get(snapshot.room)
        if watched is None or watched.last.epoch != snapshot.epoch:
            watched = self._rooms[snapshot.room] = Watched(last=snapshot)
        watched.note(snapshot)
        return watched

    def _followed(self) -> list[str]:
        edge = time.monotonic() - LOOKED_AT_SECONDS
        self._looked_at = {room: at for room, at in self._looked_at.items() if at > edge}
        newest_first = sorted(self._looked_at, key=self._looked_at.__getitem__, reverse=True)
        return [*newest_first, *sorted(self._evenings - self._looked_at.keys())][:MOST_ROOMS]


def is_evening(snapshot: Snapshot) -> bool:
    """Whether a room is about to open or in full swing; a room without times only while it has fans."""
    if snapshot.phase is Phase.CLOSED:
        return False
    if snapshot.phase is Phase.SCHEDULED:
        opens_at = snapshot.settings.lobby_at or snapshot.settings.release_at
        return opens_at is not None and opens_at - snapshot.now_ms <= BEFORE_LOBBY_MS
    counts = snapshot.counts
    return snapshot.phase is not Phase.OPEN or counts.waiting + counts.admitted + counts.active > 0
