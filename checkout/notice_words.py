"""What each kind of notice says, in English; the catalogues have the same in other languages.

`%(event)s`, `%(venue)s`, `%(starts)s` and `%(total)s` are the order's; `%(amount)s` is what is given back and
`%(before)s` when a moved event was to be before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a buyer can be told."""

    PLACED = "placed"
    PAID = "paid"
    TICKETS = "tickets"
    PAYMENT_FAILED = "payment_failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    EVENT_MOVED = "event_moved"
    EVENT_CANCELLED = "event_cancelled"


@dataclass(frozen=True, kw_only=True)
class Words:
    """A notice's words; `has_tickets` says whether the tickets go with it."""

    subject: str
    heading: str
    lines: tuple[str, ...]
    has_tickets: bool = False


def N_(text: str) -> str:  # noqa: N802 - the name by which extractors of words know it
    """Mark a text for the catalogues; it is translated when it is used."""
    return text


WORDS: Mapping[Kind, Words] = {
    Kind.PLACED: Words(
        subject=N_("Your order for %(event)s is waiting"),
        heading=N_("We are waiting for the bank"),
        lines=(
            N_("Your payment of %(total)s has not been confirmed yet. Please do not pay again."),
            N_("We write again as soon as we know. The page of your order shows how it stands."),
        ),
    ),
    Kind.PAID: Words(
        subject=N_("Your tickets for %(event)s"),
        heading=N_("You are going!"),
        lines=(
            N_("Your payment of %(total)s has arrived, and the seats are yours."),
            N_("Show these tickets at the door, on a screen or on paper."),
        ),
        has_tickets=True,
    ),
    Kind.TICKETS: Words(
        subject=N_("Your tickets for %(event)s"),
        heading=N_("Your tickets, once more"),
        lines=(
            N_("You have asked for your tickets again. They are the same as before."),
            N_("Show these tickets at the door, on a screen or on paper."),
        ),
        has_tickets=True,
    ),
    Kind.PAYMENT_FAILED: Words(
        subject=N_("Your payment for %(event)s did not go through"),
        heading=N_("Not paid"),
        lines=(
            N_("Your payment of %(total)s did not go through. Nothing was charged."),
            N_("If the seats are still kept for you, you can try again on the page of your order."),
        ),
    ),
    Kind.CANCELLED: Words(
        subject=N_("Your order for %(event)s has ended"),
        heading=N_("Cancelled"),
        lines=(N_("Your order was not completed, and the seats went back. Nothing was charged."),),
    ),
    Kind.REFUNDED: Words(
        subject=N_("Your refund for %(event)s"),
        heading=N_("Your money is on its way back"),
        lines=(
            N_("We have given back %(amount)s. Your bank may take some days to show it."),
            N_("Refunded tickets are no longer valid."),
        ),
    ),
    Kind.EVENT_MOVED: Words(
        subject=N_("%(event)s has been moved"),
        heading=N_("A new date or a new place"),
        lines=(
            N_("It takes place on %(starts)s, at %(venue)s. Before, it was to begin on %(before)s."),
            N_("These tickets name the new time: show them, and not the earlier ones."),
        ),
        has_tickets=True,
    ),
    Kind.EVENT_CANCELLED: Words(
        subject=N_("%(event)s has been cancelled"),
        heading=N_("The event does not take place"),
        lines=(N_("If you have paid, your money comes back by itself. You need not do anything."),),
    ),
}
