"""Queue: one async method a script, same name."""

from collections.abc import Sequence

from waitroom.queue.device_results import Exhausted
from waitroom.queue.draw import check_entrant
from waitroom.queue.replies import common_answer, fan_answer, join_answer, standing_answer
from waitroom.queue.results import (
    Active,
    Claimed,
    Closed,
    CodeRefused,
    Entered,
    MovedAway,
    OtherEpoch,
    Over,
    Paused,
    Spent,
    Standing,
    State,
    TooEarly,
    Unknown,
    Waiting,
)
from waitroom.queue.room_store import RoomStore

POLL_AFTER_SECONDS = 2
LONGEST_SESSION = 64


class Queue(RoomStore):
    """The verbs of the queue: here those of a fan.

    When the store does not answer, every method raises QueueUnavailableError: the call may or may not have
    happened, and every script is safe to repeat. A room that does not exist raises RoomMissingError.
    `now_us` is the clock of a test; `observe` is told each script's name and seconds, None for a failure.
    """

    async def join(
        self,
        room: str,
        fans: Sequence[tuple[str, int]],
        *,
        codes: Sequence[str] = (),
        epoch: str = "",
        now_us: int | None = None,
    ) -> list[Standing | Closed | CodeRefused] | OtherEpoch:
        """Give a batch of `(fan id, tier)` their standing, in the order given.

        `codes` are the ids of the fans' presale codes in the same order, '' for who has none; or empty for none at all.
        Raises ValueError, and takes nobody in, when one of them could not be drawn.
        """
        for fan_id, tier in fans:
            check_entrant(fan_id, tier=tier)
        with_codes = zip(fans, codes or [""] * len(fans), strict=True)
        triples = [value for (fan_id, tier), code in with_codes for value in (fan_id, tier, code)]
        reply = await self._call("join", room, now_us, epoch, *triples)
        match reply:
            case ["joined", *answers]:
                joined = zip(fans, answers, strict=True)
                return [join_answer(fan_id, answer) for (fan_id, _), answer in joined]
        return common_answer(reply, room)

    async def standing(
        self, room: str, *, fan_id: str, moves: int | None = None, epoch: str = "", now_us: int | None = None
    ) -> Standing | OtherEpoch:
        """Say how it stands with one fan; `moves` is what the pass tells, which holds no more in the state `moved`."""
        reply = await self._call("standing", room, now_us, epoch, fan_id, _told(moves))
        match reply:
            case ["standing", answer]:
                return standing_answer(fan_id, answer)
        return common_answer(reply, room)

    async def claim(
        self, room: str, *, fan_id: str, moves: int | None = None, epoch: str = "", now_us: int | None = None
    ) -> Claimed | Waiting | Paused | Closed | Over | Unknown | MovedAway | OtherEpoch:
        """Take the turn: once, with a moment of entry; otherwise say what is so. `moves` is what the pass tells."""
        reply = await self._call("claim", room, now_us, epoch, fan_id, _told(moves))
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
            case ["moved"]:
                return MovedAway()
        return fan_answer(reply, room)

    async def prolong(
        self, room: str, *, fan_id: str, moves: int | None = None, epoch: str = "", now_us: int | None = None
    ) -> Standing | Exhausted | MovedAway | OtherEpoch:
        """Give who has the turn at least two minutes from now to take it, ten times a turn; say how it stands."""
        reply = await self._call("prolong", room, now_us, epoch, fan_id, _told(moves))
        match reply:
            case ["standing", answer]:
                return standing_answer(fan_id, answer)
            case ["used_up"]:
                return Exhausted()
            case ["moved"]:
                return MovedAway()
        return common_answer(reply, room)

    async def enter(
        self, room: str, *, epoch: str, fan_id: str, session: str, now_us: int | None = None
    ) -> Entered | TooEarly | Spent | Over | OtherEpoch:
        """Spend the fan's verified token id for this session; the same session may ask again.

        A fan whom the room has forgotten gets the slot back: the token proves the claim.

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
            case ["over", reason]:
                return Over(state=State(reason))
        return common_answer(reply, room)

    async def extend(
        self, room: str, *, epoch: str, fan_id: str, seconds: float, now_us: int | None = None
    ) -> Active | Over | Unknown | OtherEpoch:
        """Make the slot last at least `seconds` from now."""
        reply = await self._call("extend", room, now_us, epoch, fan_id, round(seconds * 1000))
        match reply:
            case ["active", expires]:
                return Active(expires_at_ms=int(expires))
        return fan_answer(reply, room)

    async def finish(self, room: str, *, epoch: str, fan_id: str, now_us: int | None = None) -> Over | OtherEpoch:
        """Give the slot back; a fan whom the room has forgotten is noted as finished as well."""
        reply = await self._call("finish", room, now_us, epoch, fan_id)
        match reply:
            case ["over", reason]:
                return Over(state=State(reason))
        return common_answer(reply, room)

    async def leave(
        self, room: str, *, epoch: str, fan_id: str, moves: int | None = None, now_us: int | None = None
    ) -> Over | Active | Unknown | MovedAway | OtherEpoch:
        """Give the place up; Active for who is inside, whose slot ends with the visit."""
        reply = await self._call("leave", room, now_us, epoch, fan_id, _told(moves))
        match reply:
            case ["active", expires]:
                return Active(expires_at_ms=int(expires))
            case ["moved"]:
                return MovedAway()
        return fan_answer(reply, room)


def _told(moves: int | None) -> int | str:
    return "" if moves is None else moves
