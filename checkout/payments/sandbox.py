"""The sandbox: a counterpart with its own schema, connections and commits, so that the two can disagree.

Methods decide what happens, always in the same way. Repeating a key repeats the answer; a key with another
request is an error, as it is with real providers.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from enum import StrEnum

from psycopg.errors import LockNotAvailable
from psycopg_pool import PoolTimeout

from checkout.database import Database
from checkout.errors import DatabaseUnavailableError, OutcomeUnknownError, SeatsBusyError
from checkout.payments.provider import (
    ActionRequired,
    Authorised,
    Captured,
    CaptureFailed,
    Declined,
    Method,
    Refunded,
    RefundFailed,
    Voided,
)
from checkout.sql import statements
from checkout.values import Document, Money
from waitroom.database import SilentServerError

POOL_SIZE = 4
SLOW_SECONDS = 4.0
NO_USE_ASKING_AGAIN = PoolTimeout | LockNotAvailable | SilentServerError


class SandboxMethod(StrEnum):
    """The test methods; the names of the first four are those of Stripe's test cards."""

    PAYS = "pm_card_visa"
    DECLINED = "pm_card_chargeDeclined"
    WITHOUT_FUNDS = "pm_card_chargeDeclinedInsufficientFunds"
    NEEDS_ACTION = "pm_card_authenticationRequired"
    SLOW = "pm_sandbox_slow"
    SILENT = "pm_sandbox_silent"
    CAPTURED_LATE = "pm_sandbox_captured_late"
    CAPTURE_FAILS = "pm_sandbox_capture_fails"


_M = SandboxMethod
METHODS = (
    Method(method=_M.PAYS, name="Test card that pays"),
    Method(method=_M.DECLINED, name="Test card that is declined"),
    Method(method=_M.WITHOUT_FUNDS, name="Test card without funds"),
    Method(method=_M.NEEDS_ACTION, name="Test card whose bank asks the buyer"),
    Method(method=_M.SLOW, name="Test card of a slow bank"),
    Method(method=_M.SILENT, name="Test card whose bank falls silent"),
    Method(method=_M.CAPTURED_LATE, name="Test card that is captured late"),
    Method(method=_M.CAPTURE_FAILS, name="Test card whose bank breaks its word"),
)
DECLINES = {
    _M.DECLINED: Declined(code="card_declined", is_retryable=True),
    _M.WITHOUT_FUNDS: Declined(code="insufficient_funds", is_retryable=True),
}
REFUSED = Declined(code="authentication_failed", is_retryable=True)


class KeyReusedError(Exception):
    """A key came again with another request: a fault of ours, never of the buyer's."""


class Sandbox:
    """A payment provider to play with. When its database is away, the outcome of a call is unknown."""

    name = "sandbox"

    def __init__(self, database_url: str, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._database = Database(database_url, name="sandbox", size=POOL_SIZE)
        self._sql = statements("sandbox")
        self._sleep = sleep

    async def open(self) -> None:
        """Open its own connections."""
        await self._database.open()

    async def close(self) -> None:
        """Close them."""
        await self._database.close()

    async def why_not_ready(self) -> str | None:
        """Return nothing: it needs nothing but its database."""
        return None

    def methods(self) -> tuple[Method, ...]:
        """Return every test method."""
        return METHODS

    def accepts(self, method: str) -> bool:
        """Say whether this is one of the test methods."""
        return method in set(SandboxMethod)

    async def authorise(
        self, *, key: str, money: Money, method: str, payment_id: str
    ) -> Authorised | Declined | ActionRequired:
        """Reserve the money, decline, or ask the buyer to approve, as the method says."""
        if method == SandboxMethod.SLOW:
            await self._sleep(SLOW_SECONDS)
        authorisation = f"auth_{hashlib.sha256(key.encode()).hexdigest()[:24]}"
        request = json.dumps(money.to_json() | {"method": method, "payment_id": payment_id})
        values = {"key": key, "request": request, "authorisation": authorisation, "first": _first_status(method)}
        answer = await self._ask("authorise", values)
        if method == SandboxMethod.SILENT and "is_replay" not in answer:
            raise OutcomeUnknownError("The sandbox's reply was lost on the way.")
        return _first_answer(authorisation, status=answer["status"], method=method)

    async def look_up(self, *, authorisation: str) -> Authorised | Declined | ActionRequired | Captured | Voided:
        """Say how a reservation stands."""
        found = await self.find(authorisation)
        if found is None or found["status"] == "voided":
            return Voided()
        if found["status"] == "captured":
            return Captured()
        return _first_answer(authorisation, status=found["status"], method=found["method"])

    async def find(self, authorisation: str) -> Document | None:
        """Return its amount, currency and status for the page of the sandbox's bank; None: there is none."""
        try:
            return await self._database.row(self._sql["find"], {"authorisation": authorisation})
        except DatabaseUnavailableError as silent:
            raise OutcomeUnknownError("The sandbox did not answer.") from silent

    async def decide(self, authorisation: str, *, approves: bool) -> None:
        """Let the buyer approve or refuse what the bank asked about; what is decided stays so."""
        status = "authorised" if approves else "declined"
        await self._database.call(self._sql["decide"], {"authorisation": authorisation, "status": status})

    async def capture(self, *, key: str, authorisation: str) -> Captured | CaptureFailed:
        """Take what was reserved, if it still is."""
        values = {"key": key, "authorisation": authorisation, "method_that_fails": SandboxMethod.CAPTURE_FAILS}
        answer = await self._ask("capture", values)
        if answer.get("method") == SandboxMethod.CAPTURED_LATE and "is_replay" not in answer:
            raise OutcomeUnknownError("The sandbox's reply was lost on the way.")
        return CaptureFailed(code=answer["code"]) if "code" in answer else Captured()

    async def void(self, *, key: str, authorisation: str) -> None:
        """Let go what was reserved."""
        await self._ask("void", {"key": key, "authorisation": authorisation})

    async def refund(self, *, key: str, authorisation: str, money: Money) -> Refunded | RefundFailed:
        """Give back so much of what was taken."""
        answer = await self._ask("refund", {"key": key, "authorisation": authorisation, "amount": money.amount})
        if "code" in answer:
            return RefundFailed(code=answer["code"])
        return Refunded(reference=f"refund_{hashlib.sha256(key.encode()).hexdigest()[:24]}")

    async def _ask(self, verb: str, values: Document) -> Document:
        answer = await self._ask_patiently(verb, values)
        if "key_reused" in answer:
            raise KeyReusedError("This key was used for another request.")
        return answer

    async def _ask_patiently(self, verb: str, values: Document) -> Document:
        # Connections that died with a restart are found out one by one; a key makes it safe to ask again.
        for dead in range(POOL_SIZE + 1):
            try:
                answer: Document = await self._database.call(self._sql[verb], values)
            except (DatabaseUnavailableError, SeatsBusyError) as silent:
                if dead == POOL_SIZE or isinstance(silent.__cause__, NO_USE_ASKING_AGAIN):
                    raise OutcomeUnknownError("The sandbox did not answer.") from silent
            else:
                return answer
        raise AssertionError("the last try returns or raises")


def _first_status(method: str) -> str:
    if method in DECLINES:
        return "declined"
    return "needs_action" if method == SandboxMethod.NEEDS_ACTION else "authorised"


def _first_answer(authorisation: str, *, status: str, method: str) -> Authorised | Declined | ActionRequired:
    match status:
        case "authorised":
            return Authorised(authorisation=authorisation)
        case "needs_action":
            url = f"/sandbox/{authorisation}"
            return ActionRequired(authorisation=authorisation, next_action={"type": "redirect", "url": url})
        case _:
            return DECLINES.get(SandboxMethod(method), REFUSED)
