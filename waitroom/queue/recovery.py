"""Recovery: what an edge keeps of a room, and what it puts back after the store has lost it; plain rules.

A room that is put back gives no turn until its recovery ends, so that its fans can present their passes first.
"""

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Self

from waitroom.queue.draw import draw_score
from waitroom.queue.snapshot import TOTALS, Snapshot
from waitroom.tokens import LOBBY, QueuePass

LEAST_SECONDS = 90
MOST_SECONDS = 900
FANS_A_SECOND = 10_000
"""How fast passes are presented at most, over all edges, where the longest recovery does not end it."""
KEPT_DAYS = 30
"""After so long without a look a room is forgotten; so is, in the store, that a room was deleted."""

BEHIND: Literal["behind"] = "behind"
"""Instead of a score: at the end of the line."""

_ALWAYS = (
    *("watermark", "last_arrival_us", "room_us", "share", "log_entries", "log_head"),
    *("free_from_us", "entry_seen_us", "taken_from_us", "taken_to_us"),
    *("governed", "governed_at_ms", "governed_why", "seats_left", "seats_a_buyer", "nothing_left"),
    *TOTALS,
)
_PINNED = (
    *("root", "root_at_ms", "count", "chunks", "seed", "key_hash"),
    *("beacon", "beacon_round", "waived_at_ms"),
)


class Stage(IntEnum):
    """How far the draw is, as far as a loss is concerned; the script knows the same numbers."""

    LOBBY = 0
    FROZEN = 1
    PINNED = 2


@dataclass(frozen=True, kw_only=True)
class KeptRoom:
    """A room as an edge keeps it: the fields of the keys `:room` and `:meter` as they were last seen."""

    room: str
    fields: dict[str, str]
    meter: dict[str, str]
    fans: int
    seen_ms: int

    @classmethod
    def of(cls, snapshot: Snapshot, *, before: Self | None = None) -> Self:
        """Keep what a snapshot tells; while the room recovers it has the fans of `before`, who are coming back."""
        counts = snapshot.counts
        fans = counts.lobby + counts.waiting + counts.admitted + counts.active
        if before is not None and snapshot.is_recovering and before.epoch == snapshot.epoch:
            fans = max(fans, before.fans)
        return cls(room=snapshot.room, fields=snapshot.fields, meter=snapshot.kept, fans=fans, seen_ms=snapshot.now_ms)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote; raises ValueError when it is nothing of ours."""
        try:
            kept = cls(**json.loads(text))
            _ = kept.made_ms, kept.rank, kept.fans + kept.seen_ms
        except (KeyError, TypeError, AttributeError) as broken:
            raise ValueError("this is no kept room") from broken
        return kept

    def to_text(self) -> str:
        """The room as one JSON object."""
        members = {"room": self.room, "fields": self.fields, "meter": self.meter}
        return json.dumps(members | {"fans": self.fans, "seen_ms": self.seen_ms})

    @property
    def epoch(self) -> str:
        """Which room of the name it is."""
        return self.fields["epoch"]

    @property
    def made_ms(self) -> int:
        """When the room was made."""
        return int(self.fields["created_at"])

    @property
    def stage(self) -> Stage:
        """How far its draw was."""
        if "key_hash" in self.meter:
            return Stage.PINNED
        return Stage.FROZEN if "frozen_at_us" in self.meter else Stage.LOBBY

    @property
    def watermark(self) -> int | None:
        """The last score that had a turn."""
        text = self.meter.get("watermark")
        return None if text is None else int(float(text))

    @property
    def rank(self) -> tuple[int, int, int]:
        """What only grows in the life of a room: the higher of two is the later."""
        return int(self.fields["version"]), int(self.stage), self.watermark or 0

    def is_after(self, other: Self) -> bool:
        """Whether this is a later state of the room, or a later room of the name."""
        if self.epoch == other.epoch:
            return self.rank > other.rank
        return self.made_ms > other.made_ms

    def meter_to_restore(self) -> dict[str, str]:
        """The fields of the meter that are put back.

        In the lobby nothing of a draw. Frozen: the latched moment; the list is gathered anew after the recovery.
        Pinned: the order is decided, so all entrants count as moved and each fan comes back at the drawn score.
        """
        back = {name: self.meter[name] for name in _ALWAYS if name in self.meter}
        # After a gap the bucket starts empty.
        back |= {"tokens": "0", "tokens_at_us": str(self.seen_ms * 1000)}
        if self.stage >= Stage.FROZEN:
            back["frozen_at_us"] = self.meter["frozen_at_us"]
        if self.stage is Stage.PINNED:
            back |= {name: self.meter[name] for name in _PINNED if name in self.meter}
            back["drawn_entrants"] = self.meter["count"]
        has_draw = bool(self.fields.get("release_at"))
        if self.stage is Stage.PINNED or (self.stage is Stage.FROZEN and not has_draw):
            back["drawn"] = "1"
        return back


def recovering_seconds(fans: int) -> int:
    """How long a recovery lasts: longer for many fans, so that they can come spread."""
    return min(MOST_SECONDS, LEAST_SECONDS + fans // FANS_A_SECOND)


def score_to_restore(
    held: QueuePass, *, draw_key: bytes | None, is_entrant: bool | None = None
) -> int | Literal["behind"] | None:
    """At which score a pass puts its fan back; None for a fan of the lobby who is still to be drawn.

    `is_entrant` says whether the drawn list holds the fan, None where nobody here can tell.
    """
    # Cases: the score as signed; to be drawn; not in the list that was drawn; as drawn.
    if held.score != LOBBY:
        return held.score
    if draw_key is None:
        return None
    if is_entrant is False:
        return BEHIND
    return draw_score(draw_key, tier=held.tier, fan_id=held.fan_id)
