"""The sandbox: a counterpart with its own schema, connections and commits, so that the two can disagree.

Methods decide what happens, always in the same way. Repeating a key repeats the answer; a key with another
request is an error, as it is with real providers.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable

from checkout.database import Connection, Database
from checkout.errors import DatabaseUnavailableError, OutcomeUnknownError, SeatsBusyError
from checkout.payments.provider import (
    ActionRequired,
    Authorised,
    Captured,
    CaptureFailed,
    Declined,
    Method,
)
from checkout.sql import statements
from checkout.values import Document, Money

PAYS = "pm_card_visa"
DECLINES = {
    "pm_card_chargeDeclined": Declined(code="card_declined", is_retryable=True),
    "pm_card_chargeDeclinedInsufficientFunds": Declined(code="insufficient_funds", is_retryable=True),
}
METHODS = (
    Method(method=PAYS, name="Test card that pays"),
    Method(method="pm_card_chargeDeclined", name="Test card that is declined"),
    Method(method="pm_card_chargeDeclinedInsufficientFunds", name="Test card without funds"),
)
POOL_SIZE = 4

Act = Callable[[Connection], Awaitable[Document]]


class KeyReusedError(Exception):
    """A key came again with another request: a fault of ours, never of the buyer's."""


class Sandbox:
    """A payment provider to play with. When its database is away, the outcome of a call is unknown."""

    name = "sandbox"

    def __init__(self, database_url: str) -> None:
        # A connection that died with a restart would make the outcome of a call unknown that was never sent.
        self._database = Database(database_url, name="sandbox", size=POOL_SIZE, is_checked=True)
        self._sql = statements("sandbox")

    async def open(self) -> None:
        """Open its own connections."""
        await self._database.open()

    async def close(self) -> None:
        """Close them."""
        await self._database.close()

    def methods(self) -> tuple[Method, ...]:
        """Return every test method."""
        return METHODS

    def accepts(self, method: str) -> bool:
        """Say whether this is one of the test methods."""
        return any(known.method == method for known in METHODS)

    async def authorise(
        self, *, key: str, money: Money, method: str, order_reference: str
    ) -> Authorised | Declined | ActionRequired:
        """Reserve the money, or decline, as the method says."""
        request = {"authorise": money.to_json(), "method": method, "order": order_reference}
        authorisation = f"auth_{hashlib.sha256(key.encode()).hexdigest()[:24]}"

        async def act(connection: Connection) -> Document:
            if method in DECLINES:
                return {"declined": vars(DECLINES[method])}
            values = {"authorisation": authorisation, "method": method, "order_reference": order_reference}
            await connection.execute(self._sql["authorise"], values | money.to_json())
            return {"authorisation": authorisation}

        answer = await self._once(key, request, act)
        return Declined(**answer["declined"]) if "declined" in answer else Authorised(**answer)

    async def capture(self, *, key: str, authorisation: str) -> Captured | CaptureFailed:
        """Take what was reserved, if it still is."""

        async def act(connection: Connection) -> Document:
            taken = await connection.execute(self._sql["capture"], {"authorisation": authorisation})
            return {} if taken.rowcount == 1 else {"code": "authorisation_gone"}

        answer = await self._once(key, {"capture": authorisation}, act)
        return CaptureFailed(**answer) if answer else Captured()

    async def void(self, *, key: str, authorisation: str) -> None:
        """Let go what was reserved."""

        async def act(connection: Connection) -> Document:
            await connection.execute(self._sql["void"], {"authorisation": authorisation})
            return {}

        await self._once(key, {"void": authorisation}, act)

    async def _once(self, key: str, request: Document, act: Act) -> Document:
        # One at a time a key: the second waits and is told what the first was told.
        fingerprint = json.dumps(request, sort_keys=True)
        try:
            async with self._database.transaction() as connection:
                await connection.execute(self._sql["lock_key"], {"key": key})
                known = await (await connection.execute(self._sql["answered"], {"key": key})).fetchone()
                if known is not None:
                    return _replayed(known, fingerprint)
                answer = await act(connection)
                values = {"key": key, "fingerprint": fingerprint, "answer": json.dumps(answer)}
                await connection.execute(self._sql["answer"], values)
                return answer
        except (DatabaseUnavailableError, SeatsBusyError) as silent:
            raise OutcomeUnknownError("The sandbox did not answer.") from silent


def _replayed(known: Document, fingerprint: str) -> Document:
    if known["fingerprint"] != fingerprint:
        raise KeyReusedError("This key was used for another request.")
    answer: Document = known["answer"]
    return answer
