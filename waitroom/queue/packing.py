"""Packing: many entrants at once, between the text of their fan ids, their 17 bytes, and their hashes.

A draw has up to millions of entrants: for each of them there are the hashes, and all else is done for a chunk.
"""

import binascii
import hashlib
from collections.abc import Iterator, Sequence

from waitroom.queue.draw import FAN_ID_BYTES, FAN_ID_LENGTH
from waitroom.queue.merkle import ENTRANT_BYTES, tree_hash
from waitroom.queue.scores import pack_score

FILL = b"AA"
"""Behind the 22 characters of a fan id: 24 characters are 18 bytes, and ids in a row can be read at once."""
FILLED_BYTES = 18
FILLED_LENGTH = 24
TO_STANDARD, TO_URLSAFE = bytes.maketrans(b"-_", b"+/"), bytes.maketrans(b"+/", b"-_")
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
HMAC_BLOCK = 64
BAND_BYTES = 6


def pack_fans(fan_ids: Sequence[bytes], tiers: bytes) -> bytes:
    """Pack fan ids with their tiers, a byte each; raises ValueError when one of them is no fan id."""
    if fan_ids and set(map(len, fan_ids)) != {FAN_ID_LENGTH}:
        raise ValueError("a fan id has 22 characters")
    return pack_filled(FILL.join((*fan_ids, b"")), tiers)


def pack_filled(text: bytes, tiers: bytes) -> bytes:
    """Pack fan ids that stand in a row, each with its fill; raises ValueError when one of them is no fan id."""
    if text.translate(None, ALPHABET):
        raise ValueError("a fan id is base64url without padding")
    raw = binascii.a2b_base64(text.translate(TO_STANDARD))
    # Loose bits at an id's end would be a second spelling of the same bytes.
    if any(raw[column::FILLED_BYTES].strip(b"\0") for column in range(FAN_ID_BYTES, FILLED_BYTES)):
        raise ValueError("a fan id is 128 bits")
    packed = bytearray(ENTRANT_BYTES * len(tiers))
    packed[::ENTRANT_BYTES] = tiers
    for column in range(FAN_ID_BYTES):
        packed[column + 1 :: ENTRANT_BYTES] = raw[column::FILLED_BYTES]
    return bytes(packed)


def fan_ids_of(packed: bytes) -> list[str]:
    """The fan ids of packed entrants, in their order."""
    text = filled_ids(packed, at=1, width=ENTRANT_BYTES).decode()
    return [text[at : at + FAN_ID_LENGTH] for at in range(0, len(text), FILLED_LENGTH)]


def filled_ids(rows: bytes, *, at: int, width: int) -> bytes:
    """Write the raw fan ids that stand in each row of this width as text, 24 letters each: the id and its fill."""
    raw = bytearray(FILLED_BYTES * (len(rows) // width))
    for column in range(FAN_ID_BYTES):
        raw[column::FILLED_BYTES] = rows[at + column :: width]
    return binascii.b2a_base64(raw, newline=False).translate(TO_URLSAFE)


def packed_hash(packed: bytes) -> bytes:
    """The Merkle root of packed entrants; of none, SHA-256 of nothing."""
    sha256 = hashlib.sha256
    return tree_hash(
        [sha256(b"\x00" + packed[at : at + ENTRANT_BYTES]).digest() for at in range(0, len(packed), ENTRANT_BYTES)]
    )


def packed_scores(draw_key: bytes, packed: bytes) -> list[int]:
    """The scores of packed entrants, in their order."""
    tiers = {tier: pack_score(tier=tier, band=0) for tier in set(packed[::ENTRANT_BYTES])}
    bands = map(int.from_bytes, _bands(draw_key, packed))
    return [tiers[tier] + band for tier, band in zip(packed[::ENTRANT_BYTES], bands, strict=True)]


def packed_bands(draw_key: bytes, packed: bytes) -> bytes:
    """The bands of packed entrants one after another, 6 bytes each, big-endian."""
    return b"".join(_bands(draw_key, packed))


def _bands(draw_key: bytes, packed: bytes) -> Iterator[bytes]:
    # HMAC (RFC 2104) with both key blocks hashed once: half of the time of a call of `hmac` for each.
    inner = hashlib.sha256(_key_block(draw_key, 0x36))
    outer = hashlib.sha256(_key_block(draw_key, 0x5C))
    for at in range(1, len(packed), ENTRANT_BYTES):
        first, second = inner.copy(), outer.copy()
        first.update(packed[at : at + FAN_ID_BYTES])
        second.update(first.digest())
        yield second.digest()[:BAND_BYTES]


def _key_block(draw_key: bytes, pad: int) -> bytes:
    return bytes(byte ^ pad for byte in draw_key.ljust(HMAC_BLOCK, b"\0"))
