"""Price categories of an event: prices, moments of sale, and the rows that each sells.

A new price is for future holds: what is held or ordered has its own copy.
"""

import json
from functools import partial
from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from checkout.database import Connection, Database, Row
from checkout.holds import Refused
from checkout.sql import statements
from checkout.values import Document
from checkout.vendors.accounts import Vendor
from checkout.vendors.placing import MIXED, Fault, Placing, invalid

if TYPE_CHECKING:
    from checkout.vendors.events import Events


async def write_category(
    connection: Connection, category: Document, *, event_id: int, plan: Document, is_area: bool
) -> bool:
    """Add a category and its rows to an event; False: the event has one of that name."""
    sql = statements("events")
    values = category | {"event_id": event_id, "is_area": is_area, "fees": Jsonb(category["fees"])}
    row = await (await connection.execute(sql["add_category"], values)).fetchone()
    if row is None:
        return False
    placed = {"plan": Jsonb(plan), "places": Jsonb(category["places"])}
    await connection.execute(sql["place_rows"], row | placed | {"event_id": event_id})
    return True


async def note(connection: Connection, event_id: int, what: str, detail: Document) -> None:
    """Write into the ledger what a vendor has changed of an event."""
    values = {"event_id": event_id, "what": what, "detail": Jsonb(detail, dumps=partial(json.dumps, default=str))}
    await connection.execute(statements("events")["note"], values)


class Categories:
    """Adds, changes and deletes the categories of an event that is there already."""

    def __init__(self, database: Database, events: "Events") -> None:
        self._database = database
        self._events = events
        self._sql = statements("events")
        self._maps = statements("seat_maps")

    async def add(self, connection: Connection, vendor: Vendor, event: str, wanted: Document) -> Document | Refused:
        """Sell rows of the seat map that no category sells yet, in the caller's transaction."""
        locked = await self._events.lock(connection, vendor, event, version=wanted["version"])
        if isinstance(locked, Refused):
            return locked
        plan = await self._plan(connection, locked)
        if plan is None:
            return Refused(reason="seat-map-missing", detail={})
        rows = await (await connection.execute(self._sql["rows"], locked)).fetchall()
        placing = Placing.of(plan, taken=[(row["section"], row["row_label"]) for row in rows])
        faults = placing.take(wanted["places"], under="places")
        if faults:
            return invalid(faults)
        is_area = placing.is_area(wanted["places"])
        if not await write_category(connection, wanted, event_id=locked["event_id"], plan=plan, is_area=is_area):
            return Refused(reason="name-taken", detail={})
        return await self._changed(connection, locked, "category added", wanted)

    async def edit(self, vendor: Vendor, event: str, category: str, changes: Document) -> Document | Refused:
        """Change a category, and move rows to it that have sold nothing."""
        async with self._database.transaction() as connection:
            locked = await self._lock(connection, vendor, event, category, version=changes["version"])
            if isinstance(locked, Refused):
                return locked
            places = changes.get("places")
            refused = None if places is None else await self._move_rows(connection, locked, places)
            if refused is not None:
                return refused
            values = dict.fromkeys(("name", "price", "fees", "on_sale_at")) | changes | locked
            values |= {"sets_on_sale_at": "on_sale_at" in changes}
            values["fees"] = None if values["fees"] is None else Jsonb(values["fees"])
            await connection.execute(self._sql["edit_category"], values)
            return await self._changed(connection, locked, "category changed", changes | {"category": category})

    async def delete(self, vendor: Vendor, event: str, category: str, *, version: int) -> Document | Refused:
        """Delete a category of which nothing was ever held; its rows are sold no more."""
        async with self._database.transaction() as connection:
            locked = await self._lock(connection, vendor, event, category, version=version)
            if isinstance(locked, Refused):
                return locked
            if await (await connection.execute(self._sql["is_category_held"], locked)).fetchone() is not None:
                return Refused(reason="in-use", detail={"reason": "holds"})
            for statement in ("delete_seats", "delete_rows", "delete_category"):
                await connection.execute(self._sql[statement], locked)
            return await self._changed(connection, locked, "category deleted", {"category": category})

    async def _lock(
        self, connection: Connection, vendor: Vendor, event: str, category: str, *, version: int
    ) -> Row | Refused:
        locked = await self._events.lock(connection, vendor, event, version=version)
        if isinstance(locked, Refused):
            return locked
        values = {"event_id": locked["event_id"], "category": category}
        found = await (await connection.execute(self._sql["category"], values)).fetchone()
        return Refused(reason="category-missing", detail={}) if found is None else locked | found

    async def _move_rows(self, connection: Connection, locked: Row, places: list[Document]) -> Refused | None:
        values = locked | {"places": Jsonb(places)}
        rows = await (await connection.execute(self._sql["moving_rows"], values)).fetchall()
        sold = sorted({f"{row['section']} {row['row_label']}" for row in rows if row["sold_seats"]})
        if sold:
            return Refused(reason="in-use", detail={"reason": "orders", "rows": sold})
        if any(row["is_area"] != locked["is_area"] for row in rows):
            return invalid([Fault(field="places", problem=MIXED)])
        row_ids = [row["row_id"] for row in rows]
        await connection.execute(self._sql["move_rows"], locked | {"row_ids": row_ids})
        return None

    async def _plan(self, connection: Connection, locked: Row) -> Document | None:
        row = await (await connection.execute(self._maps["plan_of_event"], locked)).fetchone()
        return None if row is None else row["plan"]

    async def _changed(self, connection: Connection, locked: Row, what: str, detail: Document) -> Document:
        await note(connection, locked["event_id"], what, detail)
        await connection.execute(self._sql["touch"], locked)
        return await self._events.describe(connection, locked["event_id"])
