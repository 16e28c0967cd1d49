"""What a payment provider tells by itself, taken once: at most it makes somebody look, and settles nothing."""

from dataclasses import dataclass
from enum import StrEnum

from checkout.database import Database
from checkout.sql import statements


class Consequence(StrEnum):
    """What follows from an event: a payment is looked at, or a case of this kind is put before a human."""

    SETTLE = "settle"
    DISPUTE = "payment-disputed"
    REFUND_BOUNCED = "refund-bounced"
    REFUND_ELSEWHERE = "refund-elsewhere"


@dataclass(frozen=True, kw_only=True)
class ProviderEvent:
    """An event about a payment, named by our own id or by the provider's reference."""

    provider: str
    event_id: str
    kind: str
    consequence: Consequence
    payment_id: str | None
    reference: str | None
    given_back: int | None = None
    """Where it tells of refunds: how much was given back of the payment in all."""
    detail: str = ""


class ProviderEvents:
    """Takes events; while PostgreSQL is away nothing is taken, and the provider sends again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("provider_events")

    async def take(self, event: ProviderEvent) -> str:
        """Note an event together with what follows from it; returns `taken`, `known` or `unknown`."""
        outcome: str = await self._database.call(self._sql["take"], vars(event))
        return outcome
