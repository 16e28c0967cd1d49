"""Signatures of webhooks by the rules of Standard Webhooks: HMAC-SHA256 over id, time and body. Pure."""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Make a secret of 256 bits, in the form that verifying libraries take."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(body: bytes, *, message_id: str, at_seconds: int, with_secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers that let a receiver know who sent this, when, and that it is whole.

    Each secret signs, so that a receiver verifies with the old one or the new one while they are being changed.
    """
    signed = f"{message_id}.{at_seconds}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_seconds),
        "webhook-signature": " ".join(f"v1,{_mac(secret, signed)}" for secret in with_secrets),
    }


def _mac(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
