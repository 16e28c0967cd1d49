"""Entrants: proofs of inclusion from the stored chunks of the drawn lobby."""

import asyncio
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

from waitroom.queue import Queue, Snapshot
from waitroom.queue.draw import draw_band, draw_score, raw_fan_id
from waitroom.queue.merkle import CHUNK_ENTRANTS, audit_path, leaf_hash, pack_entrant
from waitroom.queue.scores import TIERS, pack_score
from waitroom.tokens import encode_base64url
from waitroom.web.problems import Problem

MOST_RANKED = 1_000_000
"""Up to so many entrants this edge keeps all scores (8 bytes each) to tell a rank; beyond, the proof says null."""


@dataclass(frozen=True, kw_only=True)
class InclusionProof:
    """RFC 6962 §2.1.1: the leaf, its index, and the audit path up to the published root."""

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

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._scores: dict[str, array[int]] = {}
        self._ranking = asyncio.Lock()

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
        hashes = await self._queue.chunk_hashes(snapshot.room, chunks=_chunks(count))
        return InclusionProof(
            fan_id=fan_id,
            tier=tier,
            index=chunk_index * CHUNK_ENTRANTS + within,
            count=count,
            leaf=leaf_hash(entrant),
            path=path + audit_path(hashes, chunk_index),
            root=root,
            score=score,
            rank=await self._rank(snapshot, draw_key, score, count=count),
        )

    async def _find(self, snapshot: Snapshot, fan_id: str, *, count: int) -> tuple[int, int, list[bytes]]:
        try:
            raw = raw_fan_id(fan_id)
        except ValueError:
            raise Problem("no-such-entrant") from None
        for tier in TIERS:
            index, entrants = await self._chunk_for(snapshot.room, (tier, fan_id), chunks=_chunks(count))
            if pack_entrant(tier=tier, raw_fan_id=raw) in entrants:
                return tier, index, entrants
        raise Problem("no-such-entrant")

    async def _chunk_for(self, room: str, wanted: tuple[int, str], *, chunks: int) -> tuple[int, list[bytes]]:
        # The last chunk whose first entrant is not behind the wanted one.
        low, high = 0, chunks - 1
        while low < high:
            middle = (low + high + 1) // 2
            first = (await self._queue.entrants(room, index=middle))[0]
            low, high = (middle, high) if _order(first) <= wanted else (low, middle - 1)
        return low, await self._queue.entrants(room, index=low)

    async def _rank(self, snapshot: Snapshot, draw_key: bytes, score: int, *, count: int) -> int | None:
        if count > MOST_RANKED:
            return None
        async with self._ranking:
            if snapshot.epoch not in self._scores:
                self._scores[snapshot.epoch] = await self._all_scores(snapshot.room, draw_key, count=count)
        return bisect_left(self._scores[snapshot.epoch], score)

    async def _all_scores(self, room: str, draw_key: bytes, *, count: int) -> "array[int]":
        scores = array("q")
        for index in range(_chunks(count)):
            entrants = await self._queue.entrants(room, index=index)
            scores.extend(pack_score(tier=each[0], band=draw_band(draw_key, each[1:])) for each in entrants)
        return array("q", await asyncio.to_thread(sorted, scores))


def _order(entrant: bytes) -> tuple[int, str]:
    return entrant[0], encode_base64url(entrant[1:])


def _chunks(count: int) -> int:
    return -(-count // CHUNK_ENTRANTS)
