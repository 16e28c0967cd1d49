"""The desk: reads what a report is made of, has it made beside the loop, and keeps it for when the room is gone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from edge.console.points import Point, Points
from edge.console.reports.promises import Turns
from edge.console.reports.report import MOST_CHANGES, Sources, make_report
from edge.console.reports.samples import Sample
from edge.console.sql import statements
from edge.console.storable import storable
from waitroom.database import Database, DatabaseUnavailableError, Row
from waitroom.queue import Queue, Snapshot, look_at_room

MOST_NEW = 10_000
"""More new entries of the admission log than that are read from its beginning, page by page."""
MOST_LOGS = 20
MOST_LISTED = 500
Json = dict[str, Any]  # Any: JSON values

log = structlog.get_logger()


@dataclass(kw_only=True)
class ReadLog:
    """The admission log of one room, as far as it has been read."""

    last: int = 0
    turns: list[Turns] = field(default_factory=list)

    def add(self, entry: dict[str, str]) -> None:
        """Take an entry, once."""
        if int(entry["n"]) > self.last:
            self.last = int(entry["n"])
            self.turns.append(Turns.of(entry))


class ReportDesk:
    """Makes reports of rooms, one at a time, and finds those of rooms that are gone."""

    def __init__(self, queue: Queue, database: Database, points: Points, *, public_url: str) -> None:
        self._queue = queue
        self._database = database
        self._points = points
        self._public_url = public_url
        self._sql = statements("reports")
        self._logs: dict[str, ReadLog] = {}
        self._turn = asyncio.Lock()

    async def report(self, snapshot: Snapshot) -> Json:
        """Make the report of a room; without PostgreSQL it says that it is not complete."""
        async with self._turn:
            try:
                samples = await self.samples(snapshot.room, epoch=snapshot.epoch)
            except DatabaseUnavailableError:
                return await self._make(snapshot, [], is_complete=False)
            return await self._make(snapshot, samples, is_complete=True)

    async def keep(self, room: str) -> None:
        """Keep the report of a room as it is now. Raises RoomMissingError, DatabaseUnavailableError."""
        snapshot = await look_at_room(self._queue, room)
        async with self._turn:
            samples = await self.samples(room, epoch=snapshot.epoch)
            report = await self._make(snapshot, samples, is_complete=True)
        at = datetime.fromtimestamp(snapshot.now_ms / 1000, UTC)
        values = {"room": room, "epoch": snapshot.epoch, "at": at, "report": storable(report)}
        await self._database.run(self._sql["keep"], values)

    async def keep_before_end(self, room: str) -> None:
        """Keep the report of a room that is about to be deleted; while PostgreSQL is away an older one has to do."""
        try:
            await self.keep(room)
        except DatabaseUnavailableError as away:
            log.warning("the last report of a room is not kept", room=room, reason=str(away))

    async def kept(self, room: str, *, epoch: str | None = None) -> Row | None:
        """Return the newest kept report of a room of this name, or that of an epoch; None where there is none."""
        return await self._database.row(self._sql["kept"], {"room": room, "epoch": epoch})

    async def all_kept(self) -> list[Row]:
        """Return what reports there are, newest first."""
        return await self._database.rows(self._sql["list"], {"most": MOST_LISTED})

    async def samples(self, room: str, *, epoch: str) -> list[Sample]:
        """Return every sample of a room. Raises DatabaseUnavailableError."""
        found: list[Sample] = []
        while True:
            since = datetime.fromtimestamp(found[-1].at_ms / 1000, UTC) + timedelta(milliseconds=1) if found else None
            page = await self._points.read(room, epoch=epoch, since=since, most=MOST_NEW)
            # Beside the loop: a week of an always-open room is some sixty thousand of them.
            found += await asyncio.to_thread(_read, page)
            if len(page) < MOST_NEW:
                return found

    async def _make(self, snapshot: Snapshot, samples: list[Sample], *, is_complete: bool) -> Json:
        sources = Sources(
            snapshot=snapshot,
            samples=samples,
            turns=list((await self._read_log(snapshot)).turns),
            changes=await self._queue.changes(snapshot.room, most=MOST_CHANGES),
            joins=await self._queue.joins_by_network(snapshot.room),
            is_complete=is_complete,
            public_url=self._public_url,
        )
        return await asyncio.to_thread(make_report, sources)

    async def _read_log(self, snapshot: Snapshot) -> ReadLog:
        known = self._logs.get(snapshot.epoch, ReadLog())
        new = snapshot.log.entries - known.last
        if new > MOST_NEW or known.last == 0:
            async for entry in self._queue.admission_log(snapshot.room):
                known.add(entry)
        elif new > 0:
            for entry in reversed(await self._queue.admissions(snapshot.room, most=new + 1)):
                known.add(entry)
        if snapshot.epoch not in self._logs and len(self._logs) >= MOST_LOGS:
            self._logs.clear()
        self._logs[snapshot.epoch] = known
        return known


def _read(points: Sequence[Point]) -> list[Sample]:
    return [Sample.from_json(point.what) for point in points]
