"""Keeping: what the console writes into PostgreSQL beside its calls, every few seconds.

A copy of each version of a room's settings that a look or an act finds, whoever changed them; audit entries that had to
wait; and it forgets what is over. While PostgreSQL is away nothing of it happens, and nothing else waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import structlog

from edge.console.audit import Audit
from edge.console.documents import settings_document
from edge.console.people.sessions import Sessions
from edge.console.sql import statements
from edge.console.storable import storable
from waitroom.database import Database, DatabaseBusyError, DatabaseUnavailableError, Row
from waitroom.errors import WaitroomError
from waitroom.queue import Snapshot

EVERY_SECONDS: Final = 5.0
FORGET_EVERY: Final = 120
"""So many rounds between two looks for what is over."""
Prepare = Callable[[], Awaitable[None]]

log = structlog.get_logger()


class Keeping:
    """Runs as long as the console; `note` is told each look at a room.

    `prepare` brings the schema up to date where that could not be done before.
    """

    def __init__(self, database: Database, *, audit: Audit, sessions: Sessions, prepare: Prepare | None = None) -> None:
        self._database = database
        self._audit = audit
        self._sessions = sessions
        self._prepare = prepare
        self._rooms = statements("rooms")
        self._tries = statements("tries")
        self._versions: dict[str, tuple[str, int]] = {}
        self._due: dict[str, Snapshot] = {}
        self._rounds = 0

    def note(self, snapshot: Snapshot) -> None:
        """Let the next round keep the settings of a room, if this version of them is new."""
        if self._versions.get(snapshot.room) != _version(snapshot):
            self._due[snapshot.room] = snapshot

    async def run(self) -> None:
        """Keep, again and again."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.look()
            except WaitroomError as away:
                log.info("kept nothing this time", reason=str(away))

    async def look(self) -> None:
        """Do one round."""
        if self._prepare is not None:
            await self._prepare()
            self._prepare = None
        await self._audit.flush()
        await self._sessions.settle()
        for snapshot in list(self._due.values()):
            await self.keep(snapshot)
        await self._forget()

    async def keep(self, snapshot: Snapshot) -> None:
        """Keep a copy of a room's settings, once a version; without PostgreSQL the next round does it."""
        if self._versions.get(snapshot.room) == _version(snapshot):
            return
        values = {
            "room": snapshot.room,
            "epoch": snapshot.epoch,
            "version": snapshot.version,
            "at": datetime.fromtimestamp(snapshot.now_ms / 1000, UTC),
            "settings": storable(settings_document(snapshot.settings)),
        }
        try:
            await self._database.run(self._rooms["keep_settings"], values)
        except (DatabaseUnavailableError, DatabaseBusyError):
            self._due[snapshot.room] = snapshot
            return
        self._versions[snapshot.room] = _version(snapshot)
        self._due.pop(snapshot.room, None)

    async def kept(self, room: str, *, epoch: str) -> list[Row]:
        """Return every version of a room's settings that was kept, oldest first."""
        return await self._database.rows(self._rooms["kept_settings"], {"room": room, "epoch": epoch})

    async def _forget(self) -> None:
        self._rounds += 1
        if self._rounds % FORGET_EVERY == 1:
            await self._sessions.forget()
            await self._database.run(self._tries["forget"])


def _version(snapshot: Snapshot) -> tuple[str, int]:
    return snapshot.epoch, snapshot.version
