"""A room's policy: what an organizer decides, and what may not be decided."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Milliseconds = Annotated[int, Field(ge=0, lt=2**45)]


class Phase(StrEnum):
    """Where a room is; it follows from times, freeze and draw, in `_base.lua` alone."""

    SCHEDULED = "scheduled"
    LOBBY = "lobby"
    DRAWING = "drawing"
    OPEN = "open"
    CLOSED = "closed"


class RoomSettings(BaseModel):
    """The settings of a room; times are milliseconds since 1970, None where there is none.

    A room without times is always open. `lobby_closes_at` is the release unless it is set earlier.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="Waiting room", min_length=1, max_length=120)
    lobby_at: Milliseconds | None = None
    lobby_closes_at: Milliseconds | None = None
    release_at: Milliseconds | None = None
    closes_at: Milliseconds | None = None
    new_users_per_minute: float = Field(default=600, ge=0, le=6_000_000, allow_inf_nan=False)
    total_active_users: int = Field(default=1000, ge=0, le=10_000_000)
    session_minutes: float = Field(default=20, ge=0.05, le=1440, allow_inf_nan=False)
    claim_minutes: float = Field(default=10, ge=0.05, le=1440, allow_inf_nan=False)
    paused: bool = False
    sold_out: bool = False
    message: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _times_are_in_order(self) -> Self:
        if self.release_at is None and (self.lobby_at is not None or self.lobby_closes_at is not None):
            raise ValueError("a lobby needs a release_at: the moment at which its line is let through")
        order = [self.lobby_at, self.lobby_closes_at, self.release_at, self.closes_at]
        known = [moment for moment in order if moment is not None]
        if known != sorted(known):
            raise ValueError("the times must come in the order lobby_at, lobby_closes_at, release_at, closes_at")
        return self

    def to_fields(self) -> dict[str, str]:
        """The settings as the fields of the room's hash."""
        return {name: _to_text(value) for name, value in self.model_dump().items()}

    @classmethod
    def from_fields(cls, fields: dict[str, str]) -> Self:
        """Read what `to_fields` wrote, leaving out what is not a setting."""
        return cls.model_validate(
            {
                name: value if name in {"name", "message"} else value or None
                for name, value in fields.items()
                if name in cls.model_fields
            }
        )

    def changed(self, changes: dict[str, object]) -> Self:
        """Return the settings with some of them changed; raises pydantic's ValidationError."""
        return type(self).model_validate(self.model_dump() | changes)


def _to_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.17g}"
    return str(value)
