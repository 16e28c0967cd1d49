"""Points: how a room went, a document a moment, in PostgreSQL, where a restart of the console loses none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edge.console.sql import statements
from edge.console.storable import storable
from waitroom.database import Database

Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True)
class Point:
    """A room at a moment; `what` is for its readers to agree on."""

    room: str
    epoch: str
    at: datetime
    what: Json


class Points:
    """Adds points, and reads them. Both raise DatabaseUnavailableError while PostgreSQL is away."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("rooms")

    async def add(self, points: Sequence[Point]) -> None:
        """Add points in one statement; one that is there already stays as it is."""
        rows = [
            {"room": each.room, "epoch": each.epoch, "at": each.at.isoformat(), "what": each.what} for each in points
        ]
        await self._database.run(self._sql["add_points"], {"points": storable(rows)})

    async def read(self, room: str, *, epoch: str, since: datetime | None = None, most: int = 100_000) -> list[Point]:
        """Return the points of a room, oldest first, those after `since` alone."""
        values = {"room": room, "epoch": epoch, "since": since, "most": most}
        rows = await self._database.rows(self._sql["points"], values)
        return [Point(room=room, epoch=epoch, at=row["at"], what=row["what"]) for row in rows]
