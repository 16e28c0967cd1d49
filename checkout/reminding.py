"""Reminding: after a loss, each room is told again who is inside and whose business is done."""

import asyncio
from contextlib import suppress

import structlog

from checkout.database import Database, Row
from checkout.errors import CheckoutError
from checkout.room_client import RoomClient
from checkout.sql import statements

BATCH = 100
PAUSE_SECONDS = 1.0
"""Before a batch is tried again that the database or the room did not take."""

log = structlog.get_logger()


class Reminding:
    """Goes through a room's sessions once a recovery, a batch at a time, beside everything else.

    Every checkout may do so: a session that is entered again, or finished again, changes nothing the second time.
    While the database or the room is away, the same batch is tried again.
    """

    def __init__(self, database: Database, room: RoomClient) -> None:
        self._database = database
        self._room = room
        self._sql = statements("sessions")
        self._recoveries: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()

    def begin(self, room: str, *, recovering_until_ms: int) -> None:
        """Remind a room that recovers until this moment, unless that was done or is under way."""
        if self._recoveries.get(room) == recovering_until_ms:
            return
        self._recoveries[room] = recovering_until_ms
        task = asyncio.create_task(self._remind(room), name=f"reminding {room}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let what is under way end with its batch; it is not cancelled, for the reason in `Reporting.stop`."""
        self._stopped.set()
        await asyncio.gather(*self._tasks)

    async def _remind(self, room: str) -> None:
        after, told = "", 0
        while not self._stopped.is_set():
            sessions = await self._sessions(room, after=after)
            if sessions == []:
                log.info("the room was told again who is inside", room=room, sessions=told)
                return
            if sessions and await self._tell(room, sessions):
                after, told = sessions[-1]["session_id"], told + len(sessions)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE_SECONDS):
                        await self._stopped.wait()

    async def _sessions(self, room: str, *, after: str) -> list[Row] | None:
        try:
            return await self._database.rows(self._sql["of_room"], {"room": room, "after": after, "most": BATCH})
        except CheckoutError:
            return None

    async def _tell(self, room: str, sessions: list[Row]) -> bool:
        told = await asyncio.gather(
            *[
                self._room.remind(room, epoch=row["epoch"], fan_id=row["fan_id"], session=row["session"])
                for row in sessions
            ]
        )
        return all(told)
