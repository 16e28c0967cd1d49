"""Retention: what the console keeps of rooms goes some time after they are gone.

A room that the queue has keeps everything, however old it is. Any number of consoles may look at once: a row that one
of them is at is passed over by the others. The audit is never touched: a trigger refuses that.
"""

import asyncio
from collections import Counter
from typing import Final

import structlog

from edge.console.sql import statements
from waitroom.database import Database, Values
from waitroom.errors import RoomMissingError, WaitroomError
from waitroom.queue import Queue, look_at_room

EVERY_SECONDS: Final = 600.0
BATCH: Final = 1_000
"""Rows that one statement deletes at most, so that no lock is held for long."""

log = structlog.get_logger()


class Retention:
    """Forgets, again and again; zero days keep for ever."""

    def __init__(self, queue: Queue, database: Database, *, samples_days: int, reports_days: int) -> None:
        self._queue = queue
        self._database = database
        self._samples_days = samples_days
        self._reports_days = reports_days
        self._sql = statements("retention")

    async def run(self) -> None:
        """Look every ten minutes; while the store or PostgreSQL is away nothing is forgotten."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.look()
            except WaitroomError as away:
                log.info("forgot nothing more this time", reason=str(away))

    async def look(self) -> None:
        """Forget what is old of the rooms that are gone.

        Raises QueueUnavailableError, StoreRefusedError, DatabaseUnavailableError, DatabaseBusyError; what went until
        then is gone.
        """
        # First of all: who does not know which rooms there are may delete nothing.
        epochs = await self._epochs()
        gone: Counter[str] = Counter()
        try:
            if self._samples_days:
                await self._forget_samples({"epochs": epochs, "days": self._samples_days}, gone)
            if self._reports_days:
                await self._forget_reports({"epochs": epochs, "days": self._reports_days}, gone)
        finally:
            if gone.total():
                log.info("forgot what was old of rooms that are gone", **gone)

    async def _epochs(self) -> list[str]:
        epochs = []
        for room in await self._queue.rooms():
            try:
                epochs.append((await look_at_room(self._queue, room)).epoch)
            except RoomMissingError:
                # Deleted since the list was read.
                continue
        return epochs

    async def _forget_samples(self, values: Values, gone: Counter[str]) -> None:
        for over in await self._database.rows(self._sql["over"], values):
            await self._forget("samples", {**values, **over}, gone)

    async def _forget_reports(self, values: Values, gone: Counter[str]) -> None:
        await self._forget("reports", values, gone)
        # The versions of a room's settings, of which some are older than its report, go after it.
        await self._forget("settings", values, gone)

    async def _forget(self, what: str, values: Values, gone: Counter[str]) -> None:
        async for count in self._database.batches(self._sql[f"forget_{what}"], values, most=BATCH):
            gone[what] += count
