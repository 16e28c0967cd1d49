"""Verification: recompute a draw from its proof, and name the check that fails.

A million entrants take 17 MB here: they are kept packed, and the Merkle tree is folded chunk by chunk.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from waitroom.queue.checks import BrokenError, Check, Failed, agree
from waitroom.queue.draw import raw_fan_id
from waitroom.queue.entrant_list import read_entrants
from waitroom.queue.merkle import CHUNK_ENTRANTS, ENTRANT_BYTES, Frontier, pack_entrant
from waitroom.queue.packing import fan_ids_of, packed_hash, packed_scores
from waitroom.queue.proof_header import Header, check_beacon, check_commitment, check_draw_key, read_header
from waitroom.queue.scores import TIERS

CHUNK_BYTES = CHUNK_ENTRANTS * ENTRANT_BYTES
OnProgress = Callable[[int], None]
"""Told how many entrants have been read, after each chunk."""


@dataclass(frozen=True, kw_only=True)
class Verified:
    """The proof holds; the order follows from it."""

    header: Header
    packed: bytes

    @property
    def count(self) -> int:
        """How many entrants were drawn."""
        return self.header.count

    @cached_property
    def scores(self) -> "array[int]":
        """The entrants' scores, in the lobby's order."""
        scores = array("q")
        for start in range(0, len(self.packed), CHUNK_BYTES):
            scores.extend(packed_scores(self.header.draw_key, self.packed[start : start + CHUNK_BYTES]))
        return scores

    def order(self) -> Iterator[str]:
        """The fan ids in the drawn order; equal scores stand in the lobby's order, as in the store."""
        ranked = sorted(range(self.count), key=self.scores.__getitem__)
        for start in range(0, self.count, CHUNK_ENTRANTS):
            yield from fan_ids_of(b"".join(map(self._entrant, ranked[start : start + CHUNK_ENTRANTS])))

    def place_of(self, fan_id: str) -> tuple[int, int] | None:
        """A fan's score and rank (entrants drawn before), or None for who was not in the lobby."""
        index = self.find(fan_id)
        if index is None:
            return None
        score = self.scores[index]
        return score, sum((other, at) < (score, index) for at, other in enumerate(self.scores))

    def find(self, fan_id: str) -> int | None:
        """A fan's index in the list, or None for who was not in the lobby."""
        try:
            raw = raw_fan_id(fan_id)
        except ValueError:
            return None
        for tier in TIERS:
            entrant = pack_entrant(tier=tier, raw_fan_id=raw)
            at = self.packed.find(entrant)
            # The same bytes may lie across two entrants.
            while at >= 0 and at % ENTRANT_BYTES:
                at = self.packed.find(entrant, at + 1)
            if at >= 0:
                return at // ENTRANT_BYTES
        return None

    def tier_at(self, index: int) -> int:
        """The tier of an entrant."""
        return self.packed[index * ENTRANT_BYTES]

    def _entrant(self, index: int) -> bytes:
        return self.packed[index * ENTRANT_BYTES : (index + 1) * ENTRANT_BYTES]


def verify(
    lines: Iterable[str],
    *,
    expected_commitment: str | None = None,
    on_progress: OnProgress = lambda _entrants: None,
) -> Verified | Failed:
    """Make every check, and stop at the first that fails.

    `expected_commitment` is the one that was published before the lobby opened, in hex: without it, the proof is
    only shown to agree with itself. That the beacon's value is the beacon's is for who reads the round's address.
    """
    read = iter(lines)
    try:
        header = read_header(next(read, ""))
        check_commitment(header, expected_commitment)
        packed, root = _fold(read, on_progress)
        agree(Check.COUNT, len(packed) // ENTRANT_BYTES, header.count)
        agree(Check.ROOT, root.hex(), header.root.hex())
        check_draw_key(header)
        check_beacon(header)
    except BrokenError as broken:
        return broken.failed
    return Verified(header=header, packed=packed)


def _fold(lines: Iterator[str], on_progress: OnProgress) -> tuple[bytes, bytes]:
    packed, frontier = bytearray(), Frontier()
    for chunk in read_entrants(lines):
        frontier.append(packed_hash(chunk))
        packed += chunk
        on_progress(len(packed) // ENTRANT_BYTES)
    return bytes(packed), frontier.root()
