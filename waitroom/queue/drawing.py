"""Drawing: drives a room from its freeze to the drawn line, one bounded step a call.

Any edge may call it at any moment, and go on where another stopped: the scripts keep the progress.
"""

import hashlib
from dataclasses import dataclass

from waitroom.queue.draw import commitment_to, derive_draw_key, derive_seed, draw_score, raw_fan_id
from waitroom.queue.merkle import EMPTY_ROOT, Frontier, chunk_hash, pack_entrant
from waitroom.queue.results import Chunk, Frozen, Gathered, NextChunk, NextDraw, OtherEpoch, Pinned
from waitroom.queue.snapshot import Snapshot
from waitroom.queue.store import Queue
from waitroom.tokens import KeySource, encode_base64url

LEASE_MS = 5_000
CHUNKS_A_STEP = 16


@dataclass(frozen=True)
class SeedMissing:
    """The ring lacks the key that the room's seed comes from; this edge cannot draw."""

    key_id: str


class Drawing:
    """Takes the draw of any room forward; `owner` names this run of the edge in leases."""

    def __init__(self, queue: Queue, keys: KeySource, *, owner: str) -> None:
        self._queue = queue
        self._keys = keys
        self._owner = owner

    async def step(self, snapshot: Snapshot) -> SeedMissing | None:
        """Do what is due of the draw of this room: gather, pin, or move chunks into the line."""
        if snapshot.is_drawn or snapshot.settings.release_at is None:
            return None
        seed = self.seed_of(snapshot)
        if isinstance(seed, SeedMissing):
            return seed
        frozen = await self._queue.freeze(snapshot.room, epoch=snapshot.epoch)
        if not isinstance(frozen, Frozen):
            return None
        gathered = await self._gather(snapshot, frozen)
        if gathered is not None:
            await self._draw(snapshot, gathered, seed)
        return None

    def seed_of(self, snapshot: Snapshot) -> bytes | SeedMissing:
        """Derive the seed that the room committed to."""
        key = self._keys.current().find(snapshot.seed_key_id)
        if key is None:
            return SeedMissing(snapshot.seed_key_id)
        seed = derive_seed(key.secret, room=snapshot.room, epoch=snapshot.epoch)
        return seed if commitment_to(seed) == snapshot.draw.commitment else SeedMissing(snapshot.seed_key_id)

    async def _gather(self, snapshot: Snapshot, frozen: Frozen) -> Gathered | None:
        progress = await self._store(snapshot, chunk=None)
        for _ in range(CHUNKS_A_STEP):
            if not isinstance(progress, NextChunk):
                break
            chunk = await self._next_chunk(snapshot, progress, entrants=frozen.entrants)
            progress = await self._store(snapshot, chunk=chunk)
        return progress if isinstance(progress, Gathered) else None

    async def _store(self, snapshot: Snapshot, *, chunk: Chunk | None) -> NextChunk | Gathered | OtherEpoch | None:
        return await self._queue.gather(
            snapshot.room, epoch=snapshot.epoch, owner=self._owner, lease_ms=LEASE_MS, chunk=chunk
        )

    async def _next_chunk(self, snapshot: Snapshot, progress: NextChunk, *, entrants: int) -> Chunk:
        page = await self._queue.lobby_page(snapshot.room, start=progress.count)
        packed = [pack_entrant(tier=tier, raw_fan_id=raw_fan_id(fan_id)) for tier, fan_id in page]
        frontier = Frontier.from_text(progress.frontier)
        if packed:
            frontier.append(chunk_hash(packed))
        count = progress.count + len(packed)
        return Chunk(
            index=progress.index,
            entrants=b"".join(packed),
            chunk_hash=chunk_hash(packed).hex() if packed else EMPTY_ROOT.hex(),
            frontier=frontier.to_text(),
            root=frontier.root().hex() if count >= entrants else None,
            count=count,
        )

    async def _draw(self, snapshot: Snapshot, gathered: Gathered, seed: bytes) -> None:
        draw_key = derive_draw_key(seed=seed, root=bytes.fromhex(gathered.root))
        key_hash = hashlib.sha256(draw_key).hexdigest()
        room, epoch = snapshot.room, snapshot.epoch
        pinned = await self._queue.pin(room, epoch=epoch, root=gathered.root, seed=seed.hex(), key_hash=key_hash)
        if not isinstance(pinned, Pinned) or pinned.key_hash != key_hash:
            return
        progress = await self._queue.draw(room, epoch=epoch, key_hash=key_hash)
        for _ in range(CHUNKS_A_STEP):
            if not isinstance(progress, NextDraw):
                return
            scores = await self._scores(room, draw_key, index=progress.index)
            progress = await self._queue.draw(room, epoch=epoch, key_hash=key_hash, index=progress.index, scores=scores)

    async def _scores(self, room: str, draw_key: bytes, *, index: int) -> list[tuple[int, str]]:
        entrants = await self._queue.entrants(room, index=index)
        fans = [(entrant[0], encode_base64url(entrant[1:])) for entrant in entrants]
        return [(draw_score(draw_key, tier=tier, fan_id=fan_id), fan_id) for tier, fan_id in fans]
