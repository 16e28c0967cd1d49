"""The pass: a fan's place in line, held by the fan."""

from dataclasses import dataclass
from typing import Any, Literal, Self

from waitroom.tokens.keyring import KeySource
from waitroom.tokens.signer import Signer

LOBBY: Literal["lobby"] = "lobby"


@dataclass(frozen=True, kw_only=True)
class QueuePass:
    """Signed proof of a place: the score, or that the fan was in the lobby and will be drawn."""

    epoch: str
    fan_id: str
    score: int | Literal["lobby"]
    tier: int
    joined_at_ms: int
    moves: int = 0
    """How often the place had moved to another device: only the pass that tells the most holds."""

    def to_fields(self) -> list[Any]:  # Any: the JSON values of the token
        """Return the fields in their order."""
        fields = [self.epoch, self.fan_id, self.score, self.tier, self.joined_at_ms]
        return [*fields, self.moves] if self.moves else fields

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # Any: as above
        """Read the fields."""
        epoch, fan_id, score, tier, joined_at_ms = fields[:5]
        return cls(
            epoch=str(epoch),
            fan_id=str(fan_id),
            score=LOBBY if score == LOBBY else int(score),
            tier=int(tier),
            joined_at_ms=int(joined_at_ms),
            moves=int(fields[5]) if len(fields) > 5 else 0,
        )


class QueuePassSigner(Signer[QueuePass]):
    """Signs and reads passes."""

    def __init__(self, keys: KeySource) -> None:
        super().__init__(QueuePass, salt="pass", keys=keys)
