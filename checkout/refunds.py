"""Refunds: money given back, whole or for single lines; the tickets end when the provider has taken it on.

As with a purchase the call is written down before it is made, and made again by whoever finds it without an outcome.
"""

import structlog

from checkout.database import Database
from checkout.errors import CheckoutError, OutcomeUnknownError
from checkout.holds import Refused
from checkout.payments.free import FREE
from checkout.payments.provider import Provider, RefundFailed
from checkout.sql import statements
from checkout.values import Document, Money, new_id

log = structlog.get_logger()


class Refunds:
    """Gives money back."""

    def __init__(self, database: Database, provider: Provider) -> None:
        self._database = database
        self._provider = provider
        self._sql = statements("refunds")
        self._payments = statements("payments")

    async def refund(self, order_id: str, *, lines: list[int] | None, reason: str, key: str) -> Document | Refused:
        """Give back the money of these lines, or of all that are left; the same key is the same refund.

        The document's `status` is `started` while the provider is silent: it is asked again until it answers.
        """
        values = {"refund_id": new_id("refund"), "order_id": order_id, "lines": lines, "reason": reason, "key": key}
        document = await self._database.call(self._sql["open"], values)
        if document["outcome"] != "opened":
            return Refused(reason=document["outcome"], detail=document)
        return await self.go_on(document["refund"])

    async def refund_event(self, event_id: int) -> None:
        """Give back all that was paid for an event that does not take place; safe to repeat.

        A refund that the provider refuses as wrong keeps no other buyer from theirs: it is written down, so recovery
        makes its call again and puts it before a human.
        """
        for row in await self._database.rows(self._sql["orders_of_event"], {"event_id": event_id}):
            order_id = row["order_id"]
            try:
                await self.refund(order_id, lines=None, reason="event cancelled", key=f"event {event_id}, {order_id}")
            except CheckoutError:
                raise
            except Exception:
                log.exception("a refund was refused by the provider; the others go on")

    async def of_order(self, order_id: str) -> list[Document]:
        """Return an order's refunds, oldest first."""
        rows = await self._database.rows(self._sql["of_order"], {"order_id": order_id})
        return [row["refund_document"] for row in rows]

    async def find(self, refund_id: str) -> Document:
        """Return a refund that exists."""
        found: Document = await self._database.call(self._sql["find"], {"refund_id": refund_id})
        return found

    async def go_on(self, refund: Document) -> Document:
        """Ask the provider, if it has not answered yet, and settle what it says."""
        if refund["status"] != "started":
            return refund
        try:
            payer = self._provider if refund["amount"] else FREE
            answer = await payer.refund(
                key=refund["refund_id"], authorisation=refund["authorisation"], money=Money.of(refund)
            )
        except OutcomeUnknownError:
            await self._database.call(self._payments["put_off"], {"attempt_key": refund["refund_id"]})
            return refund
        if isinstance(answer, RefundFailed):
            return await self._settle("settle_refund_failed", refund, code=answer.code)
        return await self._settle("settle_refunded", refund, reference=answer.reference)

    async def _settle(self, verb: str, refund: Document, **values: object) -> Document:
        found: Document = await self._database.call(self._sql[verb], {"refund_id": refund["refund_id"]} | values)
        return found
