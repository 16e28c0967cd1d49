"""The purchase: authorise, secure, capture. No lock and no connection is held across a call to the provider.

Before each call its row is committed, after it the answer is; so whenever this process dies, the rows say how far
it came. The seats are the buyer's from the commit of `secure` on, and from nothing before.
"""

import asyncio
import json
from dataclasses import dataclass
from time import monotonic

from checkout.answers import Answer, OrderAnswers
from checkout.database import Database
from checkout.errors import OutcomeUnknownError, SeatsBusyError
from checkout.holds import Call, Refused
from checkout.payments.provider import ActionRequired, Authorised, Captured, CaptureFailed, Declined, Provider
from checkout.proof import prove
from checkout.room_client import RoomClient
from checkout.sql import statements
from checkout.values import Document, Money, new_id
from waitroom.metrics import CheckoutMetrics
from waitroom.tokens import SigningKeys

SECURE_TRIES = 5
"""How often the seats' locks are asked for, a second each, before the buyer is told to wait."""


@dataclass(frozen=True, kw_only=True)
class PaymentRequest:
    """What a buyer sends to buy the seats of a hold."""

    hold_id: str
    email: str
    payment_method: str
    locale: str | None = None


@dataclass(frozen=True, kw_only=True)
class Payment:
    """One try to pay an order, and the call under whose key it was asked for."""

    payment_id: str
    order: Document
    call: Call

    def key(self, step: str) -> str:
        """Return the provider's idempotency key of a step: it follows from committed rows alone."""
        return f"{self.payment_id}.{step}"


class Purchase:
    """Buys the seats of a hold."""

    def __init__(
        self,
        database: Database,
        provider: Provider,
        *,
        room: RoomClient,
        signing: SigningKeys,
        answers: OrderAnswers,
        metrics: CheckoutMetrics,
    ) -> None:
        self._database = database
        self._provider = provider
        self._room = room
        self._signing = signing
        self._answers = answers
        self._metrics = metrics
        self._sql = statements("orders")
        self._running: set[asyncio.Task[Answer | Refused]] = set()

    async def buy(self, call: Call, request: PaymentRequest) -> Answer | Refused:
        """Pay for a hold and say what came of it; a call with a known key gets the known answer.

        A purchase goes on to its end also when the buyer's connection is gone.
        """
        task = asyncio.create_task(self._buy(call, request), name="purchase")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Wait for the purchases that are under way."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _buy(self, call: Call, request: PaymentRequest) -> Answer | Refused:
        started_at = monotonic()
        payment = await self._open(call, request)
        if not isinstance(payment, Payment):
            return payment
        answer = await self._pay(payment, request.payment_method)
        seconds = monotonic() - started_at
        self._metrics.order_settled(payment.order["event"], status=answer.outcome, seconds=seconds)
        return answer

    async def _pay(self, payment: Payment, method: str) -> Answer:
        try:
            authorised = await self._authorise(payment, method)
        except OutcomeUnknownError:
            return await self._leave_unknown(payment)
        match authorised:
            case Declined():
                return await self._settle_declined(payment, authorised)
            case ActionRequired(next_action=next_action):
                return await self._await_action(payment, next_action)
            case Authorised(authorisation=authorisation):
                return await self._take(payment, authorisation)

    async def _take(self, payment: Payment, authorisation: str) -> Answer:
        outcome = await self._secure(payment, authorisation)
        if outcome == "unsecured":
            return await self._leave_unknown(payment)
        if outcome != "secured":
            return await self._let_go(payment, authorisation)
        try:
            captured = await self._capture(payment, authorisation)
        except OutcomeUnknownError:
            # The seats are the buyer's already; only the money is still on its way.
            return self._answers.pending(await self._order(payment))
        if isinstance(captured, CaptureFailed):
            return await self._settle_capture_failed(payment, captured)
        return await self._settle_captured(payment)

    async def _open(self, call: Call, request: PaymentRequest) -> Payment | Answer | Refused:
        values = vars(call) | vars(request) | {
            "order_id": new_id("order"),
            "secret": new_id("secret").removeprefix("secret_"),
            "provider": self._provider.name,
            "method": request.payment_method,
        }  # fmt: skip
        document = await self._database.call(self._sql["open"], values)
        match document["outcome"]:
            case "opened":
                return Payment(payment_id=document["payment_id"], order=document["order"], call=call)
            case "replay":
                return Answer(status=document["status"], body=document["answer"])
            case "unsettled":
                found = await self._database.call(self._sql["find"], {"order_id": document["order_id"]})
                return self._answers.pending(found)
            case reason:
                return Refused(reason=reason, detail=document)

    async def _authorise(self, payment: Payment, method: str) -> Authorised | Declined | ActionRequired:
        return await self._provider.authorise(
            key=payment.key("authorise"),
            money=Money.of(payment.order),
            method=method,
            order_reference=payment.order["order_id"],
        )

    async def _secure(self, payment: Payment, authorisation: str) -> str:
        values = {"payment_id": payment.payment_id, "authorisation": authorisation}
        for _ in range(SECURE_TRIES):
            try:
                document = await self._database.call(self._sql["secure"], values)
            except SeatsBusyError:
                continue
            return str(document["outcome"])
        return "unsecured"

    async def _capture(self, payment: Payment, authorisation: str) -> Captured | CaptureFailed:
        return await self._provider.capture(key=payment.key("capture"), authorisation=authorisation)

    async def _let_go(self, payment: Payment, authorisation: str) -> Answer:
        answer = self._answers.hold_expired()
        try:
            await self._provider.void(key=payment.key("void"), authorisation=authorisation)
        except OutcomeUnknownError:
            # The row of the void stays unanswered: that is how whoever recovers finds it.
            await self._keep(payment, answer)
            return answer
        await self._settle(payment, "settle_voided", answer)
        return answer

    async def _settle_declined(self, payment: Payment, declined: Declined) -> Answer:
        answer = self._answers.declined(payment.order, code=declined.code, is_retryable=declined.is_retryable)
        await self._settle(payment, "settle_declined", answer, code=declined.code)
        return answer

    async def _await_action(self, payment: Payment, next_action: Document) -> Answer:
        answer = self._answers.action_required(payment.order, next_action=next_action)
        await self._settle(payment, "settle_needs_action", answer)
        return answer

    async def _settle_capture_failed(self, payment: Payment, failed: CaptureFailed) -> Answer:
        answer = self._answers.capture_failed(payment.order)
        await self._settle(payment, "settle_capture_failed", answer, code=failed.code)
        return answer

    async def _settle_captured(self, payment: Payment) -> Answer:
        order = await self._order(payment)
        tickets = [ticket | {"proof": prove(ticket, order=order, keys=self._signing)} for ticket in order["tickets"]]
        answer = self._answers.order(order | {"status": "paid", "tickets": tickets}, status=201)
        ids, proofs = [ticket["ticket_id"] for ticket in tickets], [ticket["proof"] for ticket in tickets]
        await self._settle(payment, "settle_captured", answer, tickets=ids, proofs=proofs)
        await self._room.finish(order["room"], epoch=order["epoch"], fan_id=order["fan_id"])
        return answer

    async def _leave_unknown(self, payment: Payment) -> Answer:
        await self._database.call(self._sql["settle_unknown"], {"payment_id": payment.payment_id})
        return self._answers.pending(await self._order(payment))

    async def _settle(self, payment: Payment, verb: str, answer: Answer, **values: object) -> None:
        # What came of it and the answer kept under the call's key are one commit.
        async with self._database.transaction() as connection:
            await connection.execute(self._sql[verb], {"payment_id": payment.payment_id} | values)
            await connection.execute(self._sql["finish_call"], _kept(payment.call, answer))

    async def _keep(self, payment: Payment, answer: Answer) -> None:
        async with self._database.connection() as connection:
            await connection.execute(self._sql["finish_call"], _kept(payment.call, answer))

    async def _order(self, payment: Payment) -> Document:
        order: Document = await self._database.call(self._sql["find"], {"order_id": payment.order["order_id"]})
        return order


def _kept(call: Call, answer: Answer) -> Document:
    body = json.dumps(answer.body)
    return {"session_id": call.session_id, "key": call.key, "status": answer.status, "answer": body}
