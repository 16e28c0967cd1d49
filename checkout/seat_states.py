"""The state of every seat of an event in some tens of kilobytes, counted at most once a second a process.

A row is a string, a character a seat in the order of its row: `.` free, `a` free and accessible, `c` free and for a
companion, `h` in somebody's cart, `s` sold, `x` not on sale. Areas of general admission have no seats to show.
"""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from time import monotonic

from checkout.catalogue import FRESH_SECONDS, Event
from checkout.database import Database, Row
from checkout.sql import statements

LEVEL = 6
"""Of compression: a tenth of the size for some milliseconds a second."""


@dataclass(frozen=True, kw_only=True)
class SeatStates:
    """The ready answer: its bytes as they are and compressed, and the tag that says whether they have changed."""

    etag: str
    body: bytes
    compressed: bytes


@dataclass
class _Counted:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    until: float = 0.0
    states: SeatStates | None = None


class SeatStatesOfEvents:
    """Reads the states; every answer is at most a second old."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("catalogue")
        self._counted: dict[int, _Counted] = {}

    async def of_event(self, event: Event) -> SeatStates:
        """Return the states of an event that is on sale."""
        counted = self._counted.setdefault(event.event_id, _Counted())
        async with counted.lock:
            if counted.states is None or monotonic() >= counted.until:
                rows = await self._database.rows(self._sql["seat_states"], {"event_id": event.event_id})
                counted.states = await asyncio.to_thread(_render, event.event, rows)
                counted.until = monotonic() + FRESH_SECONDS
            return counted.states

    def forget(self) -> None:
        """Count anew at the next question."""
        self._counted.clear()


def _render(event: str, rows: Sequence[Row]) -> SeatStates:
    categories = list(dict.fromkeys(row["category"] for row in rows))
    sections = [
        {
            "section": section,
            "rows": [[row["row_label"], categories.index(row["category"]), row["states"]] for row in its_rows],
        }
        for section, its_rows in groupby(rows, key=lambda row: row["section"])
    ]
    document = {"event": event, "categories": categories, "sections": sections}
    body = json.dumps(document, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    # No time in the compressed bytes either: the same states are the same bytes.
    return SeatStates(etag=etag, body=body, compressed=gzip.compress(body, LEVEL, mtime=0))
