"""What was sold: the orders of an event, page by page, and as CSV."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from checkout.database import Database, Row
from checkout.sql import statements
from checkout.values import Document
from checkout.vendors.accounts import Vendor
from waitroom.clock import rfc3339

COLUMNS = ("order", "ordered_at", "status", "email", "seat", "category", "price", "currency", "ticket", "valid")
BATCH = 1_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would compute; a buyer's text must not."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which orders are asked for: of a status, of a buyer, older than one of them."""

    status: str | None = None
    email: str | None = None
    after: str | None = None
    most: int = 50


class Sales:
    """The orders of one vendor at a time; another's are missing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("sales")

    async def page(self, vendor: Vendor, event: str, wanted: Wanted) -> list[Document] | None:
        """Return orders, newest first; None: there is no such event."""
        event_id = await self._event_id(vendor, event)
        if event_id is None:
            return None
        rows = await self._database.rows(self._sql["page"], vars(wanted) | {"event_id": event_id})
        return [_summary(row) for row in rows]

    async def find(self, vendor: Vendor, order_id: str) -> Document | None:
        """Return an order, without its secret and without what opens its session."""
        values = {"vendor_id": vendor.vendor_id, "order_id": order_id}
        order: Document | None = await self._database.call(self._sql["find"], values)
        if order is None:
            return None
        return {
            "order_id": order["order_id"],
            "event": order["event"],
            "email": order["email"],
            "status": order["status"],
            "total": {"amount": order["amount"], "currency": order["currency"]},
            "created_at": rfc3339(int(order["created_at_ms"])),
            "seats": [{"line": number} | seat for number, seat in enumerate(order["lines"], start=1)],
            "lines": order["charged"],
            "tickets": [{name: ticket[name] for name in ("ticket_id", "seat")} for ticket in order["tickets"]],
        }

    async def export(self, vendor: Vendor, event: str) -> AsyncIterator[str] | None:
        """Return the lines of a CSV file, one a seat, oldest order first; None: there is no such event."""
        event_id = await self._event_id(vendor, event)
        return None if event_id is None else self._csv(event_id)

    async def _csv(self, event_id: int) -> AsyncIterator[str]:
        yield _csv_lines([COLUMNS])
        last: Document = {"at": datetime.min.replace(tzinfo=UTC), "order_id": "", "line": 0}
        while True:
            values = last | {"event_id": event_id, "most": BATCH}
            rows = await self._database.rows(self._sql["tickets"], values)
            if not rows:
                return
            yield _csv_lines([_ticket(row) for row in rows])
            last = {"at": rows[-1]["created_at"], "order_id": rows[-1]["order_id"], "line": rows[-1]["line"]}

    async def _event_id(self, vendor: Vendor, event: str) -> int | None:
        values = {"vendor_id": vendor.vendor_id, "event": event}
        row = await self._database.row(self._sql["event_id"], values)
        return None if row is None else int(row["event_id"])


def _summary(row: Row) -> Document:
    return {
        "order_id": row["order_id"],
        "email": row["email"],
        "status": row["status"],
        "seats": row["seats"],
        "total": {"amount": row["amount"], "currency": row["currency"]},
        "created_at": rfc3339(round(row["created_at"].timestamp() * 1000)),
    }


def _ticket(row: Row) -> tuple[object, ...]:
    at = rfc3339(round(row["created_at"].timestamp() * 1000))
    valid = "yes" if row["is_live"] else "no"
    told = (row["order_id"], at, row["status"], row["email"], row["seat"], row["category"])
    return (*map(_harmless, told), row["price"], row["currency"], row["ticket_id"] or "", valid)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _csv_lines(rows: list[tuple[object, ...]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()
