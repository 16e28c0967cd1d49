"""The port to a payment provider: five calls, each of which moves money safe to repeat under its key.

A provider reserves (authorise), takes (capture), lets go (void) and gives back (refund) money; `look_up` asks how a
reservation stands. Amounts are integers in the minor unit. Each call raises OutcomeUnknownError when the provider
did not answer: it may or may not have acted, and the same call with the same key is how to find out.
"""

from dataclasses import dataclass
from typing import Protocol

from checkout.values import Document, Money


@dataclass(frozen=True, kw_only=True)
class Method:
    """A way to pay that can be offered on a page."""

    method: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Authorised:
    """The money is reserved under this reference of the provider's."""

    authorisation: str


@dataclass(frozen=True, kw_only=True)
class Declined:
    """No money moves; `is_retryable` says whether the buyer may try again, with this method or another."""

    code: str
    is_retryable: bool


@dataclass(frozen=True, kw_only=True)
class ActionRequired:
    """The bank wants the buyer to do something first; the reference is that of the reservation to come."""

    authorisation: str
    next_action: Document


@dataclass(frozen=True, kw_only=True)
class Captured:
    """The money has been taken."""


@dataclass(frozen=True, kw_only=True)
class CaptureFailed:
    """The reserved money cannot be taken, for good."""

    code: str


@dataclass(frozen=True, kw_only=True)
class Voided:
    """What was reserved has been let go: no money moved."""


@dataclass(frozen=True, kw_only=True)
class Refunded:
    """The money, or this part of it, is on its way back under this reference of the provider's."""

    reference: str


@dataclass(frozen=True, kw_only=True)
class RefundFailed:
    """It cannot be given back this way, for good: a human has to find another."""

    code: str


class Provider(Protocol):
    """A counterpart that takes money."""

    name: str

    async def open(self) -> None:
        """Open its connections."""
        ...

    async def close(self) -> None:
        """Close them."""
        ...

    async def why_not_ready(self) -> str | None:
        """Say what keeps it from taking any money until somebody mends it; None: nothing that is known."""
        ...

    def methods(self) -> tuple[Method, ...]:
        """Return what a page can offer."""
        ...

    def accepts(self, method: str) -> bool:
        """Say whether a method has the form that this provider takes."""
        ...

    async def authorise(
        self, *, key: str, money: Money, method: str, payment_id: str
    ) -> Authorised | Declined | ActionRequired:
        """Reserve the money; `payment_id` is our name for it, which the provider keeps beside its own."""
        ...

    async def look_up(self, *, authorisation: str) -> Authorised | Declined | ActionRequired | Captured | Voided:
        """Say how a reservation stands now; changes nothing."""
        ...

    async def capture(self, *, key: str, authorisation: str) -> Captured | CaptureFailed:
        """Take what was reserved."""
        ...

    async def void(self, *, key: str, authorisation: str) -> None:
        """Let go what was reserved; harmless when that has been done."""
        ...

    async def refund(self, *, key: str, authorisation: str, money: Money) -> Refunded | RefundFailed:
        """Give back so much of what was taken, never more than was."""
        ...
