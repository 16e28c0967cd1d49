"""Signers: what the edge signs, passes and admission tokens, with one ring."""

from dataclasses import dataclass
from typing import Self

from waitroom.queue import Claimed
from waitroom.tokens import (
    AdmissionToken,
    AdmissionTokenSigner,
    KeySource,
    QueuePass,
    QueuePassSigner,
    token_id_for,
)


@dataclass(frozen=True, kw_only=True)
class Signers:
    """What the edge signs with."""

    keys: KeySource
    passes: QueuePassSigner
    admissions: AdmissionTokenSigner

    @classmethod
    def of(cls, keys: KeySource) -> Self:
        """Sign both kinds with one ring."""
        return cls(keys=keys, passes=QueuePassSigner(keys), admissions=AdmissionTokenSigner(keys))

    def admit(self, room: str, held: QueuePass, claimed: Claimed, *, rehearsal: bool) -> str:
        """Sign the admission token of a turn that was taken: the one that this fan can ever have."""
        return self.admissions.sign(
            AdmissionToken(
                epoch=held.epoch,
                room=room,
                fan_id=held.fan_id,
                tier=held.tier,
                token_id=token_id_for(epoch=held.epoch, fan_id=held.fan_id),
                not_before_ms=claimed.enter_at_ms,
                expires_ms=claimed.expires_at_ms,
                rehearsal=rehearsal,
            )
        )
