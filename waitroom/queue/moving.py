"""Moving: takes the drawn entrants into the line, a thousand a call, in the order of the draw.

All are scored first, so that each goes in behind the last one: at the end of a line the store takes them in fastest.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from itertools import takewhile

from waitroom.queue.ahead import in_order
from waitroom.queue.preparing import Preparation
from waitroom.queue.results import Drawn, NextMove, OtherEpoch, Refused
from waitroom.queue.snapshot import Snapshot
from waitroom.queue.store import Queue
from waitroom.queue.workers import Workers

ENTRANTS_A_MOVE = 1_000
"""A larger move would hold up everybody else for longer."""
MOVES_AHEAD = 2
"""One is under way while the store is at another. The store refuses one that overtakes."""
LOOK_SECONDS = 0.05
Progress = NextMove | Drawn | Refused | OtherEpoch


class Moving:
    """Moves one drawn lobby after the other; what is ready is kept between two calls."""

    def __init__(self, queue: Queue, workers: Workers) -> None:
        self._queue = queue
        self._workers = workers
        self._prepared: dict[str, Preparation] = {}
        """By epoch."""

    async def go_on(self, snapshot: Snapshot, draw_key: bytes, key_hash: str, *, may_go_on: Callable[[], bool]) -> None:
        """Move entrants until all are in the line, or `may_go_on` says no."""
        progress: Progress = await self._queue.draw(snapshot.room, epoch=snapshot.epoch, key_hash=key_hash)
        if isinstance(progress, NextMove):
            try:
                prepared = self._prepare(snapshot, draw_key, entrants=progress.entrants)
                is_scored = False
                while not is_scored and may_go_on():
                    is_scored = await prepared.is_scored(within_seconds=LOOK_SECONDS)
                if is_scored:
                    progress = await self._move(snapshot, key_hash, prepared, progress, may_go_on)
            except BaseException:
                # The store may have been away: the next call begins anew.
                self.forget(snapshot.epoch)
                raise
        if isinstance(progress, Drawn):
            self.forget(snapshot.epoch)
            self._workers.rest()

    def forget(self, epoch: str) -> None:
        """Drop what was made ready for a room."""
        prepared = self._prepared.pop(epoch, None)
        if prepared is not None:
            prepared.cancel()

    def _prepare(self, snapshot: Snapshot, draw_key: bytes, *, entrants: int) -> Preparation:
        known = self._prepared.get(snapshot.epoch)
        if known is None or known.draw_key != draw_key:
            # After a loss that undid the pin, another list may have led to another key.
            self.forget(snapshot.epoch)
            known = Preparation.begin(self._queue, self._workers, snapshot.room, draw_key, entrants=entrants)
            self._prepared[snapshot.epoch] = known
        return known

    async def _move(
        self,
        snapshot: Snapshot,
        key_hash: str,
        prepared: Preparation,
        progress: NextMove,
        may_go_on: Callable[[], bool],
    ) -> Progress:
        async def move(rank: int) -> Progress:
            places = await prepared.places(rank, most=ENTRANTS_A_MOVE)
            room, epoch = snapshot.room, snapshot.epoch
            return await self._queue.draw(room, epoch=epoch, key_hash=key_hash, moved=rank, places=places)

        ranks = range(progress.moved, progress.entrants, ENTRANTS_A_MOVE)
        calls = (partial(move, rank) for rank in takewhile(lambda _: may_go_on(), ranks))
        return await _follow(in_order(calls, ahead=MOVES_AHEAD), progress)


async def _follow(moves: AsyncGenerator[Progress, None], progress: NextMove) -> Progress:
    last: Progress = progress
    async with aclosing(moves):
        async for found in moves:
            if isinstance(found, NextMove) and isinstance(last, NextMove) and found.moved <= last.moved:
                # It overtook another, or the store has lost its last second: the next step looks again.
                break
            last = found
    return last
