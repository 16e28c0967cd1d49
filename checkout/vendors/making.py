"""Making something once a key: the note of the Idempotency-Key is written in the transaction of what it made."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

from psycopg.types.json import Jsonb

from checkout.database import Connection, Database
from checkout.holds import Refused
from checkout.sql import statements
from checkout.values import Document

Make = Callable[[Connection], Awaitable[Document | Refused]]
"""Makes something, and returns what is answered; refuses before it writes anything."""


@dataclass(frozen=True, kw_only=True)
class VendorCall:
    """Which vendor calls, under which key, and the fingerprint of what is asked."""

    vendor_id: int
    key: str
    fingerprint: str

    @classmethod
    def of(cls, vendor_id: int, *, key: str, path: str, body: bytes) -> Self:
        """Return a call that can be known again: the same key with another path or body is another call."""
        fingerprint = hashlib.sha256(path.encode() + b"\n" + body).hexdigest()
        return cls(vendor_id=vendor_id, key=key, fingerprint=fingerprint)


async def make_once(database: Database, call: VendorCall, make: Make) -> Document | Refused:
    """Make something, or return what the key has made before; what is refused leaves the key unused."""
    async with database.transaction() as connection:
        known = await _known(connection, call)
        if known is not None:
            return known
        made = await make(connection)
        if not isinstance(made, Refused):
            await connection.execute(statements("vendors")["keep_call"], vars(call) | {"answer": Jsonb(made)})
        return made


async def _known(connection: Connection, call: VendorCall) -> Document | Refused | None:
    sql = statements("vendors")
    # Two statements: one that locked and looked would look before the other's commit.
    locked = await (await connection.execute(sql["lock_call"], vars(call))).fetchone()
    if locked is None or not locked["is_ours"]:
        return Refused(reason="running", detail={})
    row = await (await connection.execute(sql["known_call"], vars(call))).fetchone()
    if row is None:
        return None
    if row["fingerprint"] != call.fingerprint:
        return Refused(reason="key-reused", detail={})
    answer: Document = row["answer"]
    return answer
