"""Preparing: makes the places of a pinned draw ready, ahead of the moves that take them."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Self

from waitroom.errors import QueueUnavailableError
from waitroom.queue.ahead import in_order
from waitroom.queue.draw_store import DrawStore
from waitroom.queue.merkle import CHUNK_ENTRANTS
from waitroom.queue.ordering import PLACE_BYTES, Batches, Dealt, deal, places_in_order
from waitroom.queue.workers import Workers

GROUP_CHUNKS = 8
GROUP_ENTRANTS = GROUP_CHUNKS * CHUNK_ENTRANTS
GROUPS_AHEAD = 4


class Preparation:
    """One draw: its entrants are scored in the background, then sorted batch by batch.

    All records stay in memory until the draw is made, 23 bytes an entrant: who asks again after the store has lost
    its last second is answered at once.
    """

    def __init__(self, workers: Workers, scoring: asyncio.Task[Batches], *, draw_key: bytes, is_large: bool) -> None:
        self.draw_key = draw_key
        self._workers = workers
        self._scoring = scoring
        self._is_large = is_large
        self._ordering: dict[int, asyncio.Task[bytes]] = {}

    @classmethod
    def begin(cls, queue: DrawStore, workers: Workers, room: str, draw_key: bytes, *, entrants: int) -> Self:
        """Begin to score the entrants of a room."""
        is_large = entrants > GROUP_ENTRANTS

        async def deal_group(first: int) -> Dealt:
            indexes = range(first, first + GROUP_CHUNKS)
            chunks = [await queue.packed_entrants(room, index=index) for index in indexes]
            return await workers.run(deal, draw_key, b"".join(chunks), is_large=is_large)

        async def score() -> Batches:
            firsts = range(0, -(-entrants // CHUNK_ENTRANTS), GROUP_CHUNKS)
            groups = in_order((partial(deal_group, first) for first in firsts), ahead=GROUPS_AHEAD)
            batches = Batches.of([dealt async for dealt in groups])
            if batches.entrants != entrants:
                raise QueueUnavailableError("The store has lost a part of the list of entrants.")
            return batches

        return cls(workers, asyncio.create_task(score()), draw_key=draw_key, is_large=is_large)

    async def is_scored(self, *, within_seconds: float) -> bool:
        """Wait a moment for the scores, and say whether they are there; raises QueueUnavailableError."""
        done, _ = await asyncio.wait({self._scoring}, timeout=within_seconds)
        for scoring in done:
            scoring.result()
        return bool(done)

    async def places(self, rank: int, *, most: int) -> bytes:
        """The places of the entrants from this rank on, once all are scored: from one batch, or two that meet there."""
        batches = self._scoring.result().batches
        index, within = self._scoring.result().find(rank)
        found = (await self._ordered(batches, index))[within * PLACE_BYTES : (within + most) * PLACE_BYTES]
        missing = most * PLACE_BYTES - len(found)
        if missing and index + 1 < len(batches):
            found += (await self._ordered(batches, index + 1))[:missing]
        return found

    def cancel(self) -> None:
        """Give up what is under way."""
        for task in (self._scoring, *self._ordering.values()):
            task.cancel()

    async def _ordered(self, batches: Sequence[Sequence[bytes]], index: int) -> bytes:
        # The next batch is made ready meanwhile; another move may still take from the last one, or wait for an earlier.
        for each in range(index, min(index + 2, len(batches))):
            if each not in self._ordering:
                self._ordering[each] = asyncio.create_task(self._order(batches[each]))
        for each in [each for each, task in self._ordering.items() if each < index - 1 and task.done()]:
            del self._ordering[each]
        return await asyncio.shield(self._ordering[index])

    async def _order(self, batch: Sequence[bytes]) -> bytes:
        return await self._workers.run(places_in_order, b"".join(batch), is_large=self._is_large)
