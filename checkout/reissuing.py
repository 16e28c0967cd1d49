"""Tickets proved anew after their event has moved: a proof names the time, and the door checks it.

The old proof stays genuine, for another time: whoever checks tickets of the new one finds that it differs.
"""

from checkout.database import Database, Row
from checkout.proof import prove
from checkout.sql import statements
from waitroom.tokens import SigningKeys

BATCH = 500


class Reissuing:
    """Signs the tickets of an event anew, a batch a transaction; safe to repeat."""

    def __init__(self, database: Database, *, signing: SigningKeys) -> None:
        self._database = database
        self._signing = signing
        self._sql = statements("proofs")

    async def reissue(self, *, event_id: int) -> None:
        """Sign every live ticket that has a proof for the time that the event has now."""
        last = ""
        while True:
            values = {"event_id": event_id, "after": last, "most": BATCH}
            async with self._database.transaction() as connection:
                # The event's time is read with the lock, so that two moves cannot sign in the wrong order.
                await connection.execute(self._sql["lock_event"], values)
                tickets = await (await connection.execute(self._sql["of_event"], values)).fetchall()
                if not tickets:
                    return
                proofs = [self._prove(ticket) for ticket in tickets]
                ids = [ticket["ticket_id"] for ticket in tickets]
                await connection.execute(self._sql["write"], {"tickets": ids, "proofs": proofs})
            last = ids[-1]

    def _prove(self, ticket: Row) -> str:
        return prove(ticket, order=ticket, keys=self._signing)
