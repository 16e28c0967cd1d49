"""The verbs of the draw: one async method a script, same name."""

from collections.abc import Sequence

from waitroom.queue.connection import Connection
from waitroom.queue.keys import Keys
from waitroom.queue.merkle import CHUNK_ENTRANTS, split_entrants
from waitroom.queue.replies import common_answer
from waitroom.queue.results import Chunk, Drawn, Frozen, Gathered, NextChunk, NextDraw, OtherEpoch, Pinned, Refused
from waitroom.queue.scripts import Argument


class DrawStore(Connection):
    """The steps from the freeze to the drawn line, and what they leave to be read."""

    async def freeze(self, room: str, *, epoch: str = "", now_us: int | None = None) -> Frozen | OtherEpoch | None:
        """Close the lobby if its time has come; None while it is open."""
        reply = await self._call("freeze", room, now_us, epoch)
        match reply:
            case ["open", _]:
                return None
            case ["frozen", at, count]:
                return Frozen(at_ms=int(at), entrants=int(count))
        return common_answer(reply, room)

    async def gather(
        self,
        room: str,
        *,
        epoch: str,
        owner: str,
        lease_ms: int,
        chunk: Chunk | None = None,
        now_us: int | None = None,
    ) -> NextChunk | Gathered | OtherEpoch | None:
        """Store the next chunk of entrants, or only take the lease; None while another edge holds it."""
        stored: tuple[Argument, ...] = ("", "", "", "", "", "")
        if chunk is not None:
            root = chunk.root or ""
            stored = (chunk.index, chunk.entrants, chunk.chunk_hash, chunk.frontier, root, chunk.count)
        reply = await self._call("gather", room, now_us, epoch, owner, lease_ms, *stored)
        match reply:
            case ["next", index, frontier, count]:
                return NextChunk(index=int(index), frontier=frontier, count=int(count))
            case ["gathered", root, count, chunks]:
                return Gathered(root=root, count=int(count), chunks=int(chunks))
            case ["busy"] | ["open"]:
                return None
        return common_answer(reply, room)

    async def pin(
        self,
        room: str,
        *,
        epoch: str,
        root: str,
        seed: str,
        key_hash: str,
        beacon: str = "",
        now_us: int | None = None,
    ) -> Pinned | Refused | OtherEpoch:
        """Pin what the draw is made of; the first pin stands."""
        reply = await self._call("pin", room, now_us, epoch, root, seed, beacon, key_hash)
        match reply:
            case ["pinned", pinned_hash, beacon, seed]:
                return Pinned(key_hash=pinned_hash, beacon=beacon, seed=seed)
            case ["not_gathered"]:
                return Refused(reason="not_gathered")
        return common_answer(reply, room)

    async def draw(
        self,
        room: str,
        *,
        epoch: str,
        key_hash: str,
        index: int | None = None,
        scores: Sequence[tuple[int, str]] = (),
        now_us: int | None = None,
    ) -> NextDraw | Drawn | Refused | OtherEpoch:
        """Move the next chunk into the line, or only ask which is next."""
        pairs = [value for pair in scores for value in pair]
        wanted = "" if index is None else str(index)
        reply = await self._call("draw", room, now_us, epoch, key_hash, wanted, *pairs)
        match reply:
            case ["next", index, chunks]:
                return NextDraw(index=int(index), chunks=int(chunks))
            case ["drawn"]:
                return Drawn()
            case ["not_pinned" | "other_key" as reason, *_]:
                return Refused(reason=reason)
        return common_answer(reply, room)

    async def lobby_page(self, room: str, *, start: int) -> list[tuple[int, str]]:
        """Read a chunk's worth of the lobby from rank `start`: `(tier, fan id)` in the lobby's order."""
        key = Keys(room).part("lobby")
        stop = start + CHUNK_ENTRANTS - 1
        found = await self._read(self._client.zrange(key, start, stop, withscores=True))
        return [(int(tier), fan.decode()) for fan, tier in found]

    async def entrants(self, room: str, *, index: int) -> list[bytes]:
        """Read one gathered chunk: packed entrants of 17 bytes."""
        packed = await self._read(self._client.hget(Keys(room).part("entrants"), str(index)))
        return split_entrants(packed or b"")

    async def chunk_hashes(self, room: str, *, chunks: int) -> list[bytes]:
        """The Merkle roots of all gathered chunks, in order."""
        fields = [f"{index}:hash" for index in range(chunks)]
        found = await self._read(self._client.hmget(Keys(room).part("entrants"), fields)) if fields else []
        return [bytes.fromhex(root.decode()) for root in found]
