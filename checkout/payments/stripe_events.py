"""Stripe's webhooks: who signed them is verified by its library; what is believed is only that something happened."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import stripe

from checkout.provider_events import Consequence, ProviderEvent

TOLERANCE_SECONDS = 300
"""Older ones are replays: Stripe signs anew whenever it sends again."""
Content = Mapping[str, Any]  # Any: JSON


class SignatureError(Exception):
    """What came was not signed by Stripe with our secret, or too long ago."""


def read_event(payload: bytes, signature: str | None, *, secret: str) -> ProviderEvent | None:
    """Return what an event means to us; None: nothing. Raises SignatureError."""
    if signature is not None and not signature.isascii():
        # The library would compare it, which Python does not do.
        raise SignatureError("The signature does not fit.")
    try:
        stripe.WebhookSignature.verify_header(payload, signature, secret, TOLERANCE_SECONDS)
    except (stripe.SignatureVerificationError, UnicodeDecodeError) as wrong:
        raise SignatureError("The signature does not fit.") from wrong
    event = json.loads(payload)
    read = READERS.get(event.get("type"))
    return None if read is None else read(event, event["data"]["object"])


def _of_intent(event: Content, intent: Content) -> ProviderEvent:
    payment_id = (intent.get("metadata") or {}).get("payment_id")
    return _event(event, Consequence.SETTLE, payment_id=payment_id, reference=intent["id"])


def _of_dispute(event: Content, dispute: Content) -> ProviderEvent:
    reference = dispute.get("payment_intent")
    return _event(event, Consequence.DISPUTE, reference=reference, detail=f"dispute {dispute['id']}")


def _of_charge(event: Content, charge: Content) -> ProviderEvent | None:
    if not charge.get("captured"):
        # An authorisation that was let go is told of in the same way, and no money moved.
        return None
    back, reference = charge["amount_refunded"], charge.get("payment_intent")
    detail = f"{back} given back in all, of charge {charge['id']}"
    return _event(event, Consequence.REFUND_ELSEWHERE, reference=reference, given_back=back, detail=detail)


def _of_refund(event: Content, refund: Content) -> ProviderEvent | None:
    if refund.get("status") != "failed":
        return None
    reference = refund.get("payment_intent")
    return _event(event, Consequence.REFUND_BOUNCED, reference=reference, detail=f"refund {refund['id']}")


def _event(
    event: Content,
    consequence: Consequence,
    *,
    reference: str | None,
    payment_id: str | None = None,
    given_back: int | None = None,
    detail: str = "",
) -> ProviderEvent:
    return ProviderEvent(
        provider="stripe",
        event_id=event["id"],
        kind=event["type"],
        consequence=consequence,
        payment_id=payment_id,
        reference=reference,
        given_back=given_back,
        detail=detail,
    )


READERS: Mapping[str, Callable[[Content, Content], ProviderEvent | None]] = {
    "payment_intent.amount_capturable_updated": _of_intent,
    "payment_intent.succeeded": _of_intent,
    "payment_intent.payment_failed": _of_intent,
    "payment_intent.canceled": _of_intent,
    "charge.dispute.created": _of_dispute,
    "charge.dispute.funds_withdrawn": _of_dispute,
    "charge.refunded": _of_charge,
    "refund.failed": _of_refund,
}
"""The events to subscribe to; all others are answered with 200 and counted."""
