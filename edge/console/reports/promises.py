"""Promises: how long fans waited, beside the range that their page first told them. Pure.

Nothing of it costs a fan or the store anything: it is computed when a report is asked for.

- When somebody's turn came is in the admission log, which is chained by hashes: each entry has the scores of the first
  and the last fan of a batch. The score of who stood behind the draw holds the moment of the join to the microsecond;
  the turns of a batch are spread evenly between its first and its last.
- What the page said at that join follows from the line then: the numbers of the two samples around it, by the very rule
  that the page and the edge have (`waitroom.forecast`).
- Who was in the lobby is first told a wait at the draw: by the place in the drawn order and the rate at that moment.

Every turn counts, also one that nobody took, and a change by an organizer excuses nothing. Not known: what a page said
while the room was paused or recovered, or while no console wrote samples. Fans who leave make the place of those behind
them a little better than it is told here.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from edge.console.reports.samples import Sample
from waitroom.forecast import wait_range
from waitroom.queue.scores import ARRIVALS, TIER, is_drawn

MOST_PIECES = 8
MOST_LOOKS = 200_000
"""A batch of turns is looked at in so many pieces at most, all batches in so many together: a second or two of work."""
LARGEST_GAP_MS = 45_000
BUCKETS = ((60, "under 1 min"), (300, "1 to 5 min"), (900, "5 to 15 min"), (3600, "15 to 60 min"), (None, "over 1 h"))
Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True, slots=True)
class Turns:
    """One entry of the admission log."""

    at_ms: int
    count: int
    first: int
    last: int

    @classmethod
    def of(cls, entry: dict[str, str]) -> "Turns":
        """Read an entry as it is stored."""
        first, last = (int(float(entry[name])) for name in ("first", "last"))
        return cls(at_ms=int(entry["at_ms"]), count=int(entry["turns"]), first=first, last=last)


@dataclass(kw_only=True)
class Bucket:
    """Turns by how long their fans waited."""

    name: str
    earlier: int = 0
    within: int = 0
    later: int = 0
    unknown: int = 0

    @property
    def turns(self) -> int:
        """All turns of the bucket."""
        return self.earlier + self.within + self.later + self.unknown


@dataclass(kw_only=True)
class Kept:
    """How promises were kept, by buckets of the wait; `waits` is seconds with their turns."""

    buckets: list[Bucket] = field(default_factory=lambda: [Bucket(name=name) for _, name in BUCKETS])
    waits: dict[int, int] = field(default_factory=dict)

    def note(self, waited_seconds: float, turns: int, told: tuple[int, int] | None) -> None:
        """Count some turns after the same wait."""
        limits = [limit for limit, _ in BUCKETS if limit is not None]
        bucket = self.buckets[bisect_right(limits, waited_seconds)]
        self.waits[int(waited_seconds)] = self.waits.get(int(waited_seconds), 0) + turns
        if told is None:
            bucket.unknown += turns
        elif waited_seconds < told[0]:
            bucket.earlier += turns
        elif waited_seconds <= told[1]:
            bucket.within += turns
        else:
            bucket.later += turns

    def wait_at(self, share: float) -> int | None:
        """The wait that this share of turns did not exceed, in seconds."""
        wanted, seen = share * sum(self.waits.values()), 0
        for seconds in sorted(self.waits):
            seen += self.waits[seconds]
            if seen >= wanted:
                return seconds
        return None

    def to_json(self) -> Json:
        """The tally as JSON values; `kept_share` is of the turns whose promise is known, earlier ones are kept too."""
        told = sum(bucket.turns - bucket.unknown for bucket in self.buckets)
        later = sum(bucket.later for bucket in self.buckets)
        return {
            "turns": sum(bucket.turns for bucket in self.buckets),
            "told": told,
            "kept_share": round(1 - later / told, 4) if told else None,
            "median_seconds": self.wait_at(0.5),
            "nine_in_ten_seconds": self.wait_at(0.9),
            "longest_seconds": max(self.waits, default=None),
            "buckets": [
                {
                    "wait": bucket.name,
                    "turns": bucket.turns,
                    "earlier": bucket.earlier,
                    "within": bucket.within,
                    "later": bucket.later,
                    "unknown": bucket.unknown,
                }
                for bucket in self.buckets
            ],
        }


def promises_kept(samples: Sequence[Sample], turns: Sequence[Turns], *, frozen_at_ms: int | None) -> Kept:
    """Compare every turn with what its fan was first told; `frozen_at_ms` is where the times of arrivals begin."""
    kept, teller, drawn_before = Kept(), _Teller(samples), 0
    pieces = max(1, min(MOST_PIECES, MOST_LOOKS // max(1, len(turns))))
    for entry in turns:
        if is_drawn(entry.last):
            draw = teller.draw(first_turn_ms=entry.at_ms)
            for weight, place in _pieces(entry.count, drawn_before, drawn_before + entry.count - 1, most=pieces):
                told = teller.told_at_draw(draw, round(place))
                kept.note((entry.at_ms - (draw.at_ms if draw else entry.at_ms)) / 1000, weight, told)
            drawn_before += entry.count
            continue
        first = entry.last if is_drawn(entry.first) else entry.first
        for weight, score in _pieces(entry.count, first % TIER, entry.last % TIER, most=pieces):
            joined_ms = (frozen_at_ms or 0) + (score - ARRIVALS) / 1000
            kept.note(max(0, entry.at_ms - joined_ms) / 1000, weight, teller.told_at_join(joined_ms))
    return kept


def _pieces(count: int, first: float, last: float, *, most: int) -> Iterator[tuple[int, float]]:
    # Whole turns, no more pieces than turns, each at the middle of its stretch.
    pieces, done = min(count, most), 0
    for number in range(pieces):
        end = count * (number + 1) // pieces
        place = (done + end - 1) / 2 / max(1, count - 1) if count > 1 else 0
        yield end - done, first + (last - first) * place
        done = end


class _Teller:
    """Says what a page told at a moment, from the samples around it."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples
        self._moments = [sample.at_ms for sample in samples]
        self._draw: Sample | None = None

    def draw(self, *, first_turn_ms: int) -> Sample | None:
        """What stands for the draw: the first sample after it, or the first turn, when that came before any sample."""
        if self._draw is None:
            drawn = next((sample for sample in self._samples if sample.drawn), None)
            if drawn is not None and drawn.at_ms > first_turn_ms:
                # Turns began at once: nothing was measured, and the release was there.
                drawn = replace(drawn, at_ms=first_turn_ms, measured=None, until_release_seconds=0)
            self._draw = drawn
        return self._draw

    def told_at_draw(self, draw: Sample | None, place: int) -> tuple[int, int] | None:
        """What a fan of the lobby read once the order was known."""
        return None if draw is None else _told(draw, place)

    def told_at_join(self, joined_ms: float) -> tuple[int, int] | None:
        """What a fan read who joined behind the line at this moment."""
        before = self._before(joined_ms)
        if before is None or joined_ms - before.at_ms > LARGEST_GAP_MS:
            return None
        return _told(before, round(self._ahead_at(before, joined_ms)))

    def _ahead_at(self, before: Sample, at_ms: float) -> float:
        # Between two samples the line is taken to grow evenly.
        here = before.waiting + before.lobby
        at = bisect_right(self._moments, at_ms)
        if at == len(self._samples):
            return here
        after = self._samples[at]
        part = (at_ms - before.at_ms) / (after.at_ms - before.at_ms)
        return here + (after.waiting + after.lobby - here) * part

    def _before(self, at_ms: float) -> Sample | None:
        at = bisect_right(self._moments, at_ms)
        return self._samples[at - 1] if at else None


def _told(sample: Sample, ahead: int) -> tuple[int, int] | None:
    if sample.paused or sample.recovering:
        return None
    return wait_range(ahead, sample.measured, sample.rate, until_release_seconds=sample.until_release_seconds)
