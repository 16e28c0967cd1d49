"""Proof of purchase: what a door can verify with the published keys and nothing else."""

from checkout.values import Document, moment
from waitroom.tokens import SigningKeys

PURPOSE = "ticket"


def prove(ticket: Document, *, order: Document, keys: SigningKeys) -> str:
    """Sign a ticket of a paid order: it names the event and the seat, never the buyer."""
    payload = {
        "ticket": ticket["ticket_id"],
        "order": order["order_id"],
        "event": order["event"],
        "starts_at": moment(order, "starts_at_ms"),
        "seat": ticket["seat"],
    }
    return keys.sign(payload, purpose=PURPOSE)
