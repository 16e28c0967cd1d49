"""Ids, money and times as the checkout writes them."""

import secrets
from dataclasses import dataclass
from typing import Any, Self

from waitroom.clock import rfc3339

Document = dict[str, Any]  # Any: JSON, as the verbs return it


SYMBOLS = {"usd": "$", "eur": "\u20ac", "gbp": "\u00a3", "jpy": "\u00a5"}
DECIMALS = {"jpy": 0, "krw": 0, "kwd": 3, "bhd": 3}
"""Digits of the minor unit where they are not two (ISO 4217)."""


def new_id(kind: str) -> str:
    """Make an id of 128 random bits that says what it is of: `hold_...`, `order_...`."""
    return f"{kind}_{secrets.token_hex(16)}"


@dataclass(frozen=True, kw_only=True)
class Money:
    """An amount in the currency's minor unit."""

    amount: int
    currency: str

    def to_json(self) -> Document:
        """The form of the contract."""
        return {"amount": self.amount, "currency": self.currency}

    def __str__(self) -> str:
        digits = DECIMALS.get(self.currency, 2)
        number = f"{self.amount / 10**digits:,.{digits}f}"
        symbol = SYMBOLS.get(self.currency)
        return f"{symbol}{number}" if symbol else f"{number} {self.currency.upper()}"

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read `amount` and `currency` of a document."""
        return cls(amount=int(document["amount"]), currency=str(document["currency"]))


def moment(document: Document, field: str) -> str:
    """Write a time that a document holds in milliseconds as RFC 3339."""
    return rfc3339(int(document[field]))
