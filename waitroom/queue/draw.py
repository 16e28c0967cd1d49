"""The draw, as pure functions that anyone can recompute (design §4).

commitment = SHA-256(seed)                      published before the lobby opens
draw key   = SHA-256(seed ‖ root ‖ beacon)      beacon: the round's value, or nothing
band       = first 6 bytes, big-endian, of HMAC-SHA256(draw key, raw fan id)
score      = tier * 2^50 + band
"""

import hashlib
import hmac
import re
import secrets
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from waitroom.queue.scores import TIERS, pack_score
from waitroom.tokens import KeyedHash, decode_base64url, encode_base64url

FAN_ID_BYTES = 16
FAN_ID_LENGTH = 22
IS_FAN_ID = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]").fullmatch
"""The same as `raw_fan_id` takes, at a fifth of the time: the last of 22 letters carries two bits."""


def new_epoch() -> str:
    """Make the random id of a new room: 128 bits, base64url."""
    return encode_base64url(secrets.token_bytes(16))


def derive_seed(secret: bytes, *, room: str, epoch: str) -> bytes:
    """Derive the room's seed (32 bytes) from a key of the ring: HKDF-SHA256, RFC 5869."""
    info = f"waitroom.seed\0{room}\0{epoch}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


def commitment_to(seed: bytes) -> str:
    """SHA-256 of the seed, hex."""
    return hashlib.sha256(seed).hexdigest()


def derive_draw_key(*, seed: bytes, root: bytes, beacon: bytes = b"") -> bytes:
    """SHA-256(seed ‖ root ‖ beacon value or nothing)."""
    return hashlib.sha256(seed + root + beacon).digest()


def draw_band(draw_key: bytes, raw_fan_id: bytes) -> int:
    """A fan's draw value: 48 bits."""
    return int.from_bytes(hmac.digest(draw_key, raw_fan_id, "sha256")[:6])


def draw_score(draw_key: bytes, *, tier: int, fan_id: str) -> int:
    """The score of a fan of the lobby."""
    return pack_score(tier=tier, band=draw_band(draw_key, raw_fan_id(fan_id)))


def raw_fan_id(fan_id: str) -> bytes:
    """The 16 raw bytes of a fan id; raises ValueError when it is none."""
    raw = decode_base64url(fan_id)
    if len(raw) != FAN_ID_BYTES or len(fan_id) != FAN_ID_LENGTH:
        raise ValueError("a fan id is 128 bits in base64url")
    return raw


def check_entrant(fan_id: str, *, tier: int) -> None:
    """Raise ValueError when the fan could not be drawn: one such entrant would hold up the whole lobby."""
    if not IS_FAN_ID(fan_id):
        raise ValueError("a fan id is 128 bits in base64url")
    if tier not in TIERS:
        raise ValueError(f"tier {tier} is not one of 0 to 7")


def random_fan_id() -> str:
    """Make the id of a fan who came without an Idempotency-Key."""
    return encode_base64url(secrets.token_bytes(FAN_ID_BYTES))


def fan_id_for(idempotency_key: str, *, secret: bytes, epoch: str, after: str = "") -> str:
    """Derive the fan id of a join: the first 128 bits of HMAC-SHA256(room's key, epoch ‖ Idempotency-Key).

    `after` is the fan whose turn is over and who joins again: a repeated join is then the same new fan.
    """
    message = f"{idempotency_key}\0{after}".encode()
    return encode_base64url(_fan_hash(secret, epoch).digest(message)[:FAN_ID_BYTES])


@lru_cache(maxsize=1024)
def _fan_hash(secret: bytes, epoch: str) -> KeyedHash:
    return KeyedHash(secret, prefix=f"waitroom.fan\0{epoch}\0".encode())
