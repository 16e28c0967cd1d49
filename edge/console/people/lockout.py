"""Lockout: after five failures in a row a name waits, longer each time; the database counts for all consoles.

A try is counted before the password is looked at, in one statement: twenty at once are five tries and fifteen refusals.
Names are counted whether there is such a person or not, so that waiting tells nobody who is here.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from edge.console.sql import statements
from waitroom.database import Database

WAITS_SECONDS: Final = (0.0, 0.0, 0.0, 0.0, 60.0, 120.0, 240.0, 480.0, 900.0)
"""After the first failure, the second, and so on; the last holds for all that follow."""


@dataclass(frozen=True, kw_only=True)
class Try:
    """A try that was counted; `failures` is which in a row it would be."""

    name_hash: bytes
    failures: int


@dataclass(frozen=True, kw_only=True)
class Locked:
    """No try now."""

    retry_after: int


class Lockout:
    """Counts failed sign-ins by name."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("tries")

    async def take(self, name: str) -> Try | Locked:
        """Count a try as failed until it is known better. Raises DatabaseUnavailableError."""
        name_hash = _hash(name)
        row = await self._database.row(self._sql["take"], {"name_hash": name_hash, "waits": list(WAITS_SECONDS)})
        if row is not None:
            return Try(name_hash=name_hash, failures=row["failures"])
        wait = await self._database.row(self._sql["wait"], {"name_hash": name_hash})
        return Locked(retry_after=max(1, round(wait["seconds"] or 0)) if wait else 1)

    async def give_back(self, attempt: Try) -> None:
        """Count a try as not made: the password was right, and the code is still to come."""
        values = {"name_hash": attempt.name_hash, "failures": attempt.failures}
        await self._database.run(self._sql["give_back"], values)

    async def reset(self, name: str) -> None:
        """Forget the failures of a name: after a success, or by an admin."""
        await self._database.run(self._sql["reset"], {"name_hash": _hash(name)})


def _hash(name: str) -> bytes:
    # People type passwords into the wrong field: what was typed is not kept.
    return hashlib.sha256(name.encode(errors="surrogatepass")).digest()
