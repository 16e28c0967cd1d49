"""Gathering: lists the entrants of a frozen lobby, chunk by chunk, reading some chunks ahead."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial

from waitroom.queue.ahead import in_order
from waitroom.queue.entrant_list import entrant_at
from waitroom.queue.merkle import CHUNK_ENTRANTS, EMPTY_ROOT, ENTRANT_BYTES, Frontier
from waitroom.queue.packing import FILL, pack_filled, packed_hash
from waitroom.queue.results import Chunk, Gathered, NextChunk, OtherEpoch
from waitroom.queue.snapshot import Snapshot
from waitroom.queue.store import Queue
from waitroom.queue.workers import Workers

LEASE_MS = 5_000
AHEAD = 4
LARGE_LOBBY = 8 * CHUNK_ENTRANTS
Packed = tuple[bytes, bytes]


def pack_chunk(filled: bytes, tiers: bytes) -> Packed:
    """Pack the fans of a chunk, and make its Merkle root: what a worker does."""
    packed = pack_filled(filled, tiers)
    return packed, packed_hash(packed)


class Gathering:
    """Lists one lobby after the other; the lease in the store keeps it to one edge at a time."""

    def __init__(self, queue: Queue, workers: Workers, *, owner: str) -> None:
        self._queue = queue
        self._workers = workers
        self._owner = owner

    async def go_on(self, snapshot: Snapshot, *, entrants: int, may_go_on: Callable[[], bool]) -> Gathered | None:
        """Store chunks until the list is complete, or `may_go_on` says no; None while it is not complete."""
        progress = await self.store(snapshot, chunk=None)
        if not isinstance(progress, NextChunk):
            return progress if isinstance(progress, Gathered) else None
        async with aclosing(self._chunks(snapshot.room, start=progress.count, entrants=entrants)) as chunks:
            async for start, packed in chunks:
                if progress.count != start:
                    # The lease had ended, and another edge went on: what was read ahead here belongs elsewhere.
                    break
                progress = await self.store(snapshot, chunk=next_chunk(progress, packed, entrants=entrants))
                if not isinstance(progress, NextChunk) or not may_go_on():
                    break
        return progress if isinstance(progress, Gathered) else None

    async def store(self, snapshot: Snapshot, *, chunk: Chunk | None) -> NextChunk | Gathered | OtherEpoch | None:
        """Store a chunk, or only take the lease."""
        return await self._queue.gather(
            snapshot.room, epoch=snapshot.epoch, owner=self._owner, lease_ms=LEASE_MS, chunk=chunk
        )

    async def read(self, room: str, *, start: int, is_large: bool) -> Packed:
        """Read and pack the chunk that begins at this rank of the lobby."""
        fans, tiers = await self._queue.lobby_page(room, start=start)
        return await self._workers.run(pack_chunk, FILL.join((*fans, b"")), tiers, is_large=is_large)

    def _chunks(self, room: str, *, start: int, entrants: int) -> AsyncGenerator[tuple[int, Packed], None]:
        is_large = entrants > LARGE_LOBBY

        async def read(start: int) -> tuple[int, Packed]:
            return start, await self.read(room, start=start, is_large=is_large)

        # A lobby of nobody has one chunk of none.
        starts = range(start, max(entrants, start + 1), CHUNK_ENTRANTS)
        return in_order((partial(read, start) for start in starts), ahead=AHEAD)


def next_chunk(progress: NextChunk, packed: Packed, *, entrants: int) -> Chunk:
    """Make the chunk that goes on where the gathering stands."""
    fans, root = packed
    frontier = Frontier.from_text(progress.frontier)
    if fans:
        frontier.append(root)
    count = progress.count + len(fans) // ENTRANT_BYTES
    return Chunk(
        index=progress.index,
        entrants=fans,
        chunk_hash=root.hex() if fans else EMPTY_ROOT.hex(),
        frontier=frontier.to_text(),
        root=frontier.root().hex() if count >= entrants else None,
        count=count,
        first=first_of(fans),
    )


def first_of(packed: bytes) -> str:
    """The first of packed entrants, as `gather.lua` keeps it: the tier's digit and the fan id."""
    return "".join(map(str, entrant_at(packed, 0))) if packed else ""
