"""The admission token."""

from typing import Any

import pytest

from tests.factories import START_MS, a_pass, a_ring, a_token
from tests.waitroom.tokens.contract import SignerContract
from waitroom.clock import FrozenClock
from waitroom.tokens import (
    AdmissionToken,
    AdmissionTokenSigner,
    KeyRing,
    QueuePassSigner,
    TokenEarly,
    TokenExpired,
    TokenForeign,
    TokenForged,
    TokenMissing,
    TokenRehearsed,
    token_id_for,
)
from waitroom.tokens.admission_token import LEEWAY_MS
from waitroom.tokens.signer import Signer


class TestAdmissionToken(SignerContract):
    """The contract of all signers."""

    salt = "admission"

    def signer(self, ring: KeyRing) -> Signer[Any]:  # Any: either kind
        """Signs admission tokens."""
        return AdmissionTokenSigner(ring)

    def payload(self) -> Any:  # Any: either kind
        """An admission token."""
        return a_token()

    def other(self, ring: KeyRing) -> str:
        """A pass."""
        return QueuePassSigner(ring).sign(a_pass())


@pytest.fixture
def clock() -> FrozenClock:
    """The verifier's clock, at the token's moment of entry."""
    return FrozenClock(START_MS)


@pytest.fixture
def signer(clock: FrozenClock) -> AdmissionTokenSigner:
    """A signer on that clock."""
    return AdmissionTokenSigner(a_ring(), clock=clock)


def test_opens_its_room(signer: AdmissionTokenSigner) -> None:
    """A token opens its room, with or without a look at the epoch."""
    token = a_token()
    text = signer.sign(token)
    assert signer.verify(text, room="a-room") == token
    assert signer.verify(text, room="a-room", epoch="an-epoch") == token


@pytest.mark.parametrize(
    "asked", [{"room": "other"}, {"room": "a-room", "epoch": "other"}, {"room": "a-room", "epoch": ""}]
)
def test_foreign(signer: AdmissionTokenSigner, asked: dict[str, str]) -> None:
    """A token of another room, or of an earlier epoch of this one, is foreign."""
    with pytest.raises(TokenForeign) as refused:
        signer.verify(signer.sign(a_token()), **asked)
    assert refused.value.reason == "foreign"


@pytest.mark.parametrize("seconds", [-2, 0, 2, 598, 602])
def test_a_clock_two_seconds_off(signer: AdmissionTokenSigner, clock: FrozenClock, seconds: int) -> None:
    """A verifier's clock two seconds off, to either side and at either end, refuses nobody."""
    clock.advance(ms=seconds * 1000)
    assert signer.verify(signer.sign(a_token()), room="a-room").room == "a-room"


def test_early(signer: AdmissionTokenSigner, clock: FrozenClock) -> None:
    """Beyond the leeway a token is early, and says for how long."""
    token = signer.sign(a_token(not_before_ms=START_MS + LEEWAY_MS + 1))
    with pytest.raises(TokenEarly) as refused:
        signer.verify(token, room="a-room")
    assert (refused.value.reason, refused.value.wait_ms) == ("early", LEEWAY_MS + 1)
    clock.advance(ms=1)
    signer.verify(token, room="a-room")


def test_expired(signer: AdmissionTokenSigner, clock: FrozenClock) -> None:
    """Beyond the leeway a token's time is over."""
    clock.advance(ms=600_000 + LEEWAY_MS)
    token = signer.sign(a_token())
    signer.verify(token, room="a-room")
    clock.advance(ms=1)
    with pytest.raises(TokenExpired) as refused:
        signer.verify(token, room="a-room")
    assert refused.value.reason == "expired"


def test_a_foreign_token_is_not_told_its_time(signer: AdmissionTokenSigner, clock: FrozenClock) -> None:
    """Which room a token is for is looked at before its time."""
    clock.advance(ms=10_000_000)
    with pytest.raises(TokenForeign):
        signer.verify(signer.sign(a_token()), room="other")


def test_forged_and_missing(signer: AdmissionTokenSigner) -> None:
    """What is none of ours is refused before anything is read from it."""
    with pytest.raises(TokenForged) as forged:
        signer.verify("nonsense", room="a-room")
    with pytest.raises(TokenMissing) as missing:
        signer.verify(None, room="a-room")
    assert (forged.value.reason, missing.value.reason) == ("forged", "missing")


def test_token_id() -> None:
    """A fan of an epoch has one token id, ever."""
    one = token_id_for(epoch="e", fan_id="f")
    assert one == token_id_for(epoch="e", fan_id="f")
    others = {
        token_id_for(epoch="e", fan_id="g"),
        token_id_for(epoch="f", fan_id="f"),
        token_id_for(epoch="ef", fan_id=""),
    }
    assert len(others | {one}) == 4
    assert len(bytes.fromhex(one)) == 16


def test_a_rehearsal_s_token_opens_nothing(signer: AdmissionTokenSigner, clock: FrozenClock) -> None:
    """A token of a rehearsal is refused as such, after all that else is wrong with it, and an older one is none."""
    text = signer.sign(a_token(rehearsal=True))
    with pytest.raises(TokenRehearsed):
        signer.verify(text, room="a-room")
    with pytest.raises(TokenForeign):
        signer.verify(text, room="another-room")
    clock.advance(ms=3_600_000)
    with pytest.raises(TokenExpired):
        signer.verify(text, room="a-room")
    assert AdmissionToken.from_fields(a_token().to_fields()[:7]).rehearsal is False
