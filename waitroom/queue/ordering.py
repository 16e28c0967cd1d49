"""Ordering: the entrants of a pinned draw in the drawn order, as plain functions that workers run.

Each entrant has a record: 7 bytes of the score, big-endian, and the 16 of the fan id, so that records in order are
entrants in order. They are dealt by the first two bytes, tier and top of the band, and sorted deal by deal.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Self

from waitroom.queue.draw import FAN_ID_BYTES, FAN_ID_LENGTH
from waitroom.queue.merkle import ENTRANT_BYTES
from waitroom.queue.packing import BAND_BYTES, FILLED_LENGTH, filled_ids, packed_bands

SCORE_BYTES = 1 + BAND_BYTES
RECORD_BYTES = SCORE_BYTES + FAN_ID_BYTES
PLACE_BYTES = SCORE_BYTES + FAN_ID_LENGTH
DEAL_BYTES = 2
BATCH_ENTRANTS = 16_384
"""Fewer than so many are not sorted alone, where the lobby has more."""
TO_FIRST_BYTE = bytes(tier << 2 & 0xFF for tier in range(256))
"""A tier is worth 2^50: its bits stand above the two lowest of the score's first byte."""

Dealt = Mapping[str, bytes]


def deal(draw_key: bytes, packed: bytes) -> Dealt:
    """Score packed entrants, and put the records that begin alike together; what a worker does."""
    # Slices of text are sorted and joined faster than those of bytes.
    records, dealt = _records(draw_key, packed).decode("latin-1"), defaultdict[str, list[str]](list)
    for at in range(0, len(records), RECORD_BYTES):
        dealt[records[at : at + DEAL_BYTES]].append(records[at : at + RECORD_BYTES])
    return {start: "".join(alike).encode("latin-1") for start, alike in dealt.items()}


def places_in_order(records: bytes) -> bytes:
    """Sort records and write each as its place in the line, as `draw.lua` reads it; what a worker does."""
    text = records.decode("latin-1")
    ordered = sorted([text[at : at + RECORD_BYTES] for at in range(0, len(text), RECORD_BYTES)])
    return _places("".join(ordered).encode("latin-1"))


def write_place(score: int, fan_id: str) -> bytes:
    """Write one entrant's place."""
    return score.to_bytes(SCORE_BYTES) + fan_id.encode()


@dataclass(frozen=True, kw_only=True)
class Batches:
    """All entrants in batches that follow one another; within one they are still to be sorted."""

    batches: Sequence[Sequence[bytes]]
    ends: Sequence[int]
    """How many entrants stand before the end of each."""

    @classmethod
    def of(cls, groups: Iterable[Dealt]) -> Self:
        """Lay together what was dealt of each group of entrants."""
        dealt = defaultdict[str, list[bytes]](list)
        for group in groups:
            for start, records in group.items():
                dealt[start].append(records)
        batches: list[list[bytes]] = []
        last = BATCH_ENTRANTS
        for start in sorted(dealt):
            if last >= BATCH_ENTRANTS:
                batches.append([])
                last = 0
            batches[-1] += dealt[start]
            last += _count(dealt[start])
        return cls(batches=batches, ends=tuple(accumulate(map(_count, batches))))

    @property
    def entrants(self) -> int:
        """How many there are."""
        return self.ends[-1] if self.ends else 0

    def find(self, rank: int) -> tuple[int, int]:
        """The batch that has the entrant of this rank, and how many of it stand before."""
        index = bisect_right(self.ends, rank)
        return index, rank - (self.ends[index - 1] if index else 0)


def _count(records: Iterable[bytes]) -> int:
    return sum(map(len, records)) // RECORD_BYTES


def _records(draw_key: bytes, packed: bytes) -> bytes:
    bands = packed_bands(draw_key, packed)
    records = bytearray(RECORD_BYTES * (len(packed) // ENTRANT_BYTES))
    records[::RECORD_BYTES] = packed[::ENTRANT_BYTES].translate(TO_FIRST_BYTE)
    for column in range(BAND_BYTES):
        records[column + 1 :: RECORD_BYTES] = bands[column::BAND_BYTES]
    for column in range(FAN_ID_BYTES):
        records[SCORE_BYTES + column :: RECORD_BYTES] = packed[column + 1 :: ENTRANT_BYTES]
    return bytes(records)


def _places(records: bytes) -> bytes:
    places = bytearray(PLACE_BYTES * (len(records) // RECORD_BYTES))
    for column in range(SCORE_BYTES):
        places[column::PLACE_BYTES] = records[column::RECORD_BYTES]
    text = filled_ids(records, at=SCORE_BYTES, width=RECORD_BYTES)
    for column in range(FAN_ID_LENGTH):
        places[SCORE_BYTES + column :: PLACE_BYTES] = text[column::FILLED_LENGTH]
    return bytes(places)
