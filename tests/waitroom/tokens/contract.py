"""What every signer promises; every signer's tests inherit it."""

import base64
import hashlib
import json
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer

from tests.factories import a_ring
from waitroom.tokens import Key, KeyRing, TokenForged, TokenMissing
from waitroom.tokens.signer import LONGEST_TOKEN, Signer


class SignerContract:
    """Say how the signer is made, what it signs, and what another kind's signer makes of it."""

    salt = ""

    def signer(self, ring: KeyRing) -> Signer[Any]:  # Any: either kind
        """The signer under test."""
        raise NotImplementedError

    def payload(self) -> Any:  # Any: either kind
        """What it signs."""
        raise NotImplementedError

    def other(self, ring: KeyRing) -> str:
        """A genuine token of the other kind."""
        raise NotImplementedError

    def test_there_and_back(self) -> None:
        """What was signed is read again, as it was."""
        signer, payload = self.signer(a_ring()), self.payload()
        assert signer.read(signer.sign(payload)) == payload

    def test_is_what_itsdangerous_makes(self) -> None:
        """The token is itsdangerous's, with SHA-256, HMAC key derivation and a salt of its own."""
        ring, payload = a_ring("new", "old"), self.payload()
        serializer = self.serializer(ring, salt=f"waitroom.{self.salt}", digest=hashlib.sha256)
        assert serializer.loads(self.signer(ring).sign(payload)) == payload.to_fields()
        assert self.signer(ring).read(serializer.dumps(payload.to_fields())) == payload

    def test_goes_into_an_address(self) -> None:
        """A token needs no quoting and is short enough for a cookie and a header."""
        token = self.signer(a_ring()).sign(self.payload())
        assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
        assert len(token) < 300

    @pytest.mark.parametrize("token", [None, ""])
    def test_missing(self, token: str | None) -> None:
        """No token is missing, not forged."""
        with pytest.raises(TokenMissing):
            self.signer(a_ring()).read(token)

    def test_every_changed_character(self) -> None:
        """No character can be changed."""
        signer = self.signer(a_ring())
        token = signer.sign(self.payload())
        for at, character in enumerate(token):
            forged = token[:at] + ("A" if character != "A" else "B") + token[at + 1 :]
            # The last character of a signature carries bits that are no part of it.
            if at == len(token) - 1 and self.same_signature(token, forged):
                continue
            with pytest.raises(TokenForged):
                signer.read(forged)

    def test_truncated(self) -> None:
        """No part of a token is one."""
        signer = self.signer(a_ring())
        token = signer.sign(self.payload())
        for length in range(1, len(token)):
            with pytest.raises(TokenForged):
                signer.read(token[:length])

    def test_another_kind(self) -> None:
        """A genuine token of another kind is none of this."""
        ring = a_ring()
        with pytest.raises(TokenForged):
            self.signer(ring).read(self.other(ring))

    def test_another_key(self) -> None:
        """A token of a stranger's key is forged, whatever the key's name."""
        token = self.signer(a_ring("test")).sign(self.payload())
        with pytest.raises(TokenForged):
            self.signer(a_ring("test")).read(token)

    def test_rotation(self) -> None:
        """After a rotation old tokens verify, new ones are signed by the newest key, and a key that is gone is gone."""
        new, old = a_ring("new"), a_ring("old")
        both, payload = KeyRing((*new.keys, *old.keys)), self.payload()
        assert self.signer(both).read(self.signer(old).sign(payload)) == payload
        assert self.signer(new).read(self.signer(both).sign(payload)) == payload
        with pytest.raises(TokenForged):
            self.signer(old).read(self.signer(both).sign(payload))

    def test_rotation_while_running(self) -> None:
        """A source whose ring changes is followed at once."""
        source = Source(a_ring("old"))
        signer, payload = self.signer(source), self.payload()  # type: ignore[arg-type] # a source like a ring
        token = signer.sign(payload)
        source.ring = KeyRing((*a_ring("new").keys, *source.ring.keys))
        assert signer.read(token) == payload
        source.ring = KeyRing(source.ring.keys[:1])
        with pytest.raises(TokenForged):
            signer.read(token)

    @pytest.mark.parametrize("digest", [hashlib.sha1, hashlib.sha512])
    def test_another_digest(self, digest: Any) -> None:  # Any: hashlib's constructors
        """SHA-1, itsdangerous's default, is refused."""
        ring = a_ring()
        token = self.serializer(ring, salt=f"waitroom.{self.salt}", digest=digest).dumps(self.payload().to_fields())
        with pytest.raises(TokenForged):
            self.signer(ring).read(token)

    @pytest.mark.parametrize("salt", ["itsdangerous", "waitroom.other", ""])
    def test_another_salt(self, salt: str) -> None:
        """A token signed for another purpose with the same key is refused."""
        ring = a_ring()
        token = self.serializer(ring, salt=salt, digest=hashlib.sha256).dumps(self.payload().to_fields())
        with pytest.raises(TokenForged):
            self.signer(ring).read(token)

    def test_too_long(self) -> None:
        """A token longer than any of ours is not even looked at."""
        ring = a_ring()
        with pytest.raises(TokenForged, match="longer"):
            self.signer(ring).read("A" * (LONGEST_TOKEN + 1))

    @pytest.mark.parametrize(
        "token", ["é" * 40, "\ud800" * 4, "\0", " ", ".", "..", "a.b", "=.=", "Zm9v.", "\U0001f3ab"]
    )
    def test_not_ours_at_all(self, token: str) -> None:
        """Whatever text comes, the answer is a refusal and no crash."""
        with pytest.raises(TokenForged):
            self.signer(a_ring()).read(token)

    @pytest.mark.parametrize("content", [None, 7, "text", {}, [], ["only one"], [None] * 7, [[]] * 7, {"a": 1}])
    def test_signed_but_no_payload(self, content: Any) -> None:  # Any: JSON values
        """What the key signed for something else carries no payload of ours."""
        ring = a_ring()
        token = self.serializer(ring, salt=f"waitroom.{self.salt}", digest=hashlib.sha256).dumps(content)
        with pytest.raises(TokenForged):
            self.signer(ring).read(token)

    def test_fields_added_later_are_passed_over(self) -> None:
        """A token of a later version, with one field more, is read by this one."""
        ring, payload = a_ring(), self.payload()
        serializer = self.serializer(ring, salt=f"waitroom.{self.salt}", digest=hashlib.sha256)
        assert self.signer(ring).read(serializer.dumps([*payload.to_fields(), "later"])) == payload

    def test_no_secret_in_a_refusal(self) -> None:
        """A refusal shows neither the token nor a key."""
        ring = KeyRing((Key(key_id="k", secret=b"secret-of-thirty-two-characters!"),))
        with pytest.raises(TokenForged) as refused:
            self.signer(ring).read("token-of-a-fan.x")
        assert "secret-of" not in str(refused.value)
        assert "token-of-a-fan" not in str(refused.value)

    def serializer(self, ring: KeyRing, *, salt: str, digest: Any) -> "Uncompressed":  # Any: as above
        """What itsdangerous itself would use."""
        options = {"key_derivation": "hmac", "digest_method": digest}
        return Uncompressed(list(ring.secrets_oldest_first()), salt=salt, signer_kwargs=options)

    def same_signature(self, token: str, forged: str) -> bool:
        """Whether two tokens end in the same bytes."""
        ends = [base64.urlsafe_b64decode(text.rpartition(".")[2] + "==") for text in (token, forged)]
        return ends[0] == ends[1]


class Source:
    """A source of keys whose ring a test changes."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring

    def current(self) -> KeyRing:
        """The ring in force."""
        return self.ring


class Uncompressed(URLSafeSerializer):
    """itsdangerous's own serializer, without its compression."""

    def dump_payload(self, obj: Any) -> bytes:  # Any: JSON values
        """Write JSON in base64url."""
        return base64.urlsafe_b64encode(json.dumps(obj, separators=(",", ":")).encode()).rstrip(b"=")
