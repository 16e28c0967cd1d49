"""Moving: takes the drawn entrants from the lobby into the line, a few hundred a call.

A group of chunks is scored and sorted together: neighbours in the line then go in one after the other, which the store
does faster than at random, and the next group is made ready meanwhile.
"""

import asyncio
from collections.abc import Callable, Sequence

from waitroom.queue.draw import FAN_ID_LENGTH
from waitroom.queue.merkle import CHUNK_ENTRANTS
from waitroom.queue.packing import fan_ids_of, packed_scores
from waitroom.queue.results import Drawn, NextMove
from waitroom.queue.snapshot import Snapshot
from waitroom.queue.store import Queue
from waitroom.queue.workers import Workers

ENTRANTS_A_MOVE = 512
"""A larger move would hold up everybody else for longer."""
GROUP_CHUNKS = 64
GROUP_ENTRANTS = GROUP_CHUNKS * CHUNK_ENTRANTS
PLACE_LENGTH = 16 + FAN_ID_LENGTH
Group = tuple[str, int]


def order_group(draw_key: bytes, packed: bytes) -> str:
    """Put entrants in the drawn order: 16 digits of the score and the fan id for each; what a worker does."""
    drawn = sorted(zip(packed_scores(draw_key, packed), fan_ids_of(packed), strict=True))
    return "".join([write_place(score, fan_id) for score, fan_id in drawn])


def write_place(score: int, fan_id: str) -> str:
    """Write one entrant's place as `draw.lua` reads it."""
    return f"{score:016d}{fan_id}"


class Moving:
    """Moves one drawn lobby after the other; what is ready of a group is kept between two calls."""

    def __init__(self, queue: Queue, workers: Workers) -> None:
        self._queue = queue
        self._workers = workers
        self._groups: dict[Group, asyncio.Task[str]] = {}

    async def go_on(self, snapshot: Snapshot, draw_key: bytes, key_hash: str, *, may_go_on: Callable[[], bool]) -> None:
        """Move entrants until all are in the line, or `may_go_on` says no."""
        room, epoch = snapshot.room, snapshot.epoch
        progress = await self._queue.draw(room, epoch=epoch, key_hash=key_hash)
        while isinstance(progress, NextMove) and may_go_on():
            moved, groups = progress.moved, -(-progress.entrants // GROUP_ENTRANTS)
            group, within = divmod(moved, GROUP_ENTRANTS)
            ordered = await self._ordered(snapshot, draw_key, group=group, groups=groups)
            places = ordered[within * PLACE_LENGTH : (within + ENTRANTS_A_MOVE) * PLACE_LENGTH]
            progress = await self._queue.draw(room, epoch=epoch, key_hash=key_hash, moved=moved, places=places)
            if isinstance(progress, NextMove) and progress.moved <= moved:
                # The store may have lost its last second: the next step looks again.
                break
        if isinstance(progress, Drawn):
            self.forget(epoch)
            self._workers.rest()

    def forget(self, epoch: str) -> None:
        """Drop what was made ready for a room."""
        self._keep(epoch, groups=())

    async def _ordered(self, snapshot: Snapshot, draw_key: bytes, *, group: int, groups: int) -> str:
        wanted = [each for each in (group, group + 1) if each < groups]
        self._keep(snapshot.epoch, groups=wanted)
        for each in wanted:
            key = (snapshot.epoch, each)
            if key not in self._groups:
                ordering = self._order(snapshot.room, draw_key, group=each, is_large=groups > 1)
                self._groups[key] = asyncio.create_task(ordering)
        try:
            return await asyncio.shield(self._groups[snapshot.epoch, group])
        except BaseException:
            # The store may have been away: the next call begins anew.
            self.forget(snapshot.epoch)
            raise

    async def _order(self, room: str, draw_key: bytes, *, group: int, is_large: bool) -> str:
        chunks = [
            await self._queue.packed_entrants(room, index=index)
            for index in range(group * GROUP_CHUNKS, (group + 1) * GROUP_CHUNKS)
        ]
        return await self._workers.run(order_group, draw_key, b"".join(chunks), is_large=is_large)

    def _keep(self, epoch: str, *, groups: Sequence[int]) -> None:
        for key in [key for key in self._groups if key[0] == epoch and key[1] not in groups]:
            self._groups.pop(key).cancel()
