"""The draw as pure functions, against hashlib and hmac."""

import base64
import hashlib
import hmac
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.factories import some_fans
from waitroom.queue.draw import (
    IS_FAN_ID,
    check_entrant,
    commitment_to,
    derive_draw_key,
    derive_seed,
    draw_band,
    draw_score,
    fan_id_for,
    new_epoch,
    random_fan_id,
    raw_fan_id,
)
from waitroom.tokens import encode_base64url

SECRET = b"k" * 32
VECTORS: list[dict[str, Any]] = json.loads(Path("tests/vectors/draws.json").read_text())  # Any: JSON values


def test_seed_is_hkdf() -> None:
    """The seed is HKDF-SHA256 (RFC 5869) of the key, bound to the room and its epoch."""
    extracted = hmac.digest(b"\0" * 32, SECRET, "sha256")
    expected = hmac.digest(extracted, b"waitroom.seed\0demo\0e1\x01", "sha256")
    assert derive_seed(SECRET, room="demo", epoch="e1") == expected
    others = [("demo", "e2"), ("dem", "oe1"), ("demo\0e1", "")]
    assert expected not in {derive_seed(SECRET, room=room, epoch=epoch) for room, epoch in others}


def test_commitment_and_key() -> None:
    """The commitment is the seed's hash; the key is made of seed, root and beacon, in this order."""
    assert commitment_to(b"seed") == hashlib.sha256(b"seed").hexdigest()
    assert derive_draw_key(seed=b"a", root=b"b") == hashlib.sha256(b"ab").digest()
    assert derive_draw_key(seed=b"a", root=b"b", beacon=b"c") == hashlib.sha256(b"abc").digest()


@pytest.mark.parametrize("vector", VECTORS[:20], ids=lambda vector: vector["fan_id"][:6])
def test_vectors(vector: dict[str, Any]) -> None:  # Any: JSON values
    """The vectors that the waiting page's script is held to hold here as well."""
    draw = vector["draw"]
    key = derive_draw_key(
        seed=bytes.fromhex(draw["seed"]), root=bytes.fromhex(draw["root"]), beacon=bytes.fromhex(draw["beacon"] or "")
    )
    assert draw_score(key, tier=vector["tier"], fan_id=vector["fan_id"]) == vector["score"]


def test_band_is_48_bits_of_hmac() -> None:
    """The band is the first 6 bytes, big-endian, of the HMAC, and spreads evenly."""
    fans = some_fans(4000)
    for fan in fans[:50]:
        digest = hmac.digest(SECRET, raw_fan_id(fan), "sha256")
        assert draw_band(SECRET, raw_fan_id(fan)) == int.from_bytes(digest[:6], "big")
    eighths = Counter(draw_band(SECRET, bytes([n % 256, n // 256] * 8)) >> 45 for n in range(4000))
    assert all(400 < eighths[eighth] < 600 for eighth in range(8))


@pytest.mark.parametrize(
    "text",
    ["", "A" * 21, "A" * 23, "A" * 24, "+" * 21 + "A", "/" * 21 + "A", "A" * 21 + "B", "A" * 20 + "==", "é" * 22],
)
def test_what_is_no_fan_id(text: str) -> None:
    """Only the one text of 16 bytes is a fan id: a second spelling would be a second fan in the list."""
    with pytest.raises(ValueError, match=r".+"):
        raw_fan_id(text)
    with pytest.raises(ValueError, match="fan id"):
        check_entrant(text, tier=0)


def test_the_last_letter_of_a_fan_id() -> None:
    """The quick check of an entrant takes just those last letters that decoding takes: 22 letters carry 132 bits."""
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        is_fan_id = encode_base64url(base64.b64decode("A" * 21 + letter + "==", altchars=b"-_")) == "A" * 21 + letter
        assert is_fan_id == (IS_FAN_ID("A" * 21 + letter) is not None)


def test_fan_ids_go_there_and_back() -> None:
    """A fan id is 22 characters for 16 bytes, and its own."""
    fans = {random_fan_id() for _ in range(100)}
    assert len(fans) == 100
    assert {encode_base64url(raw_fan_id(fan)) for fan in fans} == fans
    assert {len(fan) for fan in fans} == {22}
    assert len({new_epoch() for _ in range(100)}) == 100


def test_check_entrant() -> None:
    """Who can be drawn passes; a tier that is none does not."""
    check_entrant(random_fan_id(), tier=7)
    with pytest.raises(ValueError, match="tier"):
        check_entrant(random_fan_id(), tier=8)


def test_fan_id_of_an_idempotency_key() -> None:
    """A repeated join is the same fan; another key, epoch, secret or earlier turn is another."""
    fan = fan_id_for("key", secret=SECRET, epoch="e")
    assert fan == fan_id_for("key", secret=SECRET, epoch="e")
    assert fan == encode_base64url(hmac.digest(SECRET, b"waitroom.fan\0e\0key\0", "sha256")[:16])
    others = {
        fan_id_for("key2", secret=SECRET, epoch="e"),
        fan_id_for("key", secret=b"x" * 32, epoch="e"),
        fan_id_for("key", secret=SECRET, epoch="f"),
        fan_id_for("key", secret=SECRET, epoch="e", after=fan),
    }
    assert len(others | {fan}) == 5
