"""The purchase: authorise, secure, capture. No lock and no connection is held across a call to the provider.

Before each call its attempt is committed, after it the answer is; so whenever this process dies, the rows say how far
it came: the attempt without an outcome is the call that comes next, and whoever takes the payment up makes it again,
under the same key. The seats are the buyer's from the commit of `secure` on, and from nothing before.
"""

import json
from collections.abc import Awaitable, Callable

from checkout.database import Database
from checkout.errors import OutcomeUnknownError, SeatsBusyError
from checkout.payments.free import FREE, Free
from checkout.payments.provider import ActionRequired, Authorised, Captured, CaptureFailed, Declined, Provider, Voided
from checkout.proof import prove
from checkout.room_client import RoomClient
from checkout.sql import statements
from checkout.values import Document, Money
from waitroom.tokens import SigningKeys

SECURE_TRIES = 5
"""How often the seats' locks are asked for, a second each, before it is left to the next look."""

Step = Callable[[Document], Awaitable[Document]]


class Purchase:
    """Takes a payment forward, from whichever step it is at; a payment is `payment_document` of the database."""

    def __init__(self, database: Database, provider: Provider, *, room: RoomClient, signing: SigningKeys) -> None:
        self._database = database
        self._provider = provider
        self._room = room
        self._signing = signing
        self._sql = statements("payments")
        self._steps: dict[str, Step] = {
            "authorise": self._authorise,
            "confirm": self._confirm,
            "capture": self._capture,
            "void": self._void,
        }

    async def go_on(self, payment: Document) -> Document:
        """Make the calls that come next until none does, or until the provider does not answer one."""
        while (step := payment["next"]) is not None:
            try:
                payment = await self._steps[step](payment)
            except (OutcomeUnknownError, SeatsBusyError):
                return await self._settle("settle_unknown", payment, step=step)
        return payment

    async def _authorise(self, payment: Document) -> Document:
        answer = await self._payer(payment).authorise(
            key=_key(payment, "authorise"),
            money=Money.of(payment),
            method=payment["method"],
            payment_id=payment["payment_id"],
        )
        return await self._secure(payment, answer, step="authorise")

    async def _confirm(self, payment: Document) -> Document:
        answer = await self._provider.look_up(authorisation=payment["reference"])
        assert not isinstance(answer, Captured), "nothing is captured before it is secured"
        return await self._secure(payment, answer, step="confirm")

    async def _secure(
        self, payment: Document, answer: Authorised | Declined | ActionRequired | Voided, *, step: str
    ) -> Document:
        match answer:
            case Authorised(authorisation=authorisation):
                return await self._secure_patiently(payment, step=step, authorisation=authorisation)
            case ActionRequired(authorisation=authorisation, next_action=action):
                values = {"authorisation": authorisation, "next_action": json.dumps(action)}
                return await self._settle("settle_needs_action", payment, step=step, **values)
            case Declined(code=code, is_retryable=is_retryable):
                return await self._settle("settle_declined", payment, step=step, code=code, is_retryable=is_retryable)
            case Voided():
                gone = {"code": "authorisation_gone", "is_retryable": True}
                return await self._settle("settle_declined", payment, step=step, **gone)

    async def _secure_patiently(self, payment: Document, *, step: str, authorisation: str) -> Document:
        for _ in range(SECURE_TRIES - 1):
            try:
                return await self._settle("secure", payment, step=step, authorisation=authorisation)
            except SeatsBusyError:
                continue
        return await self._settle("secure", payment, step=step, authorisation=authorisation)

    async def _capture(self, payment: Document) -> Document:
        answer = await self._payer(payment).capture(key=_key(payment, "capture"), authorisation=payment["reference"])
        if isinstance(answer, CaptureFailed):
            return await self._settle("settle_capture_failed", payment, code=answer.code)
        order = payment["order"]
        proofs = [prove(ticket, order=order, keys=self._signing) for ticket in order["tickets"]]
        ids = [ticket["ticket_id"] for ticket in order["tickets"]]
        paid = await self._settle("settle_captured", payment, tickets=ids, proofs=proofs)
        await self._room.finish(order["room"], epoch=order["epoch"], fan_id=order["fan_id"])
        return paid

    async def _void(self, payment: Document) -> Document:
        await self._payer(payment).void(key=_key(payment, "void"), authorisation=payment["reference"])
        return await self._settle("settle_voided", payment)

    def _payer(self, payment: Document) -> Provider | Free:
        return self._provider if payment["amount"] else FREE

    async def _settle(self, verb: str, payment: Document, **values: object) -> Document:
        found: Document = await self._database.call(self._sql[verb], {"payment_id": payment["payment_id"]} | values)
        return found


def _key(payment: Document, step: str) -> str:
    # The provider's idempotency key follows from committed rows alone.
    return f"{payment['payment_id']}.{step}"
