"""The audit: who did what, where, and how it was before and after; added to, never changed.

What is done while PostgreSQL is away is kept in this process, in its order, and written as soon as it is back.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from edge.console.sql import statements
from edge.console.storable import storable
from waitroom.database import Connection, Database, DatabaseBusyError, DatabaseUnavailableError, Row

MOST_KEPT: Final = 10_000
Json = dict[str, Any]  # Any: JSON values

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One act. `who` is `person:NAME`, `console:KEY` or `cli:USER`; before and after name what changed alone."""

    who: str
    what: str
    room: str | None = None
    before: Json | None = None
    after: Json | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries are asked for: all that fit, newest first, those before the entry `before` alone."""

    who: str | None = None
    what: str | None = None
    room: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    most: int = 100


class Audit:
    """Writes entries, and reads them.

    A console logs each entry, too; a command, which talks to a person, has `is_logged` off.
    """

    def __init__(self, database: Database, *, is_logged: bool = True) -> None:
        self._database = database
        self._is_logged = is_logged
        self._sql = statements("audit")
        self._kept: deque[Entry] = deque()
        self._turn = asyncio.Lock()

    async def note(self, entry: Entry) -> None:
        """Write an entry; while PostgreSQL is away it is kept, and the act that it tells of stands."""
        self._log(entry)
        self._keep(replace(entry, at=entry.at or datetime.now(UTC)))
        await self.flush()

    async def note_within(self, connection: Connection, entry: Entry) -> None:
        """Write an entry in the transaction of what it tells of."""
        self._log(entry)
        await connection.execute(self._sql["add"], _values(entry))

    async def flush(self) -> None:
        """Write what was kept, in its order, as far as PostgreSQL answers."""
        async with self._turn:
            while self._kept:
                entry = self._kept[0]
                try:
                    await self._database.run(self._sql["add"], _values(entry))
                except (DatabaseUnavailableError, DatabaseBusyError):
                    return
                # Only now: who is cancelled in between leaves an entry twice rather than none.
                if self._kept and self._kept[0] is entry:
                    self._kept.popleft()

    async def read(self, wanted: Wanted) -> list[Row]:
        """Return entries, newest first. Raises DatabaseUnavailableError."""
        values = {
            "who": wanted.who,
            "what": wanted.what,
            "room": wanted.room,
            "since": wanted.since,
            "until": wanted.until,
            "before_entry": wanted.before,
            "most": wanted.most,
        }
        return await self._database.rows(self._sql["read"], values)

    @property
    def kept(self) -> int:
        """How many entries wait for PostgreSQL."""
        return len(self._kept)

    def _log(self, entry: Entry) -> None:
        if self._is_logged:
            log.info("act", who=entry.who, what=entry.what, room=entry.room)

    def _keep(self, entry: Entry) -> None:
        self._kept.append(entry)
        while len(self._kept) > MOST_KEPT:
            lost = self._kept.popleft()
            # It is in the log at least.
            log.error("audit entry given up", who=lost.who, what=lost.what, room=lost.room)


def changed(before: Json | None, after: Json | None) -> tuple[Json | None, Json | None]:
    """Return what differs alone: all that is written down of a change."""
    if before is None or after is None:
        return before, after
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def _values(entry: Entry) -> Json:
    return {
        "at": entry.at,
        "who": entry.who,
        "what": entry.what,
        "room": entry.room,
        "before": None if entry.before is None else storable(entry.before),
        "after": None if entry.after is None else storable(entry.after),
    }
