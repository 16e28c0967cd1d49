"""Pace: how soon an edge looks at a room again. A pure rule over what it saw.

A room in which something happens is looked at five times a second. One in which nothing does is looked at ever less
often, down to once in two seconds, so that five hundred quiet rooms do not cost what five hundred busy ones would.
It never sleeps over a moment of its own timetable, and a join through this edge wakes it at once. A newcomer to an
idle room waits for no look: `join` gives the turn itself.
"""

from dataclasses import dataclass

from waitroom.queue import Snapshot
from waitroom.rooms import Phase

BUSY_SECONDS = 0.2
QUIET_SECONDS = 2.0
"""Well below the five seconds after which a room's bucket would start empty (`_turns.lua`)."""
GROWTH = 1.5


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds to the next look, and how old a stored snapshot that look may take as it is."""

    seconds: float = BUSY_SECONDS

    @property
    def interval_us(self) -> int:
        """Within this time another edge's advance will do: half of a quiet room's pace, so that one edge advances."""
        return round(max(BUSY_SECONDS, self.seconds / 2) * 1e6)


BUSY = Pace()


def next_pace(pace: Pace, *, before: Snapshot | None, now: Snapshot) -> Pace:
    """Choose the pace after a look that saw `now`, the last one having seen `before`."""
    if is_moving(now) or before is None or _signs(before) != _signs(now):
        return BUSY
    return Pace(seconds=min(QUIET_SECONDS, pace.seconds * GROWTH, _until_next_moment(now)))


def is_moving(snapshot: Snapshot) -> bool:
    """Whether the room moves by itself: the draw, fans in line, turns that may lapse, a recovery."""
    if snapshot.phase is Phase.CLOSED or snapshot.settings.paused:
        return False
    is_drawing = snapshot.is_frozen and not snapshot.is_drawn
    in_line = snapshot.phase is Phase.OPEN and snapshot.counts.waiting + snapshot.counts.admitted > 0
    return is_drawing or in_line or snapshot.recovering_until_ms is not None


def _signs(snapshot: Snapshot) -> tuple[object, ...]:
    return (
        snapshot.epoch,
        snapshot.version,
        snapshot.phase,
        snapshot.counts,
        snapshot.totals,
        snapshot.rate,
        snapshot.reports,
        snapshot.seats_left,
        snapshot.nothing_left,
        snapshot.recovering_until_ms,
        snapshot.draw,
    )


def _until_next_moment(snapshot: Snapshot) -> float:
    # Half the way there each time, so that the look at the moment itself is a busy room's.
    settings = snapshot.settings
    times = (settings.lobby_at, snapshot.lobby_closes_at_ms, settings.release_at, settings.closes_at)
    ahead = [at - snapshot.now_ms for at in (*times, *(step.at for step in settings.plan)) if at is not None]
    coming = [ms for ms in ahead if ms > 0]
    return max(BUSY_SECONDS, min(coming) / 2000) if coming else QUIET_SECONDS
