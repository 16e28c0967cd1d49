"""Venues: where events take place."""

from checkout.database import Connection, Database
from checkout.holds import Refused
from checkout.sql import statements
from checkout.values import Document
from checkout.vendors.accounts import Vendor


class Venues:
    """The venues of one vendor at a time; another's are missing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("venues")

    async def add(self, connection: Connection, vendor: Vendor, *, name: str, address: str) -> Document | Refused:
        """Add a venue, in the caller's transaction."""
        values = {"vendor_id": vendor.vendor_id, "name": name, "address": address}
        row = await (await connection.execute(self._sql["add"], values)).fetchone()
        return Refused(reason="name-taken", detail={}) if row is None else row

    async def everywhere(self, vendor: Vendor) -> list[Document]:
        """Return all venues by name."""
        return await self._database.rows(self._sql["list"], {"vendor_id": vendor.vendor_id})

    async def find(self, vendor: Vendor, venue: str) -> Document | None:
        """Return a venue."""
        return await self._database.row(self._sql["find"], {"vendor_id": vendor.vendor_id, "venue": venue})

    async def edit(self, vendor: Vendor, venue: str, *, version: int, changes: Document) -> Document | Refused:
        """Change name or address of the version that the vendor has seen."""
        values = {"vendor_id": vendor.vendor_id, "venue": venue, "name": None, "address": None} | changes
        async with self._database.transaction() as connection:
            locked = await (await connection.execute(self._sql["lock"], values)).fetchone()
            if locked is None:
                return Refused(reason="venue-missing", detail={})
            if locked["version"] != version:
                return Refused(reason="stale-version", detail={"version": locked["version"]})
            if await (await connection.execute(self._sql["is_name_taken"], values)).fetchone() is not None:
                return Refused(reason="name-taken", detail={})
            edited = await (await connection.execute(self._sql["edit"], values)).fetchone()
        assert edited is not None
        return edited

    async def delete(self, vendor: Vendor, venue: str) -> Refused | None:
        """Delete a venue that no event uses, and its seat maps with it."""
        values = {"vendor_id": vendor.vendor_id, "venue": venue}
        async with self._database.transaction() as connection:
            locked = await (await connection.execute(self._sql["lock"], values)).fetchone()
            if locked is None:
                return Refused(reason="venue-missing", detail={})
            events = await (await connection.execute(self._sql["events"], locked)).fetchall()
            if events:
                names = [row["event"] for row in events]
                return Refused(reason="in-use", detail={"reason": "events", "events": names})
            await connection.execute(self._sql["delete"], locked)
        return None
