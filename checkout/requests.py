"""What clients send: the bodies of the contract, and the fingerprint by which a repeated call is known."""

import hashlib
import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from checkout.buying import PaymentRequest
from checkout.holds import Call
from waitroom.web.bodies import Body

MOST_SEATS = 50
CARD_NUMBER = re.compile(r"[0-9]{12}")
# Without NUL, which no text in PostgreSQL may hold.
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]
SeatLabel = Name
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]
Locale = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$")]


def _refuse_card_numbers(text: str) -> str:
    if CARD_NUMBER.search(text):
        raise ValueError("This looks like a card's number, which is for the payment provider alone.")
    return text


# What names a way to pay: a card's number is not taken even by mistake.
PaymentMethod = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_]+$"),
    AfterValidator(_refuse_card_numbers),
]


class SessionBody(Body):
    """What opens a session."""

    admission_token: Annotated[str, StringConstraints(min_length=1, max_length=2048)]


class HoldBody(Body):
    """Which seats to hold: named ones, or so many of a category; how many of them are to be accessible ones."""

    seats: Annotated[list[SeatLabel], Field(min_length=1, max_length=MOST_SEATS)] | None = None
    category: Name | None = None
    quantity: Annotated[int, Field(ge=1, le=MOST_SEATS)] | None = None
    accessible: Annotated[int, Field(ge=0, le=MOST_SEATS)] = 0

    @property
    def wanted(self) -> int:
        """How many seats are asked for."""
        return self.quantity or len(self.seats or ())

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        is_named = self.seats is not None
        is_best = self.category is not None and self.quantity is not None
        if is_named == is_best or (is_named and (self.category or self.quantity)):
            raise ValueError("Send either seats, or category and quantity.")
        if self.seats is not None and len(set(self.seats)) < len(self.seats):
            raise ValueError("A seat is named twice.")
        if self.accessible > self.wanted:
            raise ValueError("More accessible seats than seats are asked for.")
        return self


class OrderBody(Body):
    """What buys the seats of a hold."""

    hold_id: Name
    email: Email
    payment_method: PaymentMethod
    locale: Locale | None = None

    def to_payment(self) -> PaymentRequest:
        """Return the same for the purchase."""
        return PaymentRequest(**self.model_dump())


def call_of(session_id: str, *, key: str, path: str, body: Body) -> Call:
    """Return a call that can be known again: the same key with another path or body is another call."""
    what = f"{path}\n{body.model_dump_json(exclude_defaults=True)}"
    return Call(session_id=session_id, key=key, fingerprint=hashlib.sha256(what.encode()).hexdigest())
