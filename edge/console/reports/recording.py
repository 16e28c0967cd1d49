"""Recording: a sample of each room each ten seconds into PostgreSQL, and its report now and then.

A room in which nothing moves leaves a sample each five minutes. While PostgreSQL is away samples wait in memory.
"""

import asyncio
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from edge.console.points import Point, Points
from edge.console.reports.desk import ReportDesk
from edge.console.reports.samples import Sample
from waitroom.database import DatabaseBusyError, DatabaseUnavailableError
from waitroom.errors import QueueUnavailableError, RoomMissingError, StoreRefusedError, WaitroomError
from waitroom.queue import Snapshot
from waitroom.rooms import Phase

EVERY_SECONDS = 5.0
QUIET_MS = 300_000
MOST_WAITING = 20_000
BATCH = 500
SAMPLES_A_REPORT = 30

log = structlog.get_logger()


class Recording:
    """Writes down how rooms go, for as long as it runs; `note` is told each look at a room."""

    def __init__(self, points: Points, reports: ReportDesk) -> None:
        self._points = points
        self._reports = reports
        self._last: dict[str, tuple[str, Sample]] = {}
        self._since_report: dict[str, int] = {}
        self._due: set[str] = set()
        self._waiting: deque[Point] = deque(maxlen=MOST_WAITING)

    def note(self, snapshot: Snapshot) -> None:
        """Take a sample, unless nothing has moved."""
        sample, (epoch, last) = Sample.of(snapshot), self._last.get(snapshot.room, ("", None))
        if last is not None and epoch == snapshot.epoch and not _has_moved(last, sample):
            return
        self._last[snapshot.room] = (snapshot.epoch, sample)
        at = datetime.fromtimestamp(sample.at_ms / 1000, UTC)
        self._waiting.append(Point(room=snapshot.room, epoch=snapshot.epoch, at=at, what=sample.to_json()))
        count = self._since_report.get(snapshot.room, 0) + 1
        has_ended = last is not None and snapshot.phase is Phase.CLOSED and last.phase != Phase.CLOSED
        is_due = has_ended or count >= SAMPLES_A_REPORT
        self._since_report[snapshot.room] = 0 if is_due else count
        if is_due:
            self._due.add(snapshot.room)

    async def run(self) -> None:
        """Write, again and again."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.flush()
                await self.keep_reports()
            except (DatabaseUnavailableError, DatabaseBusyError, QueueUnavailableError, StoreRefusedError) as away:
                log.info("wrote no samples this time", reason=str(away), waiting=len(self._waiting))

    async def flush(self) -> None:
        """Write the samples that wait; raises DatabaseUnavailableError, and keeps them."""
        while self._waiting:
            batch = [self._waiting[number] for number in range(min(BATCH, len(self._waiting)))]
            await self._points.add(batch)
            for _ in batch:
                self._waiting.popleft()

    async def keep_reports(self) -> None:
        """Keep the reports that are due."""
        for room in sorted(self._due):
            try:
                await self._reports.keep(room)
            except RoomMissingError:
                self._last.pop(room, None)
                self._since_report.pop(room, None)
            except WaitroomError:
                raise
            except Exception:
                # One room whose report cannot be made or kept takes no other room's along.
                log.exception("a report cannot be kept", room=room)
            # Not before: what could not be kept is due still.
            self._due.discard(room)


def _has_moved(last: Sample, now: Sample) -> bool:
    if now.at_ms - last.at_ms >= QUIET_MS:
        return True
    return (
        replace(
            now,
            at_ms=last.at_ms,
            latency_ms=last.latency_ms,
            until_release_seconds=last.until_release_seconds,
        )
        != last
    )
