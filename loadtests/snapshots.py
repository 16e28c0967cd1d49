"""The snapshot, as fans get it: one request a second for all of them, like a cache in front would do."""

import asyncio
import time

from loadtests.answers import Snapshot
from loadtests.calls import Calls

MAX_AGE_SECONDS = 1.0


class SharedSnapshot:
    """The room's snapshot, at most a second old; fans who ask at once share one request.

    A crowd of one process must not load the edge with what a cache answers in the world. Give each fan a
    `SharedSnapshot` of its own to poll the edge as if no cache were there.
    """

    def __init__(self, calls: Calls, room: str) -> None:
        self._calls = calls
        self._room = room
        self._lock = asyncio.Lock()
        self._snapshot: Snapshot | None = None
        self._read_at = 0.0

    async def read(self) -> Snapshot:
        """Return the snapshot; raises Refused or Unreachable."""
        async with self._lock:
            if self._snapshot is None or time.monotonic() - self._read_at >= MAX_AGE_SECONDS:
                answer = await self._calls.get(f"/v1/rooms/{self._room}")
                self._snapshot = Snapshot.parse(answer.members)
                self._read_at = time.monotonic()
            return self._snapshot
