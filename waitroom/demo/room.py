"""The demo's room, by the queue's own verbs."""

from waitroom.demo.rounds import ROOM
from waitroom.errors import RoomMissingError
from waitroom.queue import Queue, Snapshot, create_room, look_at_room
from waitroom.rooms import RoomSettings
from waitroom.tokens import KeySource

WHO = "demo"


class DemoRoom:
    """One room, looked at, and made anew for each round."""

    def __init__(self, redis_url: str, keys: KeySource) -> None:
        self._queue = Queue.connect(redis_url)
        self._keys = keys

    async def close(self) -> None:
        """Close the connections."""
        await self._queue.close()

    async def look(self) -> Snapshot | None:
        """Return the snapshot, None before the first round. Raises QueueUnavailableError."""
        try:
            return await look_at_room(self._queue, ROOM)
        except RoomMissingError:
            return None

    async def renew(self, settings: RoomSettings) -> Snapshot:
        """Put a new room, with a new epoch, in the place of the old one."""
        await self._queue.delete(ROOM)
        await create_room(self._queue, self._keys, ROOM, settings, who=WHO)
        return await look_at_room(self._queue, ROOM)
