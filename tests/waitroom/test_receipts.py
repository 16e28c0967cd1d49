"""Receipts: genuine ones hold a draw to its lobby, everything else fails by the receipt's name."""

import json
from dataclasses import replace

import pytest

from tests.waitroom.queue.test_verification import a_proof
from waitroom.queue.checks import Check, Failed
from waitroom.queue.verification import Verified, verify
from waitroom.receipts import Receipt, check_receipt, read_public_keys
from waitroom.tokens import SigningKeys, encode_base64url

KEYS = SigningKeys.parse("sale:" + encode_base64url(b"s" * 32))
OTHERS = SigningKeys.parse("sale:" + encode_base64url(b"o" * 32))
LINES = a_proof(20)


def verified(lines: list[str]) -> Verified:
    """The proof, verified."""
    outcome = verify(lines)
    assert isinstance(outcome, Verified)
    return outcome


def a_receipt(lines: list[str] = LINES, *, number: int = 3) -> Receipt:
    """The receipt of one of the proof's entrants."""
    header, (tier, fan_id) = json.loads(lines[0]), json.loads(lines[number])
    commitment, epoch = header["commitment"], header["epoch"]
    return Receipt(
        room=header["room"], epoch=epoch, fan_id=fan_id, tier=tier, commitment=commitment, at_ms=1_800_000_000_000
    )


def test_an_entrant_with_a_receipt() -> None:
    """A genuine receipt of an entrant holds, by the keys as they are published."""
    public = read_public_keys(json.loads(json.dumps(KEYS.to_jwks())))
    assert check_receipt(verified(LINES), f"{a_receipt().sign(KEYS)}\n", public) == a_receipt()


def test_a_dropped_entrant_with_a_receipt_is_told() -> None:
    """A list that leaves the fan out, with a count, a root and a key that agree, fails at the receipt."""
    left_out = a_proof(19)
    header = json.loads(LINES[0])
    receipt = replace(
        a_receipt(), commitment=json.loads(left_out[0])["commitment"], epoch=json.loads(left_out[0])["epoch"]
    )
    failed = check_receipt(verified(left_out), receipt.sign(KEYS), KEYS.public())
    assert isinstance(failed, Failed)
    assert failed.check is Check.RECEIPT
    assert receipt.fan_id in failed.detail
    assert "left out" in failed.detail
    assert header["count"] == 20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not signed"),
        ("a.b.c", "not signed"),
        (a_receipt().sign(OTHERS), "not signed"),
        (KEYS.sign(a_receipt().to_json(), purpose="ticket"), "not signed"),
        (KEYS.sign({"fan_id": 7}, purpose="receipt"), "not signed"),
        (replace(a_receipt(), epoch="another").sign(KEYS), "another draw"),
        (replace(a_receipt(), commitment="ab" * 32).sign(KEYS), "another draw"),
        (replace(a_receipt(), tier=5).sign(KEYS), "tier 5"),
        (replace(a_receipt(), fan_id="A" * 22).sign(KEYS), "not among the entrants"),
    ],
    # The texts are others in each run, and two workers must find the same names.
    ids=["empty", "noise", "other keys", "other purpose", "no receipt", "epoch", "commitment", "tier", "stranger"],
)
def test_anything_else_fails_as_a_receipt(text: str, said: str) -> None:
    """Forged, of another purpose, of another draw, of another tier: each fails at the receipt and says why."""
    failed = check_receipt(verified(LINES), text, KEYS.public())
    assert isinstance(failed, Failed)
    assert failed.check is Check.RECEIPT
    assert said in failed.detail
