"""Sessions of people: begun, found by their token, renewed by use, ended; and remembered while PostgreSQL is away.

The browser has 256 random bits; the database has their SHA-256. A session ends twelve hours after it began, or sixty
minutes after its last use, unless the settings say otherwise.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from edge.console.people.accounts import hash_of
from edge.console.sql import statements
from waitroom.admin_keys import Role
from waitroom.database import Database, DatabaseUnavailableError, Row

MOST_REMEMBERED: Final = 1_000
LONGEST_OUTAGE_SECONDS: Final = 2 * 3600.0
"""For so long after PostgreSQL has last confirmed it a session goes on without it."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """A person who is signed in, in one browser."""

    session_id: str
    name: str
    role: Role
    network: str
    made_at: datetime
    used_at: datetime
    ends_at: datetime
    needs_second_factor: bool
    """The person must have a second factor and has none: nothing but setting it up may be done."""

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read a row of the query `find`."""
        names = cls.__dataclass_fields__
        return cls(**{name: row[name] for name in names} | {"role": Role(row["role"])})


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A new session; its token is for the browser alone."""

    token: str
    ends_at: datetime


@dataclass(kw_only=True)
class _Remembered:
    session: Session
    confirmed_at: float
    used_at: float


class Sessions:
    """Finds who is signed in. All but `find` and `end` raise DatabaseUnavailableError while PostgreSQL is away."""

    def __init__(
        self, database: Database, *, hours: int, idle_minutes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._sql = statements("sessions")
        self._hours = hours
        self._idle_minutes = idle_minutes
        self._clock = clock
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._ended: OrderedDict[bytes, None] = OrderedDict()

    async def begin(self, name: str, *, network: str) -> Begun:
        """Sign a person in: always a new token, whatever the browser had."""
        token = secrets.token_urlsafe(32)
        values = {
            "token_hash": hash_of(token),
            "session_id": secrets.token_hex(8),
            "name": name,
            "network": network,
            "hours": self._hours,
        }
        row = await self._database.row(self._sql["begin"], values)
        assert row is not None
        return Begun(token=token, ends_at=row["ends_at"])

    async def find(self, token: str) -> Session | None:
        """Return whose session this is, None when it is over.

        While PostgreSQL is away, one that this process has seen goes on from memory, for two hours at most; raises
        DatabaseUnavailableError for one that it has not seen.
        """
        token_hash = hash_of(token)
        if token_hash in self._ended:
            return None
        try:
            await self._catch_up(token_hash)
            row = await self._database.row(self._sql["find"], self._values(token_hash))
        except DatabaseUnavailableError:
            return self._from_memory(token_hash)
        if row is None:
            self._remembered.pop(token_hash, None)
            return None
        if row["is_to_be_renewed"]:
            await self._renew(token_hash)
        return self._remember(token_hash, Session.from_row(row))

    async def end(self, token: str) -> str | None:
        """Sign out, and return who it was; None: there was no such session any more.

        While PostgreSQL is away a session that this process has seen ends here, and in the database as soon as it is
        back; raises DatabaseUnavailableError for one that it has not seen.
        """
        token_hash = hash_of(token)
        known = self._remembered.pop(token_hash, None)
        try:
            row = await self._database.row(self._sql["end"], {"token_hash": token_hash})
        except DatabaseUnavailableError:
            if known is None:
                raise
            self._end_later(token_hash)
            return known.session.name
        return None if row is None else str(row["name"])

    async def of(self, name: str) -> list[Row]:
        """Return the sessions of a person, newest first."""
        return await self._database.rows(self._sql["of"], {"name": name, "idle_minutes": self._idle_minutes})

    async def end_of(self, name: str, *, but: str | None = None, session_id: str | None = None) -> int:
        """End the sessions of a person: all, all but one, or one; returns how many ended."""
        values = {"name": name, "but": but, "session_id": session_id}
        return len(await self._database.rows(self._sql["end_others"], values))

    async def settle(self) -> None:
        """End in the database what was signed out while it was away."""
        for token_hash in list(self._ended):
            await self._database.run(self._sql["end"], {"token_hash": token_hash})
            del self._ended[token_hash]

    async def forget(self) -> None:
        """Drop what is over."""
        await self._database.run(self._sql["forget"], {"idle_minutes": self._idle_minutes})

    def _end_later(self, token_hash: bytes) -> None:
        self._ended[token_hash] = None
        while len(self._ended) > MOST_REMEMBERED:
            self._ended.popitem(last=False)

    def _values(self, token_hash: bytes) -> dict[str, object]:
        return {"token_hash": token_hash, "idle_minutes": self._idle_minutes}

    async def _catch_up(self, token_hash: bytes) -> None:
        # What was used while PostgreSQL was away was not idle.
        known = self._remembered.get(token_hash)
        if known is not None and known.used_at > known.confirmed_at and not self._is_over(known):
            await self._database.run(self._sql["renew"], {"token_hash": token_hash})

    async def _renew(self, token_hash: bytes) -> None:
        try:
            await self._database.run(self._sql["renew"], {"token_hash": token_hash})
        except DatabaseUnavailableError:
            # It was found a moment ago; the next use renews it.
            return

    def _remember(self, token_hash: bytes, session: Session) -> Session:
        now = self._clock()
        self._remembered[token_hash] = _Remembered(session=session, confirmed_at=now, used_at=now)
        self._remembered.move_to_end(token_hash)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return session

    def _from_memory(self, token_hash: bytes) -> Session | None:
        known = self._remembered.get(token_hash)
        if known is None:
            raise DatabaseUnavailableError("PostgreSQL did not answer.")
        if self._is_over(known):
            return None
        known.used_at = self._clock()
        return known.session

    def _is_over(self, known: _Remembered) -> bool:
        now = self._clock()
        return (
            known.session.ends_at <= datetime.now(UTC)
            or now - known.used_at > self._idle_minutes * 60
            or now - known.confirmed_at > LONGEST_OUTAGE_SECONDS
        )
