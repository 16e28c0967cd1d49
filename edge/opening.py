"""Opening: what may be let in while a room's store is away. Pure rules over the room as it was last seen."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, inf

from waitroom.queue import Snapshot
from waitroom.queue.scores import ARRIVALS, pack_score
from waitroom.rooms import OutagePolicy, Phase
from waitroom.tokens import QueuePass

PATIENCE_SECONDS = 5.0
"""A hand-over from one store to another is no outage."""
LIMITED_SECONDS = 600.0
EDGES_ASSUMED = 10
"""Edges know nothing of each other without the store: each takes a tenth."""


class Shut(StrEnum):
    """Why a room lets nobody in, whatever its policy."""

    CLOSED = "closed"
    PAUSED = "paused"
    NOT_OPEN = "not_open"


def seconds_open(snapshot: Snapshot, away_seconds: float) -> float | None:
    """Return for how long a room has been letting fans in without its store, None where it does not (any more)."""
    seconds = away_seconds - PATIENCE_SECONDS
    lasts = {OutagePolicy.KEEP: 0, OutagePolicy.OPEN_LIMITED: LIMITED_SECONDS, OutagePolicy.OPEN: inf}
    return seconds if 0 <= seconds < lasts[snapshot.settings.outage_policy] else None


def why_shut(snapshot: Snapshot, now_ms: int) -> Shut | None:
    """Return why nobody may go in now.

    In this order: the room is over; the organizer holds it; sold out, recovering, not released yet, or a tap that
    is shut by hand.
    """
    settings, rate = snapshot.settings, snapshot.rate
    if snapshot.phase is Phase.CLOSED or (settings.closes_at is not None and now_ms >= settings.closes_at):
        return Shut.CLOSED
    if settings.paused:
        return Shut.PAUSED
    is_open = snapshot.phase is Phase.OPEN or (snapshot.is_drawn and now_ms >= (settings.release_at or 0))
    is_held = snapshot.is_sold_out or snapshot.is_recovering or rate.per_minute <= 0 or rate.ceiling <= 0
    return None if is_open and not is_held else Shut.NOT_OPEN


def line_without_store(snapshot: Snapshot, seconds: float) -> Snapshot:
    """Return the room with those taken off its line who may go in after so many seconds, as turns would have done.

    `open` takes off everybody. `open_limited` takes off whom the rate would have reached, to the next pair of the curve
    that is not beyond.
    """
    if snapshot.settings.outage_policy is OutagePolicy.OPEN:
        return _without_head(snapshot, len(snapshot.curve))
    due = int(seconds * snapshot.rate.per_minute / 60)
    if due >= snapshot.counts.waiting:
        return _without_head(snapshot, len(snapshot.curve))
    return _without_head(snapshot, bisect_right(snapshot.curve, due, key=lambda pair: pair[1]) - 1)


def _without_head(snapshot: Snapshot, pairs: int) -> Snapshot:
    left = snapshot.curve[max(0, pairs) :]
    gone = left[0][1] if left else snapshot.counts.waiting
    counts = replace(snapshot.counts, waiting=snapshot.counts.waiting - gone)
    return replace(snapshot, curve=tuple((score, ahead - gone) for score, ahead in left), counts=counts)


def arrival_pass(snapshot: Snapshot, fan_id: str, *, now_ms: int) -> QueuePass:
    """Make the pass of who comes while the store is away: the place is that of the moment, behind all who came before.

    So nobody gains a place in the line by it when the store is back.
    """
    last_us = int(float(snapshot.kept.get("last_arrival_us", -1)))
    since_freeze_us = now_ms * 1000 - int(float(snapshot.kept.get("frozen_at_us", 0)))
    tier = snapshot.settings.newcomer_tier
    score = pack_score(tier=tier, band=ARRIVALS + max(last_us + 1, since_freeze_us))
    return QueuePass(epoch=snapshot.epoch, fan_id=fan_id, score=score, tier=tier, joined_at_ms=now_ms)


@dataclass
class Share:
    """This edge's part of the rate: a token bucket that is empty at first, and so many fans in all."""

    per_second: float
    most: int
    tokens: float = 0
    filled_at: float = 0
    taken: int = 0

    @classmethod
    def of(cls, snapshot: Snapshot, *, starts_at: float) -> "Share":
        """A tenth of the room's rate, and of its ceiling in all."""
        per_second = snapshot.rate.per_minute / 60 / EDGES_ASSUMED
        return cls(per_second=per_second, most=ceil(snapshot.rate.ceiling / EDGES_ASSUMED), filled_at=starts_at)

    def take(self, now: float) -> int | None:
        """Take one; None when it is taken, else the whole seconds until there may be one."""
        depth = max(1.0, self.per_second)
        self.tokens = min(depth, self.tokens + max(0.0, now - self.filled_at) * self.per_second)
        self.filled_at = max(self.filled_at, now)
        if self.taken >= self.most:
            return ceil(LIMITED_SECONDS / EDGES_ASSUMED)
        if self.tokens < 1:
            return ceil((1 - self.tokens) / self.per_second)
        self.tokens -= 1
        self.taken += 1
        return None
