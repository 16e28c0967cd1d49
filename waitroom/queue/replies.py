"""Reading what scripts reply into the values of `results.py`; nobody else sees a raw reply."""

from typing import Any

from waitroom.errors import RoomMissingError
from waitroom.queue.results import Closed, CodeRefusal, CodeRefused, OtherEpoch, Over, Standing, State, Unknown

Reply = list[Any]  # Any: strings, and lists of them
STATES = {state.value: state for state in State}


def common_answer(reply: Reply, room: str) -> OtherEpoch:
    """Read what every script may reply; raises RoomMissingError for a room that does not exist."""
    if reply == ["other_epoch"]:
        return OtherEpoch()
    if reply == ["missing"]:
        raise RoomMissingError(room)
    raise TypeError(f"an unexpected reply from a script: {reply[:1]}")


def fan_answer(reply: Reply, room: str) -> Over | Unknown | OtherEpoch:
    """Read what every verb about one fan may reply."""
    match reply:
        case ["over", reason]:
            return Over(state=State(reason))
        case ["unknown"]:
            return Unknown()
    return common_answer(reply, room)


def join_answer(fan_id: str, answer: Reply) -> Standing | Closed | CodeRefused:
    """Read one fan's part of what `join` replied."""
    match answer:
        case ["not_open", opens]:
            return Closed(opens_at_ms=int(opens))
        case ["closed"]:
            return Closed(opens_at_ms=None)
        case ["code", why]:
            return CodeRefused(why=CodeRefusal(why))
    return standing_answer(fan_id, answer)


def standing_answer(fan_id: str, answer: Reply) -> Standing:
    """Read a standing as `_standing.lua` makes it."""
    state, score, ahead, given, claim_by, enter, tier = answer
    exact_score = _int_or_none(score)
    return Standing(
        fan_id=fan_id,
        state=STATES[state],
        tier=_int_or_none(tier),
        score=exact_score,
        ahead=_int_or_none(ahead),
        admitted_at_ms=_int_or_none(given),
        claim_by_ms=_int_or_none(claim_by),
        enter_at_ms=_int_or_none(enter),
    )


def _int_or_none(text: str) -> int | None:
    return int(float(text)) if text else None
