"""The ledger: an insert-only record of every change, and the proof that what there is agrees with it.

Triggers and verbs write it, in the transaction of the change; nothing here does.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from checkout.database import Database, Row
from checkout.payments.provider import ActionRequired, Authorised, Captured, Declined, Provider, Voided
from checkout.sql import statements

Standing = Authorised | Declined | ActionRequired | Captured | Voided
AGREEING: dict[str, tuple[type[Standing], ...]] = {
    "captured": (Captured,),
    "voided": (Voided, Declined),
    "declined": (Declined, Voided),
    "failed": (Voided, Declined, Authorised),
    "needs_action": (ActionRequired, Authorised, Declined),
    "authorised": (Authorised, Captured),
}
"""What a provider may say of a payment with our status; the last two while a step is under way."""


@dataclass(frozen=True, kw_only=True)
class Broken:
    """Something breaks a rule."""

    rule: str
    which: str
    event: str


class Ledger:
    """Checks and exports the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rules = statements("ledger")
        self._sql = statements("books")

    @property
    def rules(self) -> list[str]:
        """What must be so, in words."""
        return [_words(name) for name in self._rules]

    async def check(self) -> list[Broken]:
        """Return all that breaks a rule; with none, seats, orders, payments, tickets and the ledger agree."""
        broken = []
        for name, rule in self._rules.items():
            for row in await self._database.rows(rule, {}):
                broken.append(Broken(rule=_words(name), which=row["which"], event=row["event"]))
        return broken

    async def check_provider(self, provider: Provider) -> list[Broken]:
        """Ask the provider about each of its payments, and return those of which its books say something else."""
        broken, after = [], ""
        while rows := await self._database.rows(self._sql["referenced"], {"provider": provider.name, "after": after}):
            for row in rows:
                standing = await provider.look_up(authorisation=row["reference"])
                if not isinstance(standing, AGREEING.get(row["status"], ())):
                    said = f"{row['payment_id']}: ours {row['status']}, theirs {type(standing).__name__.lower()}"
                    broken.append(Broken(rule="the provider's books say something else", which=said, event="-"))
            after = rows[-1]["payment_id"]
        return broken

    async def waiting(self) -> list[Row]:
        """Count the calls to the provider that have no outcome yet, by step, and those that a human is to look at."""
        return await self._database.rows(self._sql["waiting"])

    async def entries(self, *, event: str | None = None) -> AsyncIterator[Row]:
        """Go through all entries, or those of one event, oldest first."""
        after = 0
        while rows := await self._database.rows(self._sql["entries"], {"after": after, "event": event}):
            for row in rows:
                yield row
            after = rows[-1]["entry_id"]


def _words(name: str) -> str:
    return name.replace("_", " ")
