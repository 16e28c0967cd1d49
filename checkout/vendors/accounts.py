"""Vendors and their keys. A key is `id.secret`; the database keeps the SHA-256 of the secret, and nobody else does.

Several keys of a vendor live at once, so that one is rotated without a gap: make the new one, use it, revoke the old.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from checkout.database import Database
from checkout.sql import statements

KEY_ID = re.compile(r"key_[0-9a-f]{16}")
NOBODY = b"\0" * 32
"""What a secret is compared with when there is no such key, so that the time says nothing."""


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """Who sells here."""

    vendor_id: int
    vendor: str
    name: str


@dataclass(frozen=True, kw_only=True)
class VendorKey:
    """What is known of a key: never its secret."""

    key_id: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    is_live: bool


class Vendors:
    """Adds vendors, makes and revokes their keys, and finds whose a key is."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("vendors")

    async def add(self, vendor: str, *, name: str) -> Vendor | None:
        """Add a vendor; None: there is one of that name."""
        row = await self._database.row(self._sql["add"], {"vendor": vendor, "name": name})
        return None if row is None else Vendor(**row)

    async def everyone(self) -> list[Vendor]:
        """Return all vendors by name."""
        return [Vendor(**row) for row in await self._database.rows(self._sql["list"])]

    async def make_key(self, vendor: str, *, expires_at: datetime | None = None) -> str | None:
        """Make a key and return it, this once; None: there is no such vendor."""
        key_id, secret = f"key_{secrets.token_hex(8)}", secrets.token_urlsafe(32)
        values = {"vendor": vendor, "key_id": key_id, "key_hash": _hash(secret), "expires_at": expires_at}
        row = await self._database.row(self._sql["add_key"], values)
        return None if row is None else f"{key_id}.{secret}"

    async def keys(self, vendor: str) -> list[VendorKey]:
        """Return the keys of a vendor, oldest first."""
        return [VendorKey(**row) for row in await self._database.rows(self._sql["keys"], {"vendor": vendor})]

    async def revoke_key(self, key_id: str) -> bool:
        """Revoke a key for good; False: there is no such key."""
        return await self._database.row(self._sql["revoke_key"], {"key_id": key_id}) is not None

    async def find(self, key: str) -> Vendor | None:
        """Return whose key this is, if it lives; how long that takes says nothing about any secret."""
        key_id, _, secret = key.partition(".")
        known_id = key_id if KEY_ID.fullmatch(key_id) else ""
        row = await self._database.row(self._sql["holder"], {"key_id": known_id}) or {}
        is_right = compare_digest(bytes(row.pop("key_hash", NOBODY)), _hash(secret))
        return Vendor(**row) if is_right else None


def _hash(secret: str) -> bytes:
    # 256 random bits: a plain hash of them cannot be searched.
    return hashlib.sha256(secret.encode()).digest()
