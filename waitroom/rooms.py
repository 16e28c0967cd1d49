"""A room's policy: what an organizer decides, and what may not be decided."""

import unicodedata
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from waitroom.beacon import BeaconRule
from waitroom.branding import Branding

Milliseconds = Annotated[int, Field(ge=0, lt=2**45)]
Rate = Annotated[float, Field(ge=0, le=6_000_000, allow_inf_nan=False)]
Ceiling = Annotated[int, Field(ge=0, le=10_000_000)]
MOST_STEPS = 100
BREAKS = "\t\r\n"
LAST_TIER = 7
"""The tier of those who bring no code where codes are optional."""


def _is_control(letter: str, *, breaks: str) -> bool:
    # Not `isprintable`: joiners belong to words in some scripts, and to emoji.
    return unicodedata.category(letter) == "Cc" and letter not in breaks


def _lines(text: str, *, breaks: str = BREAKS) -> str:
    if any(_is_control(letter, breaks=breaks) for letter in text):
        raise ValueError("control characters are not allowed")
    return text


def _one_line(text: str) -> str:
    return _lines(text, breaks="")


class Phase(StrEnum):
    """Where a room is; it follows from times, freeze and draw, in `_phase.lua` alone."""

    SCHEDULED = "scheduled"
    LOBBY = "lobby"
    DRAWING = "drawing"
    OPEN = "open"
    CLOSED = "closed"


class CodePolicy(StrEnum):
    """Whether newcomers bring a presale code."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class OutagePolicy(StrEnum):
    """What edges do while the queue's store is away: keep everybody waiting, let a few in, or let all in."""

    KEEP = "keep"
    OPEN_LIMITED = "open_limited"
    OPEN = "open"


class PlanStep(BaseModel):
    """From this moment on, another rate and ceiling; the last step stays in force."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: Milliseconds
    new_users_per_minute: Rate
    total_active_users: Ceiling

    def to_text(self) -> str:
        """The step as `_rate.lua` reads it."""
        return f"{self.at}:{self.new_users_per_minute:.17g}:{self.total_active_users}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote."""
        at, rate, ceiling = text.split(":")
        return cls(at=int(at), new_users_per_minute=float(rate), total_active_users=int(ceiling))


class RoomSettings(BaseModel):
    """The settings of a room; times are milliseconds since 1970, None where there is none.

    A room without times is always open. `lobby_closes_at` is the release unless it is set earlier. A `rehearsal`
    sells nothing, and is one from its making to its end.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(_one_line)] = Field(default="Waiting room", min_length=1, max_length=120)
    lobby_at: Milliseconds | None = None
    lobby_closes_at: Milliseconds | None = None
    release_at: Milliseconds | None = None
    closes_at: Milliseconds | None = None
    new_users_per_minute: Rate = 600
    total_active_users: Ceiling = 1000
    plan: tuple[PlanStep, ...] = Field(default=(), max_length=MOST_STEPS)
    session_minutes: float = Field(default=20, ge=0.05, le=1440, allow_inf_nan=False)
    claim_minutes: float = Field(default=10, ge=0.05, le=1440, allow_inf_nan=False)
    paused: bool = False
    sold_out: bool = False
    message: Annotated[str, AfterValidator(_lines)] = Field(default="", max_length=500)
    codes: CodePolicy = CodePolicy.OFF
    outage_policy: OutagePolicy = OutagePolicy.KEEP
    target_latency_ms: int = Field(default=1000, ge=10, le=60_000)
    beacon: BeaconRule | None = None
    beacon_waived: bool = False
    branding: Branding | None = None
    rehearsal: bool = False

    @model_validator(mode="after")
    def _times_are_in_order(self) -> Self:
        if self.release_at is None and (self.lobby_at is not None or self.lobby_closes_at is not None):
            raise ValueError("a lobby needs a release_at: the moment at which its line is let through")
        order = [self.lobby_at, self.lobby_closes_at, self.release_at, self.closes_at]
        known = [moment for moment in order if moment is not None]
        if known != sorted(known):
            raise ValueError("the times must come in the order lobby_at, lobby_closes_at, release_at, closes_at")
        moments = [step.at for step in self.plan]
        if any(later <= earlier for earlier, later in pairwise(moments)):
            raise ValueError("the steps of a plan must come in the order of their times, no two at once")
        return self

    @property
    def newcomer_tier(self) -> int:
        """The tier of those who bring no code."""
        return 0 if self.codes is CodePolicy.OFF else LAST_TIER

    def to_fields(self) -> dict[str, str]:
        """The settings as the fields of the room's hash."""
        return {name: _to_text(getattr(self, name)) for name in type(self).model_fields}

    @classmethod
    def from_fields(cls, fields: dict[str, str]) -> Self:
        """Read what `to_fields` wrote, leaving out what is not a setting."""
        return cls.model_validate({name: _from_text(name, fields[name]) for name in cls.model_fields if name in fields})

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
    if isinstance(value, tuple):
        return " ".join(step.to_text() for step in value)
    if isinstance(value, BaseModel):
        return value.model_dump_json()
    return str(value)


def _from_text(name: str, text: str) -> object:
    # Cases: texts, which may be empty; the plan; the beacon's rule and the branding; the others, None for nothing set.
    if name in {"name", "message"}:
        return _as_it_may_be(text, breaks=BREAKS if name == "message" else "")
    if name == "plan":
        return tuple(PlanStep.from_text(step) for step in text.split())
    if name == "beacon":
        return BeaconRule.model_validate_json(text) if text else None
    if name == "branding":
        return Branding.model_validate_json(text) if text else None
    return text or None


def _as_it_may_be(text: str, *, breaks: str) -> str:
    # A room that was stored before control characters were refused can still be read, and so be changed.
    return "".join(" " if _is_control(letter, breaks=breaks) else letter for letter in text)
