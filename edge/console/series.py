"""Series: the last hour of every room, a point every ten seconds, in this console's memory alone.

A console that was started a minute ago knows a minute. What must last is in the metrics.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import structlog

from waitroom.clock import rfc3339
from waitroom.errors import QueueUnavailableError, RoomMissingError, StoreRefusedError
from waitroom.queue import Queue, Snapshot, look_at_room

EVERY_SECONDS = 10
MOST_POINTS = 360
Json = dict[str, Any]  # Any: JSON values

log = structlog.get_logger()


class Series:
    """Follows the snapshot of every room for as long as it runs; while the store is away there are no points.

    `on_look` is told each snapshot.
    """

    def __init__(self, queue: Queue, *, on_look: Callable[[Snapshot], None] = lambda _snapshot: None) -> None:
        self._queue = queue
        self._on_look = on_look
        self._points: dict[str, deque[Json]] = {}
        self._epochs: dict[str, str] = {}

    async def run(self) -> None:
        """Look at every room, again and again."""
        while True:
            try:
                await self.look()
            except (QueueUnavailableError, StoreRefusedError) as away:
                log.warning("series has a gap", reason=str(away))
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Take a point of every room, and forget the rooms that are gone."""
        rooms = await self._queue.rooms()
        for room in self._points.keys() - set(rooms):
            del self._points[room], self._epochs[room]
        for room in rooms:
            try:
                snapshot = await look_at_room(self._queue, room)
            except RoomMissingError:
                continue
            self._note(snapshot)
            self._on_look(snapshot)

    def of(self, room: str, *, epoch: str) -> list[Json]:
        """The points of a room, oldest first; none of an earlier room of that name."""
        return list(self._points[room]) if self._epochs.get(room) == epoch else []

    def _note(self, snapshot: Snapshot) -> None:
        if self._epochs.get(snapshot.room) != snapshot.epoch:
            self._epochs[snapshot.room] = snapshot.epoch
            self._points[snapshot.room] = deque(maxlen=MOST_POINTS)
        counts, totals = snapshot.counts, snapshot.totals
        self._points[snapshot.room].append(
            {
                "at": rfc3339(snapshot.now_ms),
                "lobby": counts.lobby,
                "waiting": counts.waiting,
                "admitted": counts.admitted,
                "active": counts.active,
                "given": totals["given"],
                "entered": totals["entered"],
                "rate_per_minute": snapshot.rate.per_minute,
                "total_active_users": snapshot.rate.ceiling,
                "measured_per_minute": snapshot.measured_per_minute,
            }
        )
