"""Orders as buyers see them: found by the session that made them or by their secret, cancelled while unpaid."""

from hmac import compare_digest

from checkout.database import Database
from checkout.holds import Refused
from checkout.sql import statements
from checkout.values import Document

MOST_SENT_AN_HOUR = 3
"""How often an order's tickets are sent again on request."""


class OrderBook:
    """Reads and cancels orders, and has their tickets sent again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("orders")
        self._notices = statements("notices")

    async def find(self, order_id: str, *, session_id: str | None = None, secret: str | None = None) -> Document | None:
        """Return an order to whoever made it or knows its secret; None to all others."""
        order: Document | None = await self._database.call(self._sql["find"], {"order_id": order_id})
        if order is None:
            return None
        is_maker = session_id is not None and compare_digest(session_id, order["session_id"])
        knows_secret = secret is not None and compare_digest(secret.encode(), order["secret"].encode())
        return order if is_maker or knows_secret else None

    async def of_hold(self, session_id: str, hold_id: str) -> Document | None:
        """Return the newest order of a fan's hold."""
        values = {"session_id": session_id, "hold_id": hold_id}
        order: Document | None = await self._database.call(self._sql["of_hold"], values)
        return order

    async def of_reference(self, reference: str) -> Document | None:
        """Return the order that a provider's reference is about."""
        order: Document | None = await self._database.call(self._sql["of_reference"], {"reference": reference})
        return order

    async def next_action(self, order_id: str) -> Document | None:
        """Return what the bank wants the buyer to do, as the provider told it."""
        action: Document | None = await self._database.call(self._sql["next_action"], {"order_id": order_id})
        return action

    async def cancel(self, session_id: str, order_id: str) -> Document | Refused:
        """Cancel an unpaid order, give its seats back, and return it."""
        values = {"session_id": session_id, "order_id": order_id}
        document: Document = await self._database.call(self._sql["cancel"], values)
        if document["outcome"] == "cancelled":
            order: Document = document["order"]
            return order
        return Refused(reason=document["outcome"], detail=document)

    async def send_again(self, order_id: str) -> Refused | None:
        """Have the tickets of an order sent once more to its own address, and to no other."""
        values = {"order_id": order_id, "most_an_hour": MOST_SENT_AN_HOUR}
        document: Document = await self._database.call(self._notices["send_again"], values)
        if document["outcome"] == "sending":
            return None
        return Refused(reason=document["outcome"], detail=document)
