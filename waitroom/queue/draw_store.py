"""The verbs of the draw: one async method a script, same name."""

from waitroom.beacon import BeaconValue
from waitroom.queue.connection import Connection
from waitroom.queue.keys import Keys
from waitroom.queue.merkle import CHUNK_ENTRANTS, split_entrants
from waitroom.queue.replies import common_answer
from waitroom.queue.results import Chunk, Drawn, Frozen, Gathered, NextChunk, NextMove, OtherEpoch, Pinned, Refused
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
        stored: tuple[Argument, ...] = ("",) * 7
        if chunk is not None:
            root = chunk.root or ""
            behind = (chunk.frontier, root, chunk.count)
            stored = (chunk.index, chunk.entrants, chunk.chunk_hash, *behind, chunk.first)
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
        beacon: BeaconValue | None = None,
        now_us: int | None = None,
    ) -> Pinned | Refused | OtherEpoch:
        """Pin what the draw is made of; the first pin stands. Without the room's beacon only when it was waived."""
        value, number = ("", "") if beacon is None else (beacon.value, str(beacon.round))
        reply = await self._call("pin", room, now_us, epoch, root, seed, value, key_hash, number)
        match reply:
            case ["pinned", pinned_hash, pinned_beacon, seed]:
                return Pinned(key_hash=pinned_hash, beacon=pinned_beacon, seed=seed)
            case ["not_gathered" | "no_beacon" as reason]:
                return Refused(reason=reason)
        return common_answer(reply, room)

    async def draw(
        self,
        room: str,
        *,
        epoch: str,
        key_hash: str,
        moved: int | None = None,
        places: bytes = b"",
        now_us: int | None = None,
    ) -> NextMove | Drawn | Refused | OtherEpoch:
        """Make the next move into the line, or only ask how many were moved; `places` as `ordering` writes them."""
        behind = "" if moved is None else str(moved)
        reply = await self._call("draw", room, now_us, epoch, key_hash, behind, places)
        match reply:
            case ["next", so_far, entrants]:
                return NextMove(moved=int(so_far), entrants=int(entrants))
            case ["drawn"]:
                return Drawn()
            case ["not_pinned" | "other_key" as reason, *_]:
                return Refused(reason=reason)
        return common_answer(reply, room)

    async def lobby_page(self, room: str, *, start: int) -> tuple[list[bytes], bytes]:
        """Read a chunk's worth of the lobby from rank `start`, in its order: the fan ids, and a tier for each."""
        key, stop = Keys(room).part("lobby"), start + CHUNK_ENTRANTS - 1
        fans = await self._read(self._client.zrange(key, start, stop))
        ends = [await self._read(self._client.zscore(key, fan)) for fan in (fans[:1] + fans[-1:])]
        if len(set(ends)) < 2:
            # The lobby is ordered by tier: all between two fans of a tier are of that tier.
            return fans, bytes(map(int, ends[:1])) * len(fans)
        found = await self._read(self._client.zrange(key, start, stop, withscores=True))
        return [fan for fan, _ in found], bytes(int(tier) for _, tier in found)

    async def packed_entrants(self, room: str, *, index: int) -> bytes:
        """Read one gathered chunk: packed entrants of 17 bytes."""
        return await self._read(self._client.hget(Keys(room).part("entrants"), str(index))) or b""

    async def entrants(self, room: str, *, index: int) -> list[bytes]:
        """Read one gathered chunk, an entrant each."""
        return split_entrants(await self.packed_entrants(room, index=index))

    async def chunk_hashes(self, room: str, *, chunks: int) -> list[bytes]:
        """The Merkle roots of all gathered chunks, in order."""
        fields = [f"{index}:hash" for index in range(chunks)]
        found = await self._read(self._client.hmget(Keys(room).part("entrants"), fields)) if fields else []
        return [bytes.fromhex(root.decode()) for root in found]
