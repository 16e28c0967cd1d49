"""The verbs that put back what the store has lost: one async method a script, same name."""

from collections.abc import Sequence
from typing import Literal

from waitroom.queue.draw import check_entrant
from waitroom.queue.draw_store import DrawStore
from waitroom.queue.keys import ROOMS
from waitroom.queue.recovery import KeptRoom
from waitroom.queue.replies import common_answer, standing_answer
from waitroom.queue.results import Deleted, OtherEpoch, RoomRestored, RoomStands, Standing

LOBBY = "lobby"


class RecoveryStore(DrawStore):
    """Rooms from what an edge has kept, fans from their passes, the list of entrants from an edge's file."""

    async def restore_room(
        self, kept: KeptRoom, *, recovering_ms: int, now_us: int | None = None
    ) -> RoomRestored | RoomStands | Deleted | OtherEpoch:
        """Put a room back where none is; while it recovers, the later state of it wins, and the later room."""
        room, meter = kept.room, kept.meter_to_restore()
        pairs = [text for fields in (kept.fields, meter) for pair in fields.items() for text in pair]
        head = (*kept.rank, kept.made_ms, recovering_ms, len(kept.fields))
        reply = await self._call("restore_room", room, now_us, kept.epoch, *head, *pairs)
        match reply:
            case ["restored", until]:
                await self._list_room(room)
                return RoomRestored(recovering_until_ms=int(until))
            case ["standing", until]:
                await self._list_room(room)
                return RoomStands(recovering_until_ms=int(until) if until else None)
            case ["deleted"]:
                return Deleted()
        return common_answer(reply, room)

    async def restore(
        self,
        room: str,
        fans: Sequence[tuple[str, int, int | Literal["behind"] | None]],
        *,
        epoch: str,
        now_us: int | None = None,
    ) -> list[Standing] | OtherEpoch:
        """Put fans back by `(fan id, tier, score)`, in the order given.

        The score is None for who is still to be drawn, 'behind' for the end of the line.

        Raises ValueError, and puts nobody back, when one of them could not be drawn.
        """
        for fan_id, tier, _ in fans:
            check_entrant(fan_id, tier=tier)
        triples = [value for fan, tier, score in fans for value in (fan, tier, LOBBY if score is None else score)]
        reply = await self._call("restore", room, now_us, epoch, *triples)
        match reply:
            case ["restored", *answers]:
                restored = zip(fans, answers, strict=True)
                return [standing_answer(fan[0], answer) for fan, answer in restored]
        return common_answer(reply, room)

    async def restore_chunk(
        self, room: str, *, epoch: str, root: str, index: int, entrants: bytes, chunk_hash: str
    ) -> bool | OtherEpoch:
        """Put one chunk of the drawn list back; answers whether the room names that root."""
        reply = await self._call("restore_chunk", room, None, epoch, root, index, entrants, chunk_hash)
        match reply:
            case ["kept"]:
                return True
            case ["other_root"]:
                return False
        return common_answer(reply, room)

    async def _list_room(self, room: str) -> None:
        # Also for a room that exists: whoever made it may have been cut off before this step.
        await self._read(self._client.sadd(ROOMS, room))
