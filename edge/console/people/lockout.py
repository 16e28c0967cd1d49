"""Lockout: after five failures in a row a name waits, longer each time; the database counts for all consoles.

A try is counted before the password is looked at, in one statement: twenty at once are five tries and fifteen refusals.
Names are counted whether there is such a person or not, so that waiting tells nobody who is here. A browser that is
known to the name is counted by itself: strangers cannot make it wait, nor it them.
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
    """A try that was counted, by the name or by the known browser; `failures` is which in a row it would be."""

    counted_by: bytes
    failures: int


@dataclass(frozen=True, kw_only=True)
class Locked:
    """No try now."""

    retry_after: int


class Lockout:
    """Counts failed sign-ins by name, those of a known browser by the browser."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("tries")

    async def take(self, name: str, *, browser_id: str | None = None) -> Try | Locked:
        """Count a try as failed until it is known better; `browser_id` is that of a browser known to the name.

        Raises DatabaseUnavailableError.
        """
        name_hash = _hash(name)
        counted_by = name_hash if browser_id is None else _hash(f"browser {browser_id}")
        browser_of = None if browser_id is None else name_hash
        values = {"counted_by": counted_by, "browser_of": browser_of, "waits": list(WAITS_SECONDS)}
        row = await self._database.row(self._sql["take"], values)
        if row is not None:
            return Try(counted_by=counted_by, failures=row["failures"])
        wait = await self._database.row(self._sql["wait"], {"counted_by": counted_by})
        return Locked(retry_after=max(1, round(wait["seconds"] or 0)) if wait else 1)

    async def give_back(self, attempt: Try) -> None:
        """Count a try as not made: the password was right, and the code is still to come."""
        values = {"counted_by": attempt.counted_by, "failures": attempt.failures}
        await self._database.run(self._sql["give_back"], values)

    async def reset(self, attempt: Try) -> None:
        """Forget the failures that were counted with a try: it was a success."""
        await self._database.run(self._sql["reset"], {"counted_by": attempt.counted_by})


def _hash(text: str) -> bytes:
    # People type passwords into the wrong field: what was typed is not kept.
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
