"""An order and its states: which step may follow which.

`TRANSITIONS` is the one table; `migrations.upgrade` copies it into the database, whose trigger refuses the rest.
"""

from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order is."""

    AWAITING_PAYMENT = "awaiting_payment"
    NEEDS_ACTION = "needs_action"
    AUTHORISING = "authorising"
    UNKNOWN = "unknown"
    SECURED = "secured"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    VOIDED = "voided"

    @property
    def is_guaranteed(self) -> bool:
        """Whether the seats are the buyer's."""
        return self in GUARANTEED

    @property
    def is_final(self) -> bool:
        """Whether nothing can follow."""
        return not TRANSITIONS[self]


_S = OrderStatus

GUARANTEED = frozenset({_S.SECURED, _S.PAID, _S.PARTLY_REFUNDED})

TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    # A declined payment comes back here: the fan may try again while the hold lasts.
    _S.AWAITING_PAYMENT: frozenset({_S.AUTHORISING, _S.CANCELLED, _S.EXPIRED}),
    _S.AUTHORISING: frozenset({_S.NEEDS_ACTION, _S.SECURED, _S.AWAITING_PAYMENT, _S.EXPIRED, _S.VOIDED, _S.UNKNOWN}),
    _S.NEEDS_ACTION: frozenset({_S.AUTHORISING, _S.AWAITING_PAYMENT, _S.CANCELLED, _S.EXPIRED}),
    # The provider is silent: whatever it says at last may still come true.
    _S.UNKNOWN: frozenset({_S.SECURED, _S.AWAITING_PAYMENT, _S.NEEDS_ACTION, _S.EXPIRED, _S.VOIDED}),
    _S.SECURED: frozenset({_S.PAID, _S.VOIDED}),
    _S.PAID: frozenset({_S.PARTLY_REFUNDED, _S.REFUNDED}),
    _S.PARTLY_REFUNDED: frozenset({_S.REFUNDED}),
    _S.REFUNDED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.VOIDED: frozenset(),
}


def may_follow(old: OrderStatus, new: OrderStatus) -> bool:
    """Say whether an order may go from `old` to `new`."""
    return new in TRANSITIONS[old]
