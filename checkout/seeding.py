"""A stadium on sale, out of nothing: for the demo, the tests and the benchmarks.

The vendor's calls replace this where real events are made.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

from checkout.sql import statements

Connection = AsyncConnection[Any]  # Any: rows of any shape


@dataclass(frozen=True, kw_only=True)
class Tier:
    """Sections of one kind and one price; `distance` is of its nearest row to the focal point, in half seats."""

    category: str
    name: str
    price: int
    sections: tuple[str, ...]
    rows: int
    seats_per_row: int
    distance: int

    @property
    def seats(self) -> int:
        """How many seats these sections have."""
        return len(self.sections) * self.rows * self.seats_per_row


def _numbered(first: int, count: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(first, first + count))


STADIUM = (
    Tier(
        category="floor", name="Floor", price=12_500, sections=_numbered(1, 8), rows=30, seats_per_row=40, distance=10
    ),
    Tier(
        category="lower",
        name="Lower tier",
        price=8_500,
        sections=_numbered(101, 36),
        rows=25,
        seats_per_row=25,
        distance=80,
    ),
    Tier(
        category="upper",
        name="Upper tier",
        price=4_500,
        sections=_numbered(201, 36),
        rows=30,
        seats_per_row=26,
        distance=200,
    ),
)
"""60,180 seats."""


async def seed_stadium(
    connection: Connection,
    *,
    event: str = "demo",
    room: str = "demo",
    name: str = "The Night Shift: Stadium Tour",
    limit_per_fan: int = 4,
    tiers: tuple[Tier, ...] = STADIUM,
) -> bool:
    """Put an event on sale in a stadium of these tiers; return False, changing nothing, when it exists."""
    sql = statements("seeding")
    async with connection.transaction():
        venue = await connection.execute(sql["add_venue"], {"venue": "Riverside Stadium"})
        values = {
            "event": event,
            "room": room,
            "venue_id": (await venue.fetchone() or (None,))[0],
            "name": name,
            "starts_at": _an_evening_next_season(),
            "currency": "usd",
            "limit_per_fan": limit_per_fan,
        }
        made = await (await connection.execute(sql["add_event"], values)).fetchone()
        if made is None:
            return False
        for position, tier in enumerate(tiers):
            await _add_tier(connection, tier, event_id=made[0], position=position)
        for part in ("add_seats", "count_rows"):
            await connection.execute(sql[part], {"event_id": made[0]})
    await _analyze(connection)
    return True


async def reset_event(connection: Connection, event: str = "demo") -> str | None:
    """Offer a fresh round: retire the event under a dated name, orders and all, and sell its seats anew.

    Sessions of its room end. Return the retired event's new name, or None when there is no such event.
    """
    sql = statements("seeding")
    async with connection.transaction():
        old = await (await connection.execute(sql["lock_event"], {"event": event})).fetchone()
        if old is None:
            return None
        event_id, room = old
        archived = await (
            await connection.execute(sql["archive_event"], {"event": event, "event_id": event_id})
        ).fetchone()
        copied = await (await connection.execute(sql["copy_event"], {"event": event, "event_id": event_id})).fetchone()
        assert archived is not None
        assert copied is not None
        values = {"event_id": event_id, "new_event_id": copied[0]}
        for part in ("copy_categories", "copy_layout", "copy_seats"):
            await connection.execute(sql[part], values)
        await connection.execute(sql["count_rows"], {"event_id": copied[0]})
        await connection.execute(sql["end_sessions"], {"room": room})
    await _analyze(connection)
    return str(archived[0])


async def _add_tier(connection: Connection, tier: Tier, *, event_id: int, position: int) -> None:
    sql = statements("seeding")
    values = {
        "event_id": event_id,
        "category": tier.category,
        "name": tier.name,
        "price": tier.price,
        "position": position,
    }
    category = await (await connection.execute(sql["add_category"], values)).fetchone()
    assert category is not None
    async with connection.cursor() as cursor, cursor.copy(sql["copy_rows"]) as copy:
        for section, row_label, distance in _rows(tier):
            await copy.write_row((event_id, category[0], section, row_label, distance, tier.seats_per_row, 0, 0))


def _rows(tier: Tier) -> Iterator[tuple[str, str, int]]:
    # The stage stands at one end: a section is the farther, the farther it is from the middle of its tier.
    middle = (len(tier.sections) - 1) / 2
    for index, section in enumerate(tier.sections):
        for row in range(tier.rows):
            yield section, _row_label(row), tier.distance + round(8 * abs(index - middle)) + 4 * row


def _row_label(row: int) -> str:
    letter = chr(ord("A") + row % 26)
    return letter * (row // 26 + 1)


def _an_evening_next_season() -> datetime:
    day = datetime.now(UTC) + timedelta(days=120)
    return day.replace(hour=19, minute=0, second=0, microsecond=0)


async def _analyze(connection: Connection) -> None:
    # Without fresh statistics the first thousand holds would be planned for empty tables.
    for table in ("seats", "seating_rows", "categories", "events"):
        await connection.execute(f"ANALYZE {table}")
