"""Retention: notices and webhook deliveries go some time after they are settled; what was sold stays for ever.

Any number of workers may look at once: a row that one of them is at is passed over by the others. What still waits,
for its time or for a human, stays however old it is.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Final

import structlog

from checkout.database import Database
from checkout.errors import CheckoutError
from checkout.sql import statements

INTERVAL_SECONDS: Final = 600.0
BATCH: Final = 500
"""Rows that one statement deletes at most, beside the tries of deliveries."""

log = structlog.get_logger()


class Retention:
    """Deletes what is old, in batches, until stopped; zero days keep for ever."""

    def __init__(self, database: Database, *, notices_days: int, deliveries_days: int) -> None:
        self._database = database
        self._days = {"notices": notices_days, "deliveries": deliveries_days}
        self._sql = statements("retention")
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Look every ten minutes until `stop`; while the database is away nothing is deleted."""
        while not self._stopped.is_set():
            try:
                await self.look()
            except CheckoutError:
                log.warning("the database did not answer; what is old stays for now")
            with suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL_SECONDS):
                    await self._stopped.wait()

    def stop(self) -> None:
        """Let `run` end after the batch under way."""
        self._stopped.set()

    async def look(self) -> None:
        """Delete what is old. Raises DatabaseUnavailableError; what went until then is gone."""
        gone: Counter[str] = Counter()
        try:
            for what, days in self._days.items():
                if days:
                    await self._forget(what, days, gone)
        finally:
            if gone.total():
                log.info("what was settled long ago was deleted", **gone)

    async def _forget(self, what: str, days: int, gone: Counter[str]) -> None:
        async for count in self._database.batches(self._sql[f"forget_{what}"], {"days": days}, most=BATCH):
            gone[what] += count
            if self._stopped.is_set():
                return
