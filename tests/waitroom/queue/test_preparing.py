"""Preparing the places of a draw: what a move waits for is kept, however far the next one is."""

import asyncio
from collections.abc import Sequence

from waitroom.queue.ordering import PLACE_BYTES, Batches
from waitroom.queue.preparing import Preparation
from waitroom.queue.workers import Workers

BATCH = 4


class Slow(Preparation):
    """Sorts the first batch last."""

    def __init__(self, scoring: asyncio.Task[Batches], *, batches: Sequence[Sequence[bytes]]) -> None:
        super().__init__(Workers(), scoring, draw_key=b"", is_large=False)
        self.first = batches[0]
        self.go_on = asyncio.Event()

    async def _order(self, batch: Sequence[bytes]) -> bytes:
        if batch is self.first:
            await self.go_on.wait()
        return b"".join(batch)


async def test_a_batch_that_a_move_waits_for_is_not_given_up() -> None:
    """Two processes sort two batches at once, so a later one may be ready first, and the move after it go ahead."""
    batches = [[bytes([number]) * BATCH * PLACE_BYTES] for number in range(4)]
    ends = tuple(BATCH * (number + 1) for number in range(4))

    async def score() -> Batches:
        return Batches(batches=batches, ends=ends)

    scoring = asyncio.create_task(score())
    await scoring
    prepared = Slow(scoring, batches=batches)
    first = asyncio.create_task(prepared.places(2, most=BATCH))
    await asyncio.sleep(0)
    ahead = await prepared.places(2 * BATCH + 2, most=BATCH)
    prepared.go_on.set()
    assert await first == bytes([0]) * 2 * PLACE_BYTES + bytes([1]) * 2 * PLACE_BYTES
    assert ahead == bytes([2]) * 2 * PLACE_BYTES + bytes([3]) * 2 * PLACE_BYTES
