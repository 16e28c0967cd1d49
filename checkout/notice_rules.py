"""What buyers are told of when their order reaches a status: the one table, and whether it is still true."""

from collections.abc import Mapping
from dataclasses import dataclass

from checkout.notice_words import Kind
from checkout.orders import OrderStatus
from checkout.values import Document


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is told of an order that reaches a status, how long after, and in which statuses it is then still true."""

    kind: Kind
    wait_seconds: int = 0
    still: frozenset[OrderStatus] | None = None


_S = OrderStatus
_UNPAID = frozenset({_S.AWAITING_PAYMENT, _S.NEEDS_ACTION, _S.AUTHORISING, _S.UNKNOWN})

TOLD: Mapping[OrderStatus, Rule] = {
    # A purchase waits for the bank for a moment as a rule: who has the answer on the screen needs no mail.
    _S.NEEDS_ACTION: Rule(kind=Kind.PLACED, wait_seconds=60, still=_UNPAID),
    _S.UNKNOWN: Rule(kind=Kind.PLACED, wait_seconds=60, still=_UNPAID),
    # Reached again by a decline alone; most buyers then pay in another way at once.
    _S.AWAITING_PAYMENT: Rule(kind=Kind.PAYMENT_FAILED, wait_seconds=60, still=frozenset({_S.AWAITING_PAYMENT})),
    _S.PAID: Rule(kind=Kind.PAID),
    _S.VOIDED: Rule(kind=Kind.PAYMENT_FAILED),
    _S.CANCELLED: Rule(kind=Kind.CANCELLED),
    _S.EXPIRED: Rule(kind=Kind.CANCELLED),
    # Refunds are told by their own rows, each with its amount; `secured` by `paid`, a moment later.
}
"""The one table of what follows from a status; `migrations.upgrade` copies it for the trigger."""


def is_moot(notice: Document) -> bool:
    """Say whether the order has left what a notice tells of it."""
    rule = TOLD.get(notice["detail"].get("status"))
    return rule is not None and rule.still is not None and notice["order"]["status"] not in rule.still
