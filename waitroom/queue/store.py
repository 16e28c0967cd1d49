"""Queue: one async method a script, same name."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from waitroom.errors import RoomMissingError
from waitroom.queue.draw import check_entrant
from waitroom.queue.draw_store import DrawStore
from waitroom.queue.keys import ROOMS, Keys
from waitroom.queue.replies import common_answer, fan_answer, join_answer, standing_answer
from waitroom.queue.results import (
    Active,
    Claimed,
    Closed,
    Configured,
    Entered,
    HealthReport,
    OtherEpoch,
    Over,
    Paused,
    Spent,
    Stale,
    Standing,
    TooEarly,
    Unknown,
    Waiting,
)

POLL_AFTER_SECONDS = 2
LONGEST_SESSION = 64


@dataclass(frozen=True, kw_only=True)
class Advanced:
    """What `advance` left: the stored snapshot's text, and how many turns this call gave."""

    snapshot: str
    turns: int


class Queue(DrawStore):
    """The verbs of the queue.

    When the store does not answer, every method raises QueueUnavailableError: the call may or may not have
    happened, and every script is safe to repeat. A room that does not exist raises RoomMissingError.
    `now_us` is the clock of a test; `observe` is told each script's name and seconds, None for a failure.
    """

    # The room.

    async def configure(
        self,
        room: str,
        *,
        fields: dict[str, str],
        who: str,
        expected: int | None,
        epoch: str = "",
        now_us: int | None = None,
    ) -> Configured | Stale | OtherEpoch:
        """Make the room (`expected` None) or change it from the version that the caller has seen."""
        pairs = [text for pair in fields.items() for text in pair]
        version = "" if expected is None else str(expected)
        reply = await self._call("configure", room, now_us, epoch, version, who, *pairs)
        match reply:
            case ["configured", version]:
                await self._list_room(room)
                return Configured(version=int(version))
            case ["exists", version]:
                await self._list_room(room)
                return Stale(version=int(version))
            case ["stale", version]:
                return Stale(version=int(version))
        return common_answer(reply, room)

    async def _list_room(self, room: str) -> None:
        # Also for a room that exists: whoever made it may have been cut off before this step.
        await self._read(self._client.sadd(ROOMS, room))

    async def rooms(self) -> list[str]:
        """The names of all rooms, in order."""
        return sorted(name.decode() for name in await self._read(self._client.smembers(ROOMS)))

    async def delete(self, room: str) -> bool:
        """Delete the room and everything in it; answers whether there was one."""
        deleted = await self._read(self._client.unlink(*Keys(room).all))
        await self._read(self._client.srem(ROOMS, room))
        return bool(deleted)

    async def changes(self, room: str, *, most: int = 100) -> list[dict[str, str]]:
        """The newest entries of the change log, newest first."""
        return await self._stream(Keys(room).part("changes"), most=most)

    async def admissions(self, room: str, *, most: int = 1000) -> list[dict[str, str]]:
        """The newest entries of the admission log, newest first."""
        return await self._stream(Keys(room).part("admissions"), most=most)

    async def advance(self, room: str, *, interval_us: int, now_us: int | None = None) -> Advanced:
        """Advance the room unless somebody just did, and return the stored snapshot."""
        reply = await self._call("advance", room, now_us, "", interval_us)
        match reply:
            case ["advanced", snapshot, turns]:
                return Advanced(snapshot=snapshot, turns=int(turns))
            case ["standing", snapshot]:
                return Advanced(snapshot=snapshot, turns=0)
        common_answer(reply, room)
        raise RoomMissingError(room)

    async def health(self, room: str, *, report: HealthReport, now_us: int | None = None) -> None:
        """Note a checkout's report."""
        seats_left = "" if report.seats_left is None else str(report.seats_left)
        body = json.dumps({"latency_ms": report.latency_ms, "errors": report.errors, "in_use": report.in_use})
        reply = await self._call("health", room, now_us, "", report.reporter, body, seats_left)
        if reply != ["noted"]:
            common_answer(reply, room)

    # A fan.

    async def join(
        self, room: str, fans: Sequence[tuple[str, int]], *, epoch: str = "", now_us: int | None = None
    ) -> list[Standing | Closed] | OtherEpoch:
        """Give a batch of `(fan id, tier)` their standing, in the order given.

        Raises ValueError, and takes nobody in, when one of them could not be drawn.
        """
        for fan_id, tier in fans:
            check_entrant(fan_id, tier=tier)
        pairs = [value for fan in fans for value in fan]
        reply = await self._call("join", room, now_us, epoch, *pairs)
        match reply:
            case ["joined", *answers]:
                joined = zip(fans, answers, strict=True)
                return [join_answer(fan_id, answer, tier=tier) for (fan_id, tier), answer in joined]
        return common_answer(reply, room)

    async def standing(
        self, room: str, *, fan_id: str, epoch: str = "", now_us: int | None = None
    ) -> Standing | OtherEpoch:
        """Say how it stands with one fan."""
        reply = await self._call("standing", room, now_us, epoch, fan_id)
        match reply:
            case ["standing", answer]:
                return standing_answer(fan_id, answer)
        return common_answer(reply, room)

    async def claim(
        self, room: str, *, fan_id: str, epoch: str = "", now_us: int | None = None
    ) -> Claimed | Waiting | Paused | Closed | Over | Unknown | OtherEpoch:
        """Take the turn: once, with a moment of entry; otherwise say what is so."""
        reply = await self._call("claim", room, now_us, epoch, fan_id)
        match reply:
            case ["claimed", enter, expires, given]:
                return Claimed(enter_at_ms=int(enter), expires_at_ms=int(expires), admitted_at_ms=int(given))
            case ["waiting", ahead]:
                known = int(ahead) if int(ahead) >= 0 else None
                return Waiting(ahead=known, poll_after_seconds=POLL_AFTER_SECONDS)
            case ["paused"]:
                return Paused()
            case ["closed"]:
                return Closed(opens_at_ms=None)
        return fan_answer(reply, room)

    async def enter(
        self, room: str, *, epoch: str, fan_id: str, session: str, now_us: int | None = None
    ) -> Entered | TooEarly | Spent | Over | Unknown | OtherEpoch:
        """Spend the fan's token id for this session; the same session may ask again.

        Raises ValueError for a session's name that is empty or longer than 64 characters.
        """
        if not 0 < len(session) <= LONGEST_SESSION:
            raise ValueError(f"a session's name has 1 to {LONGEST_SESSION} characters")
        reply = await self._call("enter", room, now_us, epoch, fan_id, session)
        match reply:
            case ["entered", expires]:
                return Entered(expires_at_ms=int(expires))
            case ["early", wait]:
                return TooEarly(wait_ms=int(wait))
            case ["spent"]:
                return Spent()
        return fan_answer(reply, room)

    async def extend(
        self, room: str, *, epoch: str, fan_id: str, seconds: float, now_us: int | None = None
    ) -> Active | Over | Unknown | OtherEpoch:
        """Make the slot last at least `seconds` from now."""
        reply = await self._call("extend", room, now_us, epoch, fan_id, round(seconds * 1000))
        match reply:
            case ["active", expires]:
                return Active(expires_at_ms=int(expires))
        return fan_answer(reply, room)

    async def finish(
        self, room: str, *, epoch: str, fan_id: str, now_us: int | None = None
    ) -> Over | Unknown | OtherEpoch:
        """Give the slot back."""
        return fan_answer(await self._call("finish", room, now_us, epoch, fan_id), room)

    async def leave(
        self, room: str, *, epoch: str, fan_id: str, now_us: int | None = None
    ) -> Over | Active | Unknown | OtherEpoch:
        """Give the place up; Active for who is inside, whose slot ends with the visit."""
        reply = await self._call("leave", room, now_us, epoch, fan_id)
        match reply:
            case ["active", expires]:
                return Active(expires_at_ms=int(expires))
        return fan_answer(reply, room)
