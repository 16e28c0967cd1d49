"""Presale codes: made at random, read as fans type them, known to the store by their ids alone. Pure.

code id = the first 128 bits of HMAC-SHA256(the room's key of the ring, "waitroom.code" ‖ epoch ‖ code), base64url.
A copy of the store therefore gives no codes, and an id of one room says nothing in another.
"""

import hmac
import secrets
import unicodedata

from waitroom.errors import ConfigurationError
from waitroom.tokens import encode_base64url

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base32 without I, L, O and U (Crockford)."""
CODE_LENGTH = 16
GROUP_LENGTH = 4
SHORTEST_WORD = 8
LONGEST_CODE = 64
CODE_ID_BYTES = 16
AS_DIGITS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    """Make a code of 80 random bits, in groups that can be read out and typed."""
    letters = "".join(secrets.choice(CROCKFORD) for _ in range(CODE_LENGTH))
    return "-".join(letters[at : at + GROUP_LENGTH] for at in range(0, CODE_LENGTH, GROUP_LENGTH))


def normalise_code(typed: str) -> str:
    """Return the one form of what a fan typed: capitals and digits, O as 0, I and L as 1, nothing between them."""
    wide = unicodedata.normalize("NFKC", typed).upper()
    return "".join(letter for letter in wide if letter.isalnum()).translate(AS_DIGITS)


def check_word(word: str) -> str:
    """Return the one form of an organizer's own word; raises ConfigurationError where it is too easily guessed."""
    normal = normalise_code(word)
    if not SHORTEST_WORD <= len(normal) <= LONGEST_CODE:
        raise ConfigurationError(
            f"A code needs {SHORTEST_WORD} to {LONGEST_CODE} letters and digits; spaces and hyphens do not count."
        )
    return normal


def code_id(typed: str, *, secret: bytes, epoch: str) -> str:
    """Return the id of a code as typed; `secret` is the room's key of the ring."""
    message = f"waitroom.code\0{epoch}\0{normalise_code(typed)}".encode()
    return encode_base64url(hmac.digest(secret, message, "sha256")[:CODE_ID_BYTES])
