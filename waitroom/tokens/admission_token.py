"""The admission token: leave to enter, once."""

import hashlib
from dataclasses import dataclass
from typing import Any, Self

from waitroom.clock import Clock, SystemClock
from waitroom.tokens.errors import TokenEarly, TokenExpired, TokenForeign, TokenRehearsed
from waitroom.tokens.keyring import KeySource
from waitroom.tokens.signer import Signer

LEEWAY_MS = 5_000
"""How far a verifier's clock may be off before a token is refused for it."""


@dataclass(frozen=True, kw_only=True)
class AdmissionToken:
    """What the checkout learns of a fan: times are milliseconds since 1970."""

    epoch: str
    room: str
    fan_id: str
    tier: int
    token_id: str
    not_before_ms: int
    expires_ms: int
    rehearsal: bool = False

    def to_fields(self) -> list[Any]:  # Any: the JSON values of the token
        """Return the fields in their order."""
        return [
            self.epoch,
            self.room,
            self.fan_id,
            self.tier,
            self.token_id,
            self.not_before_ms,
            self.expires_ms,
            int(self.rehearsal),
        ]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # Any: as above
        """Read the fields."""
        epoch, room, fan_id, tier, token_id, not_before_ms, expires_ms = fields[:7]
        return cls(
            epoch=str(epoch),
            room=str(room),
            fan_id=str(fan_id),
            tier=int(tier),
            token_id=str(token_id),
            not_before_ms=int(not_before_ms),
            expires_ms=int(expires_ms),
            # Tokens that were signed before there were rehearsals end here.
            rehearsal=any(fields[7:8]),
        )


class AdmissionTokenSigner(Signer[AdmissionToken]):
    """Signs admission tokens and checks them to the last condition that needs no store."""

    def __init__(self, keys: KeySource, *, clock: Clock | None = None) -> None:
        super().__init__(AdmissionToken, salt="admission", keys=keys)
        self._clock = clock or SystemClock()

    def verify(self, token: str | None, *, room: str, epoch: str | None = None) -> AdmissionToken:
        """Return the token if it opens `room` now; `epoch` is compared when given.

        Raises TokenMissing, TokenForged, TokenForeign, TokenEarly or TokenExpired; and TokenRehearsed, so that no
        shop sells to a rehearsal, for a token with which nothing else is wrong. Whether the token was spent is known
        to the room (`Queue.enter`) and to the checkout's own unique row alone.
        """
        admission = self.read(token)
        if admission.room != room or (epoch is not None and admission.epoch != epoch):
            raise TokenForeign("The token belongs to another room, or to an earlier one of this name.")
        now_ms = self._clock.now_ms()
        if now_ms > admission.expires_ms + LEEWAY_MS:
            raise TokenExpired("The token's time is over.")
        wait_ms = admission.not_before_ms - now_ms
        if wait_ms > LEEWAY_MS:
            raise TokenEarly("The token's moment of entry has not come.", wait_ms=wait_ms)
        if admission.rehearsal:
            raise TokenRehearsed("The turn was one of a rehearsal, which sells nothing.")
        return admission


def token_id_for(*, epoch: str, fan_id: str) -> str:
    """Derive the one token id that a fan of an epoch can ever have (128 bits, hex)."""
    return hashlib.sha256(f"token\0{epoch}\0{fan_id}".encode()).hexdigest()[:32]
