"""The verbs that carry a place between devices and show it to the support desk: one async method a script, same name.

Codes are known to the store by their ids alone: see `waitroom/short_codes.py`.
"""

from typing import Any

from waitroom.queue.device_results import (
    CodeUnknown,
    Exhausted,
    Found,
    Held,
    Offered,
    TakenOver,
    TurnSoFar,
)
from waitroom.queue.keys import Keys
from waitroom.queue.recovery_store import LOBBY, RecoveryStore
from waitroom.queue.replies import common_answer, fan_answer, standing_answer
from waitroom.queue.results import MovedAway, OtherEpoch, Over, Unknown

MOVE_MS = 10 * 60_000
SUPPORT_MS = 86_400_000
MOVES_A_MOMENT = 1000
"""What multiplies the moment of a move in the key `:moved` (`_moved.lua`)."""
MOVED_AT_ONCE = 5000


class DeviceStore(RecoveryStore):
    """Moving places, support codes, and the room's logo."""

    async def move(
        self, room: str, *, held: Held, moves: int, code_id: str, epoch: str = "", now_us: int | None = None
    ) -> Offered | Exhausted | MovedAway | Over | Unknown | OtherEpoch:
        """Offer the place to another device for ten minutes; the fan's earlier code is worth nothing."""
        reply = await self._call("move", room, now_us, epoch, held.fan_id, moves, code_id, held.to_text(), MOVE_MS)
        match reply:
            case ["offered", ends]:
                return Offered(ends_at_ms=int(ends))
            case ["exhausted"]:
                return Exhausted()
            case ["moved"]:
                return MovedAway()
        return fan_answer(reply, room)

    async def take_over(
        self, room: str, *, code_id: str, by: str, epoch: str = "", now_us: int | None = None
    ) -> TakenOver | CodeUnknown | OtherEpoch:
        """Take a place over, once; `by` marks the caller, who may repeat the call, '' for one who may not."""
        reply = await self._call("take_over", room, now_us, epoch, code_id, by)
        match reply:
            case ["taken", fan_id, tier, score, joined, moves, answer]:
                held = _held(fan_id, tier, score, joined)
                return TakenOver(held=held, moves=int(moves), standing=standing_answer(fan_id, answer))
            case ["refused"]:
                return CodeUnknown()
        return common_answer(reply, room)

    async def moved_since(self, room: str, moment_ms: int) -> tuple[dict[str, int], int]:
        """The fans who moved after a moment and how often, some thousand of them, and the moment of the last."""
        after = f"({moment_ms * MOVES_A_MOMENT + MOVES_A_MOMENT - 1}"
        key = Keys(room).part("moved")
        step = self._client.zrangebyscore(key, after, "+inf", start=0, num=MOVED_AT_ONCE, withscores=True)
        found = [(fan.decode(), divmod(int(score), MOVES_A_MOMENT)) for fan, score in await self._read(step)]
        return {fan: moves for fan, (_, moves) in found}, found[-1][1][0] if found else moment_ms

    async def support(
        self, room: str, *, held: Held, moves: int, code_id: str, epoch: str = "", now_us: int | None = None
    ) -> Offered | MovedAway | Unknown | OtherEpoch:
        """Keep a support code of the fan for a day; the earlier one finds nobody."""
        fan_id, told = held.fan_id, held.to_text()
        reply = await self._call("support", room, now_us, epoch, fan_id, moves, code_id, told, SUPPORT_MS)
        match reply:
            case ["kept", ends]:
                return Offered(ends_at_ms=int(ends))
            case ["moved"]:
                return MovedAway()
            case ["unknown"]:
                return Unknown()
        return common_answer(reply, room)

    async def find(
        self, room: str, *, code_id: str, epoch: str = "", now_us: int | None = None
    ) -> Found | CodeUnknown | OtherEpoch:
        """Find a fan by a support code."""
        reply = await self._call("find", room, now_us, epoch, code_id)
        match reply:
            case ["found", fan_id, tier, score, joined, moves, turn, answer]:
                held, standing = _held(fan_id, tier, score, joined), standing_answer(fan_id, answer)
                return Found(held=held, moves=int(moves), turn=_turn(turn), standing=standing)
            case ["unknown"]:
                return CodeUnknown()
        return common_answer(reply, room)

    async def logo(self, room: str, *, in_force: str, digest: str, picture: bytes, epoch: str = "") -> bool:
        """Keep a picture beside the logo in force, and drop all others; answers whether the room is of that epoch."""
        reply = await self._call("logo", room, None, epoch, in_force, digest, picture)
        if reply == ["kept"]:
            return True
        common_answer(reply, room)
        return False

    async def read_logo(self, room: str, digest: str) -> bytes | None:
        """The bytes of a picture that was kept."""
        return await self._read(self._client.hget(Keys(room).part("logo"), digest))  # type: ignore[no-any-return] # bytes or None


def _held(fan_id: str, tier: str, score: str, joined: str) -> Held:
    exact = None if score == LOBBY else int(score)
    return Held(fan_id=fan_id, tier=int(tier), score=exact, joined_at_ms=int(joined))


def _turn(told: list[Any]) -> TurnSoFar | None:  # Any: texts
    if not told:
        return None
    given, prolonged, enter, entered = told
    return TurnSoFar(
        given_at_ms=int(given),
        prolonged=int(prolonged),
        enter_at_ms=int(enter) if enter else None,
        has_entered=bool(entered),
    )
