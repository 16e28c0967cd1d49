"""The second factor: one-time codes by time (RFC 6238), their secret sealed, recovery codes. Rules without I/O.

A secret is sealed by AES-256-GCM under a key derived from the ring, and bound to its person: a copy of the database
alone gives no codes, and a sealed secret put into another row opens nothing.
"""

import hashlib
import hmac
import io
import secrets
from typing import Final

import pyotp
import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from waitroom.codes import new_code, normalise_code
from waitroom.tokens import Key, KeyRing

ISSUER: Final = "Waitroom"
STEP_SECONDS: Final = 30
NEIGHBOURS: Final = (0, -1, 1)
"""Steps that are tried: clocks may be half a minute apart, and people take a while to type."""
RECOVERY_CODES: Final = 8
NONCE_BYTES: Final = 12
PURPOSE: Final = b"waitroom.console.second-factor"


def new_secret() -> str:
    """Make a secret of 160 random bits, as authenticator apps take it."""
    return pyotp.random_base32()


def address_of(secret: str, *, name: str) -> str:
    """Return the `otpauth://` address that authenticator apps read."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=name, issuer_name=ISSUER)


def picture_of(address: str) -> str:
    """Draw an address as a QR picture in SVG: dark on white, as cameras want it."""
    picture = io.BytesIO()
    code = segno.make_qr(address, error="m")
    code.save(picture, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False)
    return picture.getvalue().decode()


def step_of(secret: str, code: str, *, now_ms: int) -> int | None:
    """Return the step of time that a code belongs to, None when it is wrong; whether it was used is another question.

    Every step is compared, in a time that says nothing about any of them.
    """
    typed = "".join(code.split())
    now, found = now_ms // 1000 // STEP_SECONDS, None
    for step in (now + neighbour for neighbour in NEIGHBOURS):
        right = pyotp.TOTP(secret, interval=STEP_SECONDS).at(step * STEP_SECONDS)
        if hmac.compare_digest(right.encode(), typed.encode(errors="surrogatepass")):
            found = step if found is None else found
    return found


def seal(secret: str, *, name: str, ring: KeyRing) -> bytes:
    """Seal a secret for a person with the newest key of the ring."""
    key, nonce = ring.newest, secrets.token_bytes(NONCE_BYTES)
    key_id = key.key_id.encode()
    return key_id + b"\0" + nonce + AESGCM(_key(key)).encrypt(nonce, secret.encode(), _bound_to(name))


def unseal(sealed: bytes, *, name: str, ring: KeyRing) -> str | None:
    """Return a sealed secret; None when its key has left the ring, or it is another person's."""
    key_id, _, rest = bytes(sealed).partition(b"\0")
    key = ring.find(key_id.decode(errors="replace"))
    if key is None:
        return None
    try:
        return AESGCM(_key(key)).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound_to(name)).decode()
    except (InvalidTag, ValueError):
        return None


def is_sealed_with_newest(sealed: bytes, ring: KeyRing) -> bool:
    """Tell whether a secret needs no new seal."""
    return bytes(sealed).partition(b"\0")[0] == ring.newest.key_id.encode()


def new_recovery_codes() -> list[str]:
    """Make eight codes of 80 random bits, each good for one sign-in without the app."""
    return [new_code() for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> bytes:
    """Return what is kept of a recovery code: 80 random bits cannot be searched, so a plain hash will do."""
    return hashlib.sha256(normalise_code(code).encode()).digest()


def _key(key: Key) -> bytes:
    return hmac.digest(key.secret, PURPOSE, "sha256")


def _bound_to(name: str) -> bytes:
    return b"person:" + name.encode()
