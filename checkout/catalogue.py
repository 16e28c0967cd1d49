"""What is on sale: events, their categories, and what is left of them.

What is left is counted at most once a second a process, however many ask: one page of a surge costs no query.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from checkout.database import Database, Row
from checkout.sql import statements
from checkout.values import Document
from waitroom.clock import SystemClock, rfc3339

FRESH_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event on sale."""

    event_id: int
    event: str
    room: str
    name: str
    venue: str
    starts_at: datetime
    currency: str
    limit_per_fan: int
    cancelled_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """The part of a section that sells in one category; `free` is for all, `unsold` counts the seats in carts too."""

    section: str
    category: str
    category_name: str
    price: int
    on_sale_at: datetime | None
    is_area: bool
    free: int
    accessible: int
    unsold: int
    sold: int


@dataclass(frozen=True, kw_only=True)
class Category:
    """A price category and what is left of it."""

    category: str
    name: str
    price: int
    on_sale_at: datetime | None
    is_area: bool
    seats_left: int
    accessible_left: int
    unsold: int

    @property
    def is_on_sale(self) -> bool:
        """Whether its moment has come."""
        return self.on_sale_at is None or _milliseconds(self.on_sale_at) <= SystemClock().now_ms()

    def to_json(self) -> Document:
        """The category as the contract has it."""
        return {
            "category": self.category,
            "name": self.name,
            "price": self.price,
            "on_sale_at": None if self.on_sale_at is None else rfc3339(_milliseconds(self.on_sale_at)),
            "area": self.is_area,
            "seats_left": self.seats_left,
            "accessible_left": self.accessible_left,
        }


@dataclass(frozen=True, kw_only=True)
class Availability:
    """An event and its sections as they were a moment ago."""

    event: Event
    sections: tuple[Section, ...]
    as_of_ms: int

    def categories(self) -> list[Category]:
        """Sum the sections by category, in the order of the catalogue."""
        names = dict.fromkeys(section.category for section in self.sections)
        return [_sum_up([s for s in self.sections if s.category == name]) for name in names]

    def event_json(self) -> Document:
        """The event as the contract has it."""
        event = self.event
        return {
            "event": event.event,
            "room": event.room,
            "name": event.name,
            "venue": event.venue,
            "starts_at": rfc3339(_milliseconds(event.starts_at)),
            "currency": event.currency,
            "limit_per_fan": event.limit_per_fan,
            "cancelled": event.cancelled_at is not None,
            "categories": [category.to_json() for category in self.categories()],
        }

    def sections_json(self) -> Document:
        """What is left by section, as the contract has it."""
        return {
            "event": self.event.event,
            "as_of": rfc3339(self.as_of_ms),
            "sections": [
                {"section": s.section, "category": s.category, "price": s.price, "seats_left": s.free}
                for s in self.sections
            ],
        }


@dataclass
class _Counted:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    until: float = 0.0
    availability: Availability | None = None


class Catalogue:
    """Reads the catalogue; every answer is at most a second old."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("catalogue")
        self._counted: dict[str, _Counted] = {}

    async def availability(self, event: str) -> Availability | None:
        """Return an event and what is left of it; None: no such event is on sale."""
        counted = self._counted.setdefault(event, _Counted())
        async with counted.lock:
            if monotonic() >= counted.until:
                counted.availability = await self._count(event)
                counted.until = monotonic() + FRESH_SECONDS
        if counted.availability is None:
            # Names that do not exist must not fill the memory.
            self._counted.pop(event, None)
        return counted.availability

    def forget(self) -> None:
        """Count anew at the next question."""
        self._counted.clear()

    async def seats(self, event: Event, *, section: str) -> list[Row]:
        """Return the seats of one section, row by row, each free, held or sold."""
        values = {"event_id": event.event_id, "section": section}
        return await self._database.rows(self._sql["section_seats"], values)

    async def newest_event(self) -> str | None:
        """Return the event that went on sale last."""
        row = await self._database.row(self._sql["newest_event"])
        return None if row is None else str(row["event"])

    async def room_of(self, event: str | None) -> str | None:
        """Return the room before an event, or before the newest one."""
        row = await self._database.row(self._sql["event"], {"event": event}) if event else None
        row = row or await self._database.row(self._sql["newest_event"])
        return None if row is None else str(row["room"])

    async def stock(self) -> Sequence[Row]:
        """Count, for each event on sale, the seats that are unsold (in carts too), free, and sold."""
        return await self._database.rows(self._sql["stock"])

    async def sold_twice(self) -> dict[str, int]:
        """Count, for each event on sale, the seats that have two live tickets: what must never be."""
        rows = await self._database.rows(self._sql["sold_twice"])
        return {str(row["event"]): int(row["seats"]) for row in rows}

    async def seats_a_buyer(self) -> dict[str, float]:
        """Average, for each room with sales, the seats of a paid order."""
        rows = await self._database.rows(self._sql["seats_a_buyer"])
        return {str(row["room"]): float(row["seats_a_buyer"]) for row in rows}

    async def _count(self, event: str) -> Availability | None:
        row = await self._database.row(self._sql["event"], {"event": event})
        if row is None:
            return None
        found = Event(**row)
        sections = await self._database.rows(self._sql["sections"], {"event_id": found.event_id})
        as_of_ms = SystemClock().now_ms()
        return Availability(event=found, sections=tuple(Section(**row) for row in sections), as_of_ms=as_of_ms)


def _sum_up(sections: Sequence[Section]) -> Category:
    first = sections[0]
    return Category(
        category=first.category,
        name=first.category_name,
        price=first.price,
        on_sale_at=first.on_sale_at,
        is_area=first.is_area,
        seats_left=sum(section.free for section in sections),
        accessible_left=sum(section.accessible for section in sections),
        unsold=sum(section.unsold for section in sections),
    )


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
