"""Buying: what a buyer's call for an order sets off, and the answer that is kept under the call's key."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from time import monotonic

from checkout.answers import Answer, OrderAnswers
from checkout.database import Database
from checkout.holds import Call, Refused
from checkout.payments.provider import Provider
from checkout.purchase import Purchase
from checkout.sql import statements
from checkout.values import Document, new_id
from waitroom.metrics import CheckoutMetrics

PENDING = 202
"""This answer is not kept under a key: what came of it will be."""


@dataclass(frozen=True, kw_only=True)
class PaymentRequest:
    """What a buyer sends to buy the seats of a hold."""

    hold_id: str
    email: str
    payment_method: str
    locale: str | None = None


class Buying:
    """Buys the seats of a hold, once a key."""

    def __init__(
        self,
        database: Database,
        provider: Provider,
        purchase: Purchase,
        *,
        answers: OrderAnswers,
        metrics: CheckoutMetrics,
    ) -> None:
        self._database = database
        self._provider = provider
        self._purchase = purchase
        self._answers = answers
        self._metrics = metrics
        self._sql = statements("payments")
        self._running: set[asyncio.Task[Answer | Refused]] = set()

    async def buy(self, call: Call, request: PaymentRequest) -> Answer | Refused:
        """Pay for a hold and say what came of it; a call with a known key gets the known answer.

        A purchase goes on to its end also when the buyer's connection is gone.
        """
        return await self._to_the_end(self._buy(call, request))

    async def confirm(self, session_id: str | None, order_id: str) -> Answer | Refused:
        """Go on with a payment after the buyer did what the bank asked for."""
        return await self._to_the_end(self._confirm(session_id, order_id))

    async def settle(self, payment: Document) -> Answer:
        """Take a payment as far as it can go, and keep the answer for the call that asked for it."""
        started_at = monotonic()
        answer = await self._keep(await self._purchase.go_on(payment))
        seconds = monotonic() - started_at
        self._metrics.order_settled(payment["order"]["event"], status=answer.outcome, seconds=seconds)
        return answer

    async def close(self) -> None:
        """Wait for the purchases that are under way."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _to_the_end(self, work: Coroutine[None, None, Answer | Refused]) -> Answer | Refused:
        task = asyncio.create_task(work, name="purchase")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _buy(self, call: Call, request: PaymentRequest) -> Answer | Refused:
        values = vars(call) | vars(request) | {
            "order_id": new_id("order"),
            "secret": new_id("secret").removeprefix("secret_"),
            "provider": self._provider.name,
            "method": request.payment_method,
        }  # fmt: skip
        document = await self._database.call(self._sql["open"], values)
        match document["outcome"]:
            case "opened":
                return await self.settle(document["payment"])
            case "replay":
                return Answer(status=document["status"], body=document["answer"])
            case "unsettled":
                # Who made the call died or waits; what the rows say by now is the answer, kept if it is one.
                return await self._keep(await self._find(document["payment_id"]))
            case reason:
                return Refused(reason=reason, detail=document)

    async def _confirm(self, session_id: str | None, order_id: str) -> Answer | Refused:
        values = {"session_id": session_id, "order_id": order_id}
        document = await self._database.call(self._sql["begin_confirm"], values)
        match document["outcome"]:
            case "confirming":
                return _of_known_order(await self.settle(document["payment"]))
            case "confirmed":
                return _of_known_order(self._answers.payment(document["payment"]))
            case reason:
                return Refused(reason=reason, detail=document)

    async def _keep(self, payment: Document) -> Answer:
        answer = self._answers.payment(payment)
        if answer.status != PENDING:
            body = json.dumps(answer.body)
            values = {"payment_id": payment["payment_id"], "status": answer.status, "answer": body}
            await self._database.call(self._sql["finish_call"], values)
        return answer

    async def _find(self, payment_id: str) -> Document:
        found: Document = await self._database.call(self._sql["find"], {"payment_id": payment_id})
        return found


def _of_known_order(answer: Answer) -> Answer:
    # The order was made by an earlier call, so this one creates nothing.
    return replace(answer, status=200) if answer.status == 201 else answer
