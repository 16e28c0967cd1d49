"""itsdangerous behind our errors: a salt a purpose, a ring of keys, times in the payload.

A token is `base64url(JSON list).signature`. itsdangerous's own serializer would also try to compress each payload,
which costs more than signing it and saves nothing at this length.
"""

import hmac
import json
from collections.abc import Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

import itsdangerous
from itsdangerous.signer import SigningAlgorithm
from pydantic_core import to_json

from waitroom.tokens.base64url import decode_base64url, encode_base64url
from waitroom.tokens.errors import TokenForged, TokenMissing
from waitroom.tokens.keyed_hash import KeyedHash
from waitroom.tokens.keyring import KeyRing, KeySource

LONGEST_TOKEN = 1024


class Payload(Protocol):
    """A value that a token carries as a list whose fields are only ever added at the end."""

    def to_fields(self) -> list[Any]:  # Any: the JSON values of the token
        """Return the fields in their order."""
        ...

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # Any: as above
        """Read the fields; raises ValueError, TypeError or LookupError when they are not ours."""
        ...


P = TypeVar("P", bound=Payload)


class Signer(Generic[P]):
    """Signs and reads one kind of payload."""

    def __init__(self, kind: type[P], *, salt: str, keys: KeySource) -> None:
        self._kind = kind
        self._salt = f"waitroom.{salt}"
        self._keys = keys
        self._ring: KeyRing | None = None
        self._signer: itsdangerous.Signer
        self._newest: KeyedHash

    def sign(self, payload: P) -> str:
        """Return the token, made with the newest key of the ring."""
        # Byte for byte what itsdangerous writes, without its seven calls: a join signs a pass.
        self._follow_ring()
        body = encode_base64url(to_json(payload.to_fields()))
        return f"{body}.{encode_base64url(self._newest.digest(body.encode()))}"

    def read(self, token: str | None) -> P:
        """Return what a genuine token carries, whatever the time.

        Raises TokenMissing without a token and TokenForged when it is not ours.
        """
        if not token:
            raise TokenMissing("No token came with the request.")
        if len(token) > LONGEST_TOKEN:
            raise TokenForged("The token is longer than any of ours.")
        try:
            self._follow_ring()
            body = self._signer.unsign(token).decode()
            return self._kind.from_fields(json.loads(decode_base64url(body)))
        except (itsdangerous.BadSignature, ValueError, TypeError, LookupError) as broken:
            raise TokenForged("The token was not made here, or was changed.") from broken

    def _follow_ring(self) -> None:
        # Keys are derived once a ring, not once a token: byte for byte what itsdangerous's "hmac" derivation gives.
        ring = self._keys.current()
        if ring is not self._ring:
            derived = [hmac.digest(secret, self._salt.encode(), "sha256") for secret in ring.secrets_oldest_first()]
            self._signer = itsdangerous.Signer(derived, key_derivation="none", algorithm=_HmacSha256(derived))
            self._newest = KeyedHash(derived[-1])
            self._ring = ring


class _HmacSha256(SigningAlgorithm):
    """HMAC-SHA256 with the ring's keys taken in beforehand; itsdangerous's own begins anew for each signature."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._hashes = {key: KeyedHash(key) for key in keys}

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """Sign."""
        return self._hashes[key].digest(value)
