"""What the verbs answer that carry a place between devices and show it to the support desk: frozen values."""

from dataclasses import dataclass

from waitroom.queue.results import Standing


@dataclass(frozen=True, kw_only=True)
class Offered:
    """Another device may take the place over until `ends_at_ms`."""

    ends_at_ms: int


@dataclass(frozen=True, kw_only=True)
class Exhausted:
    """It has been done as often as may be."""


@dataclass(frozen=True, kw_only=True)
class CodeUnknown:
    """No code of this kind stands here: never made, used, or its time is over."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a pass says of its fan, as the store keeps it beside a code; `score` is None for a fan of the lobby."""

    fan_id: str
    tier: int
    score: int | None
    joined_at_ms: int

    def to_text(self) -> str:
        """The text that the scripts keep beside the fan id."""
        return f"{self.tier}:{'lobby' if self.score is None else self.score}:{self.joined_at_ms}"


@dataclass(frozen=True, kw_only=True)
class TakenOver:
    """The place is this device's now, by a pass that tells `moves`."""

    held: Held
    moves: int
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class TurnSoFar:
    """What is on record of a turn that is not over; times are milliseconds since 1970."""

    given_at_ms: int
    prolonged: int
    enter_at_ms: int | None
    has_entered: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    """The fan of a support code, and how it stands."""

    held: Held
    moves: int
    turn: TurnSoFar | None
    standing: Standing
