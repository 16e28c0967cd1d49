"""Recovery: finishes or lets go what a crash or a silent provider left; the rows alone say what that is.

Any number of processes may do so beside those that serve buyers: a call is claimed for a minute, made under the same
key, and what is settled twice changes nothing the second time.
"""

import asyncio
from contextlib import suppress

import structlog

from checkout.buying import Buying
from checkout.database import Database, Row
from checkout.errors import CheckoutError
from checkout.payments.provider import ActionRequired, Provider
from checkout.refunds import Refunds
from checkout.sql import statements
from checkout.values import Document

INTERVAL_SECONDS = 1.0
BATCH = 20
GIVE_UP_SECONDS = 23 * 3600
"""Providers keep an idempotency key for a day; after that the same call could be another payment."""

log = structlog.get_logger()


class Recovery:
    """Takes up what is due, in batches, until stopped."""

    def __init__(self, database: Database, provider: Provider, buying: Buying, refunds: Refunds) -> None:
        self._database = database
        self._provider = provider
        self._buying = buying
        self._refunds = refunds
        self._sql = statements("payments")
        self._orders = statements("orders")
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Look each second until `stop`; while the database is away, look again."""
        while not self._stopped.is_set():
            try:
                taken_up = await self.look()
            except CheckoutError:
                log.warning("the database did not answer; what is due waits")
                taken_up = 0
            if taken_up < BATCH:
                with suppress(TimeoutError):
                    async with asyncio.timeout(INTERVAL_SECONDS):
                        await self._stopped.wait()

    def stop(self) -> None:
        """Let `run` end after the batch under way."""
        self._stopped.set()

    async def look(self) -> int:
        """End the orders whose holds have expired, make the calls that are due; returns how many those were."""
        await self._database.call(self._orders["expire"], {"most": BATCH})
        due = await self._database.rows(self._sql["due"], {"most": BATCH})
        await asyncio.gather(*[self._take_up(attempt) for attempt in due])
        return len(due)

    async def settle(self, payment_id: str) -> None:
        """Take up one payment now: its provider has news."""
        payment = await self._find(payment_id)
        # Most news are about what has been settled: there is nothing to do, nor to count again.
        if payment is not None and (payment["next"] is not None or payment["order"]["status"] == "needs_action"):
            await self._go_on(payment, attempt_key=f"{payment_id}.confirm")

    async def _take_up(self, attempt: Row) -> None:
        try:
            await self._make(attempt)
        except CheckoutError:
            log.warning("what was due could not be settled; it is due again", step=attempt["step"])
        except Exception as broken:
            # A call that can never succeed must not be made for ever, nor keep the others from being settled.
            log.exception("the provider refused a call of ours; a human is asked", step=attempt["step"])
            await self._open_case(attempt, kind="call-refused", detail=type(broken).__name__)

    async def _make(self, attempt: Row) -> None:
        if attempt["age_seconds"] > GIVE_UP_SECONDS:
            await self._open_case(attempt, kind="outcome-unknown", detail=attempt["step"])
        elif attempt["step"] == "refund":
            await self._refunds.go_on(await self._refunds.find(attempt["refund_id"]))
        else:
            payment = await self._find(attempt["payment_id"])
            assert payment is not None
            await self._go_on(payment, attempt_key=attempt["attempt_key"])

    async def _go_on(self, payment: Document, *, attempt_key: str) -> None:
        if payment["order"]["status"] != "needs_action":
            await self._buying.settle(payment)
            return
        # The buyer may have done what the bank asked for and never have come back.
        standing = await self._provider.look_up(authorisation=payment["reference"])
        if isinstance(standing, ActionRequired):
            await self._database.call(self._sql["put_off"], {"attempt_key": attempt_key})
        else:
            await self._buying.confirm(None, payment["order"]["order_id"])

    async def _find(self, payment_id: str) -> Document | None:
        found: Document | None = await self._database.call(self._sql["find"], {"payment_id": payment_id})
        return found

    async def _open_case(self, attempt: Row, *, kind: str, detail: str) -> None:
        values = {"payment_id": attempt["payment_id"], "attempt_key": attempt["attempt_key"]}
        await self._database.call(self._sql["open_case"], values | {"kind": kind, "detail": detail})
