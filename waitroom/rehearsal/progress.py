"""Progress: how a rehearsal goes, in numbers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from waitroom.clock import rfc3339

Json = dict[str, Any]  # Any: JSON values


class Stage(StrEnum):
    """Where a ghost is."""

    COMING = "coming"
    LOBBY = "lobby"
    WAITING = "waiting"
    TURN = "turn"
    CLAIMED = "claimed"
    INSIDE = "inside"
    BOUGHT = "bought"
    NO_SHOW = "no_show"
    GONE = "gone"


class Status(StrEnum):
    """Whether the crowd still walks, and if not, why."""

    RUNNING = "running"
    FINISHED = "finished"
    CLOSED = "closed"
    SOLD_OUT = "sold_out"
    CODES_REQUIRED = "codes_required"
    ROOM_GONE = "room_gone"
    STOPPED = "stopped"
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How many ghosts are where; `trouble` is why the last step came to nothing, None while all is well."""

    status: Status
    started_at_ms: int
    fans: int
    stages: dict[Stage, int]
    seats_left: int | None
    trouble: str | None

    def to_json(self) -> Json:
        """The progress as JSON values."""
        return {
            "status": self.status.value,
            "started_at": rfc3339(self.started_at_ms),
            "fans": self.fans,
            **{stage.value: self.stages.get(stage, 0) for stage in Stage},
            "seats_left": self.seats_left,
            "trouble": self.trouble,
        }

    def __str__(self) -> str:
        """The crowd in one line."""
        told = "  ".join(f"{stage.value.replace('_', ' ')} {self.stages.get(stage, 0)}" for stage in Stage)
        seats = "" if self.seats_left is None else f"  seats left {self.seats_left}"
        return f"{told}{seats}" + (f"  ({self.trouble})" if self.trouble else "")
