"""Seat maps of a venue. An event has a copy of one, so a map may change at any time."""

from psycopg.types.json import Jsonb

from checkout.database import Connection, Database
from checkout.holds import Refused
from checkout.sql import statements
from checkout.values import Document
from checkout.vendors.accounts import Vendor
from checkout.vendors.plans import count_places


class SeatMaps:
    """The seat maps of one vendor at a time; another's are missing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("seat_maps")
        self._venues = statements("venues")

    async def add(
        self, connection: Connection, vendor: Vendor, venue: str, *, name: str, plan: Document
    ) -> Document | Refused:
        """Add a seat map to a venue, in the caller's transaction."""
        values = {"vendor_id": vendor.vendor_id, "venue": venue, "name": name, "plan": Jsonb(plan)}
        locked = await (await connection.execute(self._venues["lock"], values)).fetchone()
        if locked is None:
            return Refused(reason="venue-missing", detail={})
        row = await (await connection.execute(self._sql["add"], values | locked)).fetchone()
        if row is None:
            return Refused(reason="name-taken", detail={})
        return {"seat_map": row["seat_map"], "venue": venue, "name": name, "version": 1, "places": count_places(plan)}

    async def of_venue(self, vendor: Vendor, venue: str) -> list[Document]:
        """Return the seat maps of a venue by name, without their plans."""
        return await self._database.rows(self._sql["list"], {"vendor_id": vendor.vendor_id, "venue": venue})

    async def find(self, vendor: Vendor, seat_map: str) -> Document | None:
        """Return a seat map with its plan."""
        row = await self._database.row(self._sql["find"], {"vendor_id": vendor.vendor_id, "seat_map": seat_map})
        if row is None:
            return None
        plan: Document = row.pop("plan")
        return {**row, "places": count_places(plan), **plan}

    async def edit(
        self, vendor: Vendor, seat_map: str, *, version: int, name: str | None, plan: Document | None
    ) -> Document | Refused:
        """Change name or plan of the version that the vendor has seen; events that exist keep their copies."""
        values = {"vendor_id": vendor.vendor_id, "seat_map": seat_map, "name": name}
        async with self._database.transaction() as connection:
            locked = await (await connection.execute(self._sql["lock"], values)).fetchone()
            if locked is None:
                return Refused(reason="seat-map-missing", detail={})
            if locked["version"] != version:
                return Refused(reason="stale-version", detail={"version": locked["version"]})
            values |= locked | {"plan": None if plan is None else Jsonb(plan)}
            if await (await connection.execute(self._sql["is_name_taken"], values)).fetchone() is not None:
                return Refused(reason="name-taken", detail={})
            await connection.execute(self._sql["edit"], values)
        edited = await self.find(vendor, seat_map)
        return Refused(reason="seat-map-missing", detail={}) if edited is None else edited

    async def delete(self, vendor: Vendor, seat_map: str) -> Refused | None:
        """Delete a seat map; events that were made of it keep their copies."""
        values = {"vendor_id": vendor.vendor_id, "seat_map": seat_map}
        async with self._database.transaction() as connection:
            locked = await (await connection.execute(self._sql["lock"], values)).fetchone()
            if locked is None:
                return Refused(reason="seat-map-missing", detail={})
            await connection.execute(self._sql["delete"], locked)
        return None
