"""Ed25519: what strangers may verify and cannot mint (ticket proofs, receipts, connectors' tokens).

The compact text is `payload.key_id.signature`: the payload is JSON with sorted keys in base64url, and the
signature is over `purpose NUL payload`, so that a proof of one purpose never passes for another.
"""

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from waitroom.errors import ConfigurationError
from waitroom.tokens.base64url import decode_base64url, encode_base64url
from waitroom.tokens.errors import TokenForged, TokenMissing

LONGEST_PROOF = 4096
JsonObject = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """One Ed25519 key with the id that verifiers look it up by."""

    key_id: str
    private: Ed25519PrivateKey

    def public_raw(self) -> bytes:
        """The 32 public bytes."""
        return self.private.public_key().public_bytes_raw()


@dataclass(frozen=True)
class SigningKeys:
    """Ed25519 keys, newest first: the newest signs, all are published."""

    keys: tuple[SigningKey, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `id:seed` pairs (seed: 32 bytes, base64url), newest first.

        Raises ConfigurationError, never naming a seed.
        """
        keys = tuple(_parse_signing_key(part) for part in text.replace(",", " ").split())
        if not keys:
            raise ConfigurationError("There is no signing key; `waitroom keys new` makes one.")
        if len({key.key_id for key in keys}) < len(keys):
            raise ConfigurationError("Two signing keys have the same id; give each its own.")
        return cls(keys)

    def sign(self, payload: JsonObject, *, purpose: str) -> str:
        """Return the compact signed text of a payload."""
        key = self.keys[0]
        body = encode_base64url(json.dumps(payload, sort_keys=True, separators=(",", ":")).encode())
        signature = key.private.sign(f"{purpose}\0{body}".encode())
        return f"{body}.{key.key_id}.{encode_base64url(signature)}"

    def public(self) -> dict[str, bytes]:
        """The public halves by key id."""
        return {key.key_id: key.public_raw() for key in self.keys}

    def to_jwks(self) -> JsonObject:
        """The public halves as a JSON Web Key Set (RFC 8037)."""
        keys = [
            {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": key_id, "x": encode_base64url(raw)}
            for key_id, raw in self.public().items()
        ]
        return {"keys": keys}


def verify_proof(text: str | None, *, purpose: str, public: Mapping[str, bytes]) -> JsonObject:
    """Return the payload of a genuine proof.

    Raises TokenMissing without a text and TokenForged when no published key signed it for this purpose.
    """
    if not text:
        raise TokenMissing("There is no proof to verify.")
    if len(text) > LONGEST_PROOF:
        raise TokenForged("The proof is longer than any of ours.")
    try:
        body, key_id, signature = text.split(".")
        key = Ed25519PublicKey.from_public_bytes(public[key_id])
        key.verify(decode_base64url(signature), f"{purpose}\0{body}".encode())
        payload = json.loads(decode_base64url(body))
    except (ValueError, KeyError, binascii.Error, InvalidSignature) as broken:
        raise TokenForged("The proof was not signed by a published key.") from broken
    if not isinstance(payload, dict):
        raise TokenForged("The proof carries no object.")
    return payload


def _parse_signing_key(part: str) -> SigningKey:
    key_id, _, seed = part.partition(":")
    if not key_id or "." in key_id:
        raise ConfigurationError("A signing key needs an id without dots: it is part of every proof.")
    try:
        private = Ed25519PrivateKey.from_private_bytes(decode_base64url(seed))
    except ValueError as broken:
        raise ConfigurationError(
            "A signing key is not of the form id:seed with 32 bytes of base64url; `waitroom keys new` makes one."
        ) from broken
    return SigningKey(key_id=key_id, private=private)
