"""Entrants: the drawn list of a room, from this edge's disk or from the store, and proofs of inclusion from it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from edge.entrant_keeping import EntrantKeeping
from waitroom.errors import QueueUnavailableError
from waitroom.queue import Queue, Snapshot
from waitroom.queue.draw import draw_score, raw_fan_id
from waitroom.queue.entrant_list import entrant_at
from waitroom.queue.merkle import CHUNK_ENTRANTS, audit_path, leaf_hash, pack_entrant, split_entrants
from waitroom.queue.packing import packed_scores
from waitroom.queue.proof import proof_lines
from waitroom.queue.scores import TIERS
from waitroom.tokens import QueuePass
from waitroom.web.problems import Problem

MOST_RANKED = 8 * CHUNK_ENTRANTS
"""Up to so many entrants a rank is told from the store, scored anew each time."""


@dataclass(frozen=True, kw_only=True)
class InclusionProof:
    """RFC 6962 §2.1.1: the leaf, its index, and the audit path up to the published root.

    `rank` is None while this edge has a long list not yet on its disk.
    """

    fan_id: str
    tier: int
    index: int
    count: int
    leaf: bytes
    path: list[bytes]
    root: str
    score: int
    rank: int | None

    def to_json(self) -> dict[str, Any]:  # Any: JSON values
        """The document of `GET /v1/rooms/{room}/draw/{fan_id}`."""
        return {
            "fan_id": self.fan_id,
            "tier": self.tier,
            "index": self.index,
            "count": self.count,
            "leaf": self.leaf.hex(),
            "path": [node.hex() for node in self.path],
            "root": self.root,
            "score": self.score,
            "rank": self.rank,
        }


class Entrants:
    """Finds a fan among the entrants: the list is ordered, so a handful of chunks are read, not all."""

    def __init__(self, queue: Queue, keeping: EntrantKeeping) -> None:
        self._queue = queue
        self._keeping = keeping

    async def lines(self, snapshot: Snapshot) -> AsyncIterator[bytes]:
        """Write the whole proof, a chunk at a time; raises QueueUnavailableError when a chunk cannot be had."""
        async for part in proof_lines(snapshot, partial(self._chunk, snapshot)):
            yield part

    async def is_entrant(self, snapshot: Snapshot, held: QueuePass) -> bool | None:
        """Whether the drawn list holds the fan of a pass; None while this edge has no list at hand."""
        known = self._keeping.find(snapshot.epoch)
        return None if known is None else known.holds(held.tier, held.fan_id)

    async def prove(self, snapshot: Snapshot, fan_id: str) -> InclusionProof:
        """Make the proof; raises Problem("no-such-entrant")."""
        draw_key, root, count = snapshot.draw.draw_key(), snapshot.draw.root, snapshot.draw.entrants
        if draw_key is None or root is None or not count:
            raise Problem("no-such-entrant")
        tier, chunk_index, entrants = await self._find(snapshot, fan_id, count=count)
        entrant = pack_entrant(tier=tier, raw_fan_id=raw_fan_id(fan_id))
        within = entrants.index(entrant)
        score = draw_score(draw_key, tier=tier, fan_id=fan_id)
        path = audit_path([leaf_hash(each) for each in entrants], within)
        known = self._keeping.find(snapshot.epoch)
        roots = await self._queue.chunk_hashes(snapshot.room, chunks=_chunks(count)) if known is None else known.roots
        return InclusionProof(
            fan_id=fan_id,
            tier=tier,
            index=chunk_index * CHUNK_ENTRANTS + within,
            count=count,
            leaf=leaf_hash(entrant),
            path=path + audit_path(roots, chunk_index),
            root=root,
            score=score,
            rank=await self._rank(snapshot, draw_key, score, count=count),
        )

    async def _rank(self, snapshot: Snapshot, draw_key: bytes, score: int, *, count: int) -> int | None:
        known = self._keeping.find(snapshot.epoch)
        if known is not None:
            return known.rank(score)
        if count > MOST_RANKED:
            return None
        ahead = 0
        for index in range(_chunks(count)):
            scores = await asyncio.to_thread(packed_scores, draw_key, await self._chunk(snapshot, index))
            ahead += sum(other < score for other in scores)
        return ahead

    async def _chunk(self, snapshot: Snapshot, index: int) -> bytes:
        known = self._keeping.find(snapshot.epoch)
        found = await self._queue.packed_entrants(snapshot.room, index=index) if known is None else known.chunk(index)
        if not found:
            raise QueueUnavailableError("The store has lost a part of the list of entrants.")
        return found

    async def _find(self, snapshot: Snapshot, fan_id: str, *, count: int) -> tuple[int, int, list[bytes]]:
        try:
            raw = raw_fan_id(fan_id)
        except ValueError:
            raise Problem("no-such-entrant") from None
        for tier in TIERS:
            index, entrants = await self._chunk_for(snapshot, (tier, fan_id), chunks=_chunks(count))
            if pack_entrant(tier=tier, raw_fan_id=raw) in entrants:
                return tier, index, entrants
        raise Problem("no-such-entrant")

    async def _chunk_for(self, snapshot: Snapshot, wanted: tuple[int, str], *, chunks: int) -> tuple[int, list[bytes]]:
        # The last chunk whose first entrant is not behind the wanted one.
        low, high = 0, chunks - 1
        while low < high:
            middle = (low + high + 1) // 2
            first = entrant_at(await self._chunk(snapshot, middle), 0)
            low, high = (middle, high) if first <= wanted else (low, middle - 1)
        return low, split_entrants(await self._chunk(snapshot, low))


def _chunks(count: int) -> int:
    return -(-count // CHUNK_ENTRANTS)
