"""Events as their vendor makes, changes, moves, cancels and deletes them.

What has been sold or held bounds what may change. Each change waits for who holds or buys at that moment, and lets
nobody begin before it has committed, so what is looked at here is true until then.
"""

from collections.abc import Iterator, Sequence

from psycopg.types.json import Jsonb

from checkout.database import Connection, Database, Row
from checkout.holds import Refused
from checkout.sql import statements
from checkout.values import Document
from checkout.vendors.accounts import Vendor
from checkout.vendors.categories import note, write_category
from checkout.vendors.placing import Fault, Placing, invalid

LAST = 2**62
TERMS = (
    *("room", "name", "starts_at", "currency", "limit_per_fan", "fees", "taxes"),
    *("hold_seconds", "longest_hold_seconds", "payment_seconds", "longest_visit_seconds"),
)
DEFAULT_LIMIT = 4


class Events:
    """The events of one vendor at a time; another's are missing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("events")

    async def add(self, connection: Connection, vendor: Vendor, wanted: Document) -> Document | Refused:
        """Put an event on sale with a copy of its seat map, in the caller's transaction."""
        values = wanted | {"vendor_id": vendor.vendor_id, "limit_per_fan": wanted["limit_per_fan"] or DEFAULT_LIMIT}
        found = await self._one(connection, "plan", values)
        if found is None:
            return Refused(reason="seat-map-missing", detail={})
        placing = Placing.of(found["plan"])
        faults = [*_place_all(placing, wanted["categories"]), *_wrong_times(values)]
        if faults:
            return invalid(faults)
        made = await self._one(connection, "add", values | found)
        if made is None:
            return Refused(reason="name-taken", detail={})
        terms = dict.fromkeys(TERMS) | {name: values[name] for name in TERMS if name in values}
        await connection.execute(self._sql["edit"], _stored(terms) | made | {"steps": 0})
        for category in wanted["categories"]:
            is_area = placing.is_area(category["places"])
            await write_category(connection, category, event_id=made["event_id"], plan=found["plan"], is_area=is_area)
        await note(connection, made["event_id"], "event made", {"event": wanted["event"]})
        return await self.describe(connection, made["event_id"])

    async def page(self, vendor: Vendor, *, before: str | None, most: int) -> list[Document]:
        """Return so many events, newest first, that were made before the one of this name."""
        values: Document = {"vendor_id": vendor.vendor_id, "before": LAST, "most": most}
        if before is not None:
            row = await self._database.row(self._sql["event_id"], values | {"event": before})
            values["before"] = 0 if row is None else row["event_id"]
        return [row["event_terms"] for row in await self._database.rows(self._sql["list"], values)]

    async def find(self, vendor: Vendor, event: str) -> Document | None:
        """Return an event with its categories and what was sold of each."""
        values = {"vendor_id": vendor.vendor_id, "event": event}
        document: Document | None = await self._database.call(self._sql["find"], values)
        return document

    async def edit(self, vendor: Vendor, event: str, *, version: int, changes: Document) -> Document | Refused:
        """Change the terms of an event, of the version that the vendor has seen."""
        async with self._database.transaction() as connection:
            locked = await self.lock(connection, vendor, event, version=version)
            if isinstance(locked, Refused):
                return locked
            refused = _refuse_change(locked, changes)
            if refused is not None:
                return refused
            values = dict.fromkeys(TERMS) | _stored(changes) | {"event_id": locked["event_id"], "steps": 1}
            await connection.execute(self._sql["edit"], values)
            await note(connection, locked["event_id"], "event changed", changes)
            return await self.describe(connection, locked["event_id"])

    async def change_seats(self, vendor: Vendor, event: str, changes: Document) -> Document | Refused:
        """Withdraw seats from sale, put them back, or change their kind: free ones alone."""
        async with self._database.transaction() as connection:
            locked = await self.lock(connection, vendor, event)
            if isinstance(locked, Refused):
                return locked
            outcome = await self._one(connection, "change_seats", changes | {"event_id": locked["event_id"]})
            assert outcome is not None
            document: Document = outcome["change_seats"]
            if document["outcome"] != "changed":
                return Refused(reason=document["outcome"], detail=document)
            await connection.execute(self._sql["touch"], locked)
            return await self.describe(connection, locked["event_id"])

    async def move(self, vendor: Vendor, event: str, *, starts_at: object) -> Document | Refused:
        """Let an event take place at another time; buyers are told, and tickets proved anew."""
        return await self._call("move", vendor, event, starts_at=starts_at)

    async def cancel(self, vendor: Vendor, event: str, *, reason: str) -> Document | Refused:
        """Cancel an event for good; what was paid is given back."""
        return await self._call("cancel", vendor, event, reason=reason)

    async def delete(self, vendor: Vendor, event: str) -> Refused | None:
        """Delete an event that nobody has ordered of."""
        outcome = await self._call("delete", vendor, event)
        return outcome if isinstance(outcome, Refused) else None

    async def lock(
        self, connection: Connection, vendor: Vendor, event: str, *, version: int | None = None
    ) -> Row | Refused:
        """Have an event alone until the transaction ends; refuse one that is missing, cancelled or was changed."""
        values = {"vendor_id": vendor.vendor_id, "event": event}
        await connection.execute(self._sql["lock_alone"], values)
        locked = await self._one(connection, "lock", values)
        if locked is None:
            return Refused(reason="event-missing", detail={})
        if locked["is_cancelled"]:
            return Refused(reason="event-cancelled", detail={})
        if version not in {None, locked["version"]}:
            return Refused(reason="stale-version", detail={"version": locked["version"]})
        return locked

    async def describe(self, connection: Connection, event_id: int) -> Document:
        """Return an event as it is in this transaction."""
        row = await self._one(connection, "describe", {"event_id": event_id})
        assert row is not None
        document: Document = row["event_document"]
        return document

    async def _call(self, verb: str, vendor: Vendor, event: str, **values: object) -> Document | Refused:
        known = {"vendor_id": vendor.vendor_id, "event": event}
        document: Document = await self._database.call(self._sql[verb], known | values)
        if document["outcome"] in {"moved", "cancelled", "deleted"}:
            return document.get("event") or {}
        return Refused(reason=document["outcome"], detail=document)

    async def _one(self, connection: Connection, statement: str, values: Document) -> Row | None:
        return await (await connection.execute(self._sql[statement], values)).fetchone()


def _place_all(placing: Placing, categories: Sequence[Document]) -> Iterator[Fault]:
    names = [category["category"] for category in categories]
    for index, category in enumerate(categories):
        if names.index(category["category"]) < index:
            yield Fault(field=f"categories.{index}.category", problem="There is a category of that name already.")
        yield from placing.take(category["places"], under=f"categories.{index}.places")


def _wrong_times(terms: Document) -> Iterator[Fault]:
    hold, longest = terms.get("hold_seconds") or 600, terms.get("longest_hold_seconds") or 1800
    if longest < hold:
        yield Fault(field="longest_hold_seconds", problem=f"It is shorter than a hold, {hold} s.")


def _refuse_change(event: Row, changes: Document) -> Refused | None:
    times = {name: changes.get(name) or event[name] for name in ("hold_seconds", "longest_hold_seconds")}
    faults = list(_wrong_times(times))
    if faults:
        return invalid(faults)
    changed = [name for name in ("currency", "starts_at", "room") if changes.get(name) not in {None, event[name]}]
    if changed and event["is_ordered"]:
        return Refused(reason="in-use", detail={"reason": "orders", "fields": changed})
    if "room" in changed and event["is_held"]:
        return Refused(reason="in-use", detail={"reason": "holds", "fields": ["room"]})
    return None


def _stored(terms: Document) -> Document:
    return terms | {name: Jsonb(terms[name]) for name in ("fees", "taxes") if terms.get(name) is not None}
