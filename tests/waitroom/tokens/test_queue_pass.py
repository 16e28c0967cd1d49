"""The pass."""

from dataclasses import replace
from typing import Any

from tests.factories import START_MS, a_pass, a_ring, a_token
from tests.waitroom.tokens.contract import SignerContract
from waitroom.tokens import LOBBY, AdmissionTokenSigner, KeyRing, QueuePass, QueuePassSigner
from waitroom.tokens.signer import Signer


class TestQueuePass(SignerContract):
    """The contract of all signers."""

    salt = "pass"

    def signer(self, ring: KeyRing) -> Signer[Any]:  # Any: either kind
        """Signs passes."""
        return QueuePassSigner(ring)

    def payload(self) -> Any:  # Any: either kind
        """A pass."""
        return a_pass(moves=1)

    def other(self, ring: KeyRing) -> str:
        """An admission token."""
        return AdmissionTokenSigner(ring).sign(a_token())


def test_lobby_and_score() -> None:
    """A pass says that its fan will be drawn, or the exact score."""
    signer = QueuePassSigner(a_ring())
    for score in (LOBBY, 0, 2**53 - 1):
        assert signer.read(signer.sign(a_pass(score=score))).score == score


def test_fields_in_their_order() -> None:
    """Fields are only ever added at the end: passes outlive a release."""
    held = a_pass(epoch="e", fan_id="f", score=7, tier=2, joined_at_ms=START_MS)
    assert held.to_fields() == ["e", "f", 7, 2, START_MS]
    assert replace(held, moves=3).to_fields() == ["e", "f", 7, 2, START_MS, 3]


def test_moves_and_passes_without() -> None:
    """A pass tells how often its fan has moved; one from before says never, and later fields are no harm."""
    signer = QueuePassSigner(a_ring())
    assert signer.read(signer.sign(a_pass(moves=2))).moves == 2
    assert QueuePass.from_fields(["e", "f", 7, 2, START_MS]).moves == 0
    assert QueuePass.from_fields(["e", "f", 7, 2, START_MS, 3, "more"]).moves == 3
