"""People: added, changed, removed, their passwords and links; each act with its audit entry in one transaction.

The last admin who can sign in can be neither demoted, disabled nor removed.
"""

import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from edge.console.audit import Audit, Entry, Json, changed
from edge.console.sql import statements
from waitroom.admin_keys import Role
from waitroom.database import Connection, Database, Row
from waitroom.errors import WaitroomError

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
LINK_HOURS: Final = 72


class PersonExistsError(WaitroomError):
    """There is a person of that name."""


class PersonMissingError(WaitroomError):
    """There is no person of that name."""


class LastAdminError(WaitroomError):
    """Nobody would be left who may do everything: make another person an admin first."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """What is known of a person: never a secret."""

    name: str
    role: Role
    is_disabled: bool
    requires_second_factor: bool
    has_second_factor: bool
    has_password: bool
    created_at: datetime
    signed_in_at: datetime | None
    link_ends_at: datetime | None
    locked_until: datetime | None
    sessions: int
    recovery_codes: int

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read a row of the query `everyone`."""
        return cls(**row | {"role": Role(row["role"])})


@dataclass(frozen=True, kw_only=True)
class Link:
    """A one-time link that sets a password; its token is known to who is shown it alone."""

    token: str
    ends_at: datetime


class People:
    """The book of people. Every method raises DatabaseUnavailableError while PostgreSQL is away."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit
        self._sql = statements("people")
        self._sessions = statements("sessions")

    async def everyone(self) -> list[Person]:
        """Return all people by name."""
        return [Person.from_row(row) for row in await self._database.rows(self._sql["everyone"], {"name": None})]

    async def find(self, name: str) -> Person:
        """Return one person. Raises PersonMissingError."""
        row = await self._database.row(self._sql["everyone"], {"name": name})
        if row is None:
            raise PersonMissingError(f"There is no person {name!r}.")
        return Person.from_row(row)

    async def add(self, name: str, role: Role, *, who: str, requires_second_factor: bool = False) -> None:
        """Add a person, who cannot sign in before a password is set. Raises PersonExistsError."""
        values = {"name": name, "role": role.value, "requires_second_factor": requires_second_factor}
        async with self._database.transaction() as connection:
            if await (await connection.execute(self._sql["add"], values)).fetchone() is None:
                raise PersonExistsError(f"There is a person {name!r} already.")
            after = {"name": name, "role": role.value, "requires_second_factor": requires_second_factor}
            await self._note(connection, who, "add-person", after=after)

    async def change(self, name: str, changes: Json, *, who: str) -> None:
        """Change role, is_disabled and requires_second_factor; who is disabled is signed out and not known any more.

        Raises PersonMissingError and LastAdminError.
        """
        values: Json = dict.fromkeys(("role", "is_disabled", "requires_second_factor")) | changes | {"name": name}
        async with self._changing(name) as (connection, person):
            await connection.execute(self._sql["change"], values)
            if changes.get("is_disabled"):
                await self._end_sessions(connection, name)
            before, after = changed({each: getattr(person, each) for each in changes}, changes)
            await self._note(connection, who, "change-person", before=_named(name, before), after=_named(name, after))

    async def remove(self, name: str, *, who: str) -> None:
        """Remove a person and all of the person's sessions. Raises PersonMissingError and LastAdminError."""
        async with self._changing(name) as (connection, person):
            await connection.execute(self._sql["remove"], {"name": name})
            before = {"name": name, "role": person.role.value}
            await self._note(connection, who, "remove-person", before=before)

    async def unlock(self, name: str, *, who: str) -> None:
        """Forget the failed sign-ins of a name, those of its known browsers too. Raises PersonMissingError."""
        await self.find(name)
        async with self._database.transaction() as connection:
            await connection.execute(self._sql["unlock"], {"name": name})
            await self._note(connection, who, "unlock-person", after={"name": name})

    async def make_link(self, name: str, *, who: str) -> Link:
        """Make a one-time link that sets a password, in the place of an earlier one. Raises PersonMissingError.

        The old password stays until the link is used: disable a person whose password others know.
        """
        token = secrets.token_urlsafe(32)
        values = {"name": name, "link_hash": hash_of(token), "hours": LINK_HOURS}
        async with self._database.transaction() as connection:
            row = await (await connection.execute(self._sql["set_link"], values)).fetchone()
            if row is None:
                raise PersonMissingError(f"There is no person {name!r}.")
            await self._note(connection, who, "make-link", after={"name": name})
        return Link(token=token, ends_at=row["link_ends_at"])

    async def holder_of(self, token: str) -> str | None:
        """Return whose link this is; None when it was used, has ended or never was."""
        row = await self._database.row(self._sql["holder_of_link"], {"link_hash": hash_of(token)})
        return None if row is None else str(row["name"])

    async def use_link(self, token: str, *, password_hash: str) -> str | None:
        """Set a password by a link, which ends with it, as do all sessions; None: there is no such link any more."""
        values = {"link_hash": hash_of(token), "password_hash": password_hash}
        async with self._database.transaction() as connection:
            row = await (await connection.execute(self._sql["use_link"], values)).fetchone()
            if row is None:
                return None
            name: str = row["name"]
            await self._end_sessions(connection, name)
            await connection.execute(self._sql["unlock"], {"name": name})
            await self._note(connection, f"person:{name}", "set-password", after={"by": "link"})
        return name

    async def set_password(self, name: str, password_hash: str, *, who: str, but: str | None = None) -> str:
        """Set a password; every session of the person but `but` ends, and no browser is known any more.

        Returns what proofs of browsers are bound to from now on. Raises PersonMissingError.
        """
        async with self._database.transaction() as connection:
            values = {"name": name, "password_hash": password_hash}
            row = await (await connection.execute(self._sql["set_password"], values)).fetchone()
            if row is None:
                raise PersonMissingError(f"There is no person {name!r}.")
            await self._end_sessions(connection, name, but=but)
            await self._note(connection, who, "set-password", after={"name": name})
        return str(row["known_browsers"])

    async def drop_second_factor(self, name: str, *, who: str) -> None:
        """Take a person's second factor away: the app is lost. Raises PersonMissingError."""
        await self.find(name)
        async with self._database.transaction() as connection:
            await connection.execute(self._sql["clear_second_factor"], {"name": name})
            await connection.execute(self._sql["clear_recovery_codes"], {"name": name})
            await self._note(connection, who, "drop-second-factor", after={"name": name})

    @asynccontextmanager
    async def _changing(self, name: str) -> AsyncIterator[tuple[Connection, Person]]:
        # One at a time: two admins who demote each other at the same moment must not both succeed.
        async with self._database.transaction() as connection:
            await connection.execute(self._sql["lock_people"])
            row = await (await connection.execute(self._sql["everyone"], {"name": name})).fetchone()
            if row is None:
                raise PersonMissingError(f"There is no person {name!r}.")
            before = await self._admins(connection)
            yield connection, Person.from_row(row)
            if before and not await self._admins(connection):
                raise LastAdminError("This is the last admin who can sign in: make another person an admin first.")

    async def _admins(self, connection: Connection) -> int:
        row = await (await connection.execute(self._sql["admins"])).fetchone()
        return 0 if row is None else int(row["admins"])

    async def _end_sessions(self, connection: Connection, name: str, *, but: str | None = None) -> None:
        values: dict[str, Any] = {"name": name, "but": but, "session_id": None}  # Any: text or NULL
        await connection.execute(self._sessions["end_others"], values)

    async def _note(
        self, connection: Connection, who: str, what: str, *, before: Json | None = None, after: Json | None = None
    ) -> None:
        await self._audit.note_within(connection, Entry(who=who, what=what, before=before, after=after))


def hash_of(token: str) -> bytes:
    """Return what is kept of a token of 256 random bits: a plain hash of it cannot be searched."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def _named(name: str, values: Json | None) -> Json:
    return {"name": name} | (values or {})
