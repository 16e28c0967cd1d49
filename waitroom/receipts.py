"""Receipts: a fan's own proof of having been in the lobby, signed with Ed25519, for whoever is left out of the list.

A receipt says that at its moment the fan was in the lobby of this draw. Who then gives the place up before the lobby
closes is rightly not in the list, and holds a receipt all the same.
"""

from dataclasses import dataclass
from typing import Any, Self

from waitroom.clock import parse_rfc3339, rfc3339
from waitroom.queue.checks import BrokenError, Check, Failed, text_of, whole_of
from waitroom.queue.verification import Verified
from waitroom.tokens import SigningKeys, TokenError, decode_base64url, verify_proof

PURPOSE = "receipt"
PublicKeys = dict[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What is signed; the moment is milliseconds since 1970."""

    room: str
    epoch: str
    fan_id: str
    tier: int
    commitment: str
    at_ms: int

    def sign(self, keys: SigningKeys) -> str:
        """Return the compact signed text."""
        return keys.sign(self.to_json(), purpose=PURPOSE)

    def to_json(self) -> dict[str, Any]:  # Any: JSON values
        """What the receipt says."""
        return {
            "room": self.room,
            "epoch": self.epoch,
            "fan_id": self.fan_id,
            "tier": self.tier,
            "commitment": self.commitment,
            "at": rfc3339(self.at_ms),
        }

    @classmethod
    def read(cls, text: str, public: PublicKeys) -> Self:
        """Read a signed text; raises TokenError, or ValueError, KeyError or TypeError when it is no receipt."""
        raw = verify_proof(text.strip(), purpose=PURPOSE, public=public)
        return cls(
            room=text_of(raw["room"]),
            epoch=text_of(raw["epoch"]),
            fan_id=text_of(raw["fan_id"]),
            tier=whole_of(raw["tier"]),
            commitment=text_of(raw["commitment"]),
            at_ms=parse_rfc3339(text_of(raw["at"])),
        )


def read_public_keys(document: object) -> PublicKeys:
    """Read `/.well-known/waitroom-keys.json`; raises ValueError, KeyError or TypeError when it is something else."""
    if not isinstance(document, dict):
        raise TypeError("a JSON Web Key Set is needed")
    return {text_of(key["kid"]): decode_base64url(text_of(key["x"])) for key in document["keys"]}


def check_receipt(verified: Verified, text: str, public: PublicKeys) -> Receipt | Failed:
    """Hold a receipt against a draw that was verified: its signature, its draw, and its entrant in the list."""
    try:
        return _check(verified, text, public)
    except BrokenError as broken:
        return broken.failed


def _check(verified: Verified, text: str, public: PublicKeys) -> Receipt:
    try:
        receipt = Receipt.read(text, public)
    except (TokenError, ValueError, KeyError, TypeError) as wrong:
        raise BrokenError(Check.RECEIPT, f"The receipt was not signed by these keys ({wrong}).") from wrong
    header = verified.header
    if (receipt.epoch, receipt.commitment) != (header.epoch, header.commitment.hex()):
        raise BrokenError(Check.RECEIPT, "The receipt is of another draw.")
    index = verified.find(receipt.fan_id)
    if index is None:
        raise BrokenError(
            Check.RECEIPT,
            f"The fan {receipt.fan_id} was in the lobby at {rfc3339(receipt.at_ms)} and is not among the entrants: "
            "left out, unless the fan gave the place up before the lobby closed.",
        )
    if verified.tier_at(index) != receipt.tier:
        raise BrokenError(Check.RECEIPT, f"The receipt says tier {receipt.tier}, the list {verified.tier_at(index)}.")
    return receipt
