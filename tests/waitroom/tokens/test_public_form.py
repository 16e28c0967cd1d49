"""What strangers may verify and cannot mint."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from waitroom.errors import ConfigurationError
from waitroom.tokens import SigningKeys, TokenForged, TokenMissing, decode_base64url, encode_base64url, verify_proof
from waitroom.tokens.public_form import LONGEST_PROOF

OLD, NEW = (f"{name}:{encode_base64url(name.encode()[:1] * 32)}" for name in ("old", "new"))
PAYLOAD = {"b": 1, "a": "é"}


@pytest.fixture
def keys() -> SigningKeys:
    """Two keys, newest first."""
    return SigningKeys.parse(f"{NEW}, {OLD}")


def test_there_and_back(keys: SigningKeys) -> None:
    """What was signed is read with the public halves alone."""
    proof = keys.sign(PAYLOAD, purpose="ticket")
    assert verify_proof(proof, purpose="ticket", public=keys.public()) == PAYLOAD


def test_the_form(keys: SigningKeys) -> None:
    """A proof is payload, key id and signature, as the documentation of the form says it."""
    body, key_id, signature = keys.sign(PAYLOAD, purpose="ticket").split(".")
    assert key_id == "new"
    assert decode_base64url(body) == json.dumps(PAYLOAD, sort_keys=True, separators=(",", ":")).encode()
    public = Ed25519PublicKey.from_public_bytes(keys.public()["new"])
    public.verify(decode_base64url(signature), b"ticket\0" + body.encode())


def test_purposes_are_apart(keys: SigningKeys) -> None:
    """A receipt is no ticket, though one key signed both."""
    proof = keys.sign(PAYLOAD, purpose="receipt")
    for purpose in ("ticket", "", "receip", "receipt\0"):
        with pytest.raises(TokenForged):
            verify_proof(proof, purpose=purpose, public=keys.public())


def test_rotation(keys: SigningKeys) -> None:
    """Proofs of an older key verify for as long as it is published."""
    proof = SigningKeys.parse(OLD).sign(PAYLOAD, purpose="t")
    assert verify_proof(proof, purpose="t", public=keys.public()) == PAYLOAD
    with pytest.raises(TokenForged):
        verify_proof(proof, purpose="t", public=SigningKeys.parse(NEW).public())


def test_every_changed_character(keys: SigningKeys) -> None:
    """No character can be changed, added or left out: a proof has one text."""
    proof = keys.sign(PAYLOAD, purpose="t")
    changed = [proof[:at] + ("A" if each != "A" else "B") + proof[at + 1 :] for at, each in enumerate(proof)]
    for forged in [
        *changed,
        *(proof[:length] for length in range(1, len(proof))),
        f"{proof}=",
        f"{proof} ",
        f".{proof}",
    ]:
        with pytest.raises(TokenForged):
            verify_proof(forged, purpose="t", public=keys.public())


@pytest.mark.parametrize("text", ["x", "..", "a.new.b", "a.none.b", "é.new.é", "\ud800.new.x", "[.new.]", "a" * 5000])
def test_nonsense(keys: SigningKeys, text: str) -> None:
    """Whatever text comes, the answer is a refusal and no crash."""
    with pytest.raises(TokenForged):
        verify_proof(text, purpose="t", public=keys.public())


def test_missing_and_too_long(keys: SigningKeys) -> None:
    """No proof is missing; a genuine one with something behind it is not cut to size."""
    for nothing in (None, ""):
        with pytest.raises(TokenMissing):
            verify_proof(nothing, purpose="t", public={})
    filler = next(
        filler
        for filler in ("x" * count for count in range(2900, 3000))
        if len(keys.sign({"f": filler}, purpose="t")) in range(LONGEST_PROOF - 1, LONGEST_PROOF + 1)
    )
    proof = keys.sign({"f": filler}, purpose="t").ljust(LONGEST_PROOF, "=")
    with pytest.raises(TokenForged):
        verify_proof(proof + "rest", purpose="t", public=keys.public())


def test_only_objects_are_payloads(keys: SigningKeys) -> None:
    """A signed list is no payload."""
    with pytest.raises(TokenForged, match="object"):
        verify_proof(keys.sign([1], purpose="t"), purpose="t", public=keys.public())  # type: ignore[arg-type] # on purpose


def test_published_keys(keys: SigningKeys) -> None:
    """The public halves go out as a JSON Web Key Set without anything private."""
    (new, old) = keys.to_jwks()["keys"]
    assert new == {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "kid": "new",
        "x": encode_base64url(keys.public()["new"]),
    }
    assert old["kid"] == "old"
    assert "d" not in new


@pytest.mark.parametrize("text", ["", "k", "k:", "k:short", f"{OLD} {OLD}", ":" + OLD[4:], "a.b:" + OLD[4:], OLD + "="])
def test_wrong_keys(text: str) -> None:
    """Keys that could not sign, or whose proofs nobody could read, are refused without showing a seed."""
    with pytest.raises(ConfigurationError) as refused:
        SigningKeys.parse(text)
    assert OLD[4:] not in str(refused.value)


@pytest.mark.parametrize("raw", [b"", b"a", b"ab", b"abc", bytes(range(256)), b"\xff\xfe"])
def test_base64url(raw: bytes) -> None:
    """Bytes go there and back without padding."""
    assert decode_base64url(encode_base64url(raw)) == raw
    assert "=" not in encode_base64url(raw)


@pytest.mark.parametrize("text", ["A", "AA==", "AB", "A A", "++++", "////", "é", "AAAA\n", "AA=A", "="])
def test_one_text_for_the_same_bytes(text: str) -> None:
    """A second spelling is refused."""
    with pytest.raises(ValueError, match=r".+"):
        decode_base64url(text)
