"""base64url without padding (RFC 4648 §5): how raw bytes travel in addresses, tokens and JSON."""

import base64
import binascii

URL_SAFE = bytes.maketrans(b"+/", b"-_")


def encode_base64url(raw: bytes) -> str:
    """Write bytes as base64url without padding."""
    return binascii.b2a_base64(raw, newline=False).translate(URL_SAFE, b"=").decode()


def decode_base64url(text: str) -> bytes:
    """Read base64url without padding; raises ValueError on anything else."""
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    # One text for the same bytes: the decoder also takes "+", "/" and loose bits at the end.
    if encode_base64url(raw) != text:
        raise ValueError("not base64url without padding")
    return raw
