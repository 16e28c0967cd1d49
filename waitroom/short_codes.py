"""Codes for a short while, read out or typed on another screen: 40 random bits, kept by their ids alone. Pure.

id = the first 128 bits of HMAC-SHA256(the room's key of the ring, "waitroom." ‖ purpose ‖ epoch ‖ code), base64url. So
a copy of the store gives no codes, and one purpose's code is nothing for the other. A network that may guess six times
a minute needs 350 years for one hit among a thousand codes.
"""

import hmac
import secrets
from enum import StrEnum

from waitroom.codes import CODE_ID_BYTES, CROCKFORD, normalise_code
from waitroom.tokens import encode_base64url

LETTERS = 8
LONGEST_TYPED = 64
"""Characters of a code as a person types it, with all that stands between."""


class Purpose(StrEnum):
    """What a code is for; each has its own grouping, so that people do not take one for the other."""

    MOVE = "move"
    SUPPORT = "support"


GROUPS = {Purpose.MOVE: (4, 4), Purpose.SUPPORT: (3, 3, 2)}


def new_short_code(purpose: Purpose) -> str:
    """Make a code, in groups that can be read out."""
    letters = iter(secrets.choice(CROCKFORD) for _ in range(LETTERS))
    return "-".join("".join(next(letters) for _ in range(length)) for length in GROUPS[purpose])


def short_code_id(typed: str, purpose: Purpose, *, secret: bytes, epoch: str) -> str | None:
    """Return the id of a code as typed, in any case and grouping; None for what can be no code."""
    normal = normalise_code(typed)
    if len(normal) != LETTERS or not set(normal) <= set(CROCKFORD):
        return None
    message = f"waitroom.{purpose}\0{epoch}\0{normal}".encode()
    return encode_base64url(hmac.digest(secret, message, "sha256")[:CODE_ID_BYTES])
