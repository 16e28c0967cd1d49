"""The port to a payment provider: three calls, each safe to repeat under its key.

A provider reserves (authorise), takes (capture) or lets go (void) the money. Amounts are integers in the minor
unit. Each call raises OutcomeUnknownError when the provider did not answer: it may or may not have acted.
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
    """The bank wants the buyer to do something first."""

    next_action: Document


@dataclass(frozen=True, kw_only=True)
class Captured:
    """The money has been taken."""


@dataclass(frozen=True, kw_only=True)
class CaptureFailed:
    """The reserved money cannot be taken, for good."""

    code: str


class Provider(Protocol):
    """A counterpart that takes money."""

    name: str

    def methods(self) -> tuple[Method, ...]:
        """Return what a page can offer."""
        ...

    def accepts(self, method: str) -> bool:
        """Say whether a method has the form that this provider takes."""
        ...

    async def authorise(
        self, *, key: str, money: Money, method: str, order_reference: str
    ) -> Authorised | Declined | ActionRequired:
        """Reserve the money."""
        ...

    async def capture(self, *, key: str, authorisation: str) -> Captured | CaptureFailed:
        """Take what was reserved."""
        ...

    async def void(self, *, key: str, authorisation: str) -> None:
        """Let go what was reserved; harmless when that has been done."""
        ...
