"""Making codes, keeping an organizer's own, and the race for one that is good once."""

import pytest

from tests.factories import a_fan, a_ring
from tests.waitroom.queue.races import at_once, disarm
from waitroom.codes import code_id
from waitroom.errors import ConfigurationError, RoomMissingError
from waitroom.queue import Queue, Standing, count_codes, create_room, keep_codes, make_codes
from waitroom.rooms import RoomSettings

RING = a_ring("new", "old")
REQUIRED = RoomSettings.model_validate({"codes": "required", "new_users_per_minute": 0})
FANS = 40


async def takers(queue: Queue, room: str, epoch: str, code: str) -> int:
    """How many of many fans, all at once, are taken in with one code."""
    identity = code_id(code, secret=RING.newest.secret, epoch=epoch)

    async def join() -> object:
        answers = await queue.join(room, [(a_fan(), 7)], codes=[identity], epoch=epoch)
        return answers[0] if isinstance(answers, list) else answers

    answers = await at_once(*[join] * FANS)
    assert len(answers) == FANS
    return sum(isinstance(answer, Standing) for answer in answers)


async def test_made_codes_open_the_room_and_are_not_in_the_store(queue: Queue, room_name: str) -> None:
    """Every code of a large lot is good once; what the store holds of it is an id."""
    epoch = await create_room(queue, RING, room_name, REQUIRED, who="test")
    codes = await make_codes(queue, RING, room_name, count=5001, who="ann", tier=2)
    assert len(set(codes)) == 5001
    assert await count_codes(queue, room_name) == {(2, 1): 5001}
    assert await takers(queue, room_name, epoch, codes[-1].lower()) == 1
    assert await count_codes(queue, room_name) == {(2, 1): 5000, (2, 0): 1}
    assert (await queue.changes(room_name))[0]["who"] == "ann"


async def test_the_race_for_a_code_has_a_guard(queue: Queue, room_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the refusal of a spent code, one code lets many in: the test above could fail."""
    disarm(monkeypatch, "if uses == '0' then return nil, 'spent' end", "")
    disarm(monkeypatch, "tier .. ':' .. int(tonumber(uses) - 1)", "tier .. ':' .. '1'")
    epoch = await create_room(queue, RING, room_name, REQUIRED, who="test")
    (code,) = await make_codes(queue, RING, room_name, count=1, who="test")
    assert await takers(queue, room_name, epoch, code) > 1


async def test_own_words_and_lists(queue: Queue, room_name: str) -> None:
    """A word is good for any number of fans; taken over again, it stays as it is."""
    epoch = await create_room(queue, RING, room_name, REQUIRED, who="test")
    assert (await keep_codes(queue, RING, room_name, ["FANCLUB2027"], who="ann")).new == 1
    assert await takers(queue, room_name, epoch, "fanclub 2027") == FANS
    kept = await keep_codes(queue, RING, room_name, ["fan-club-2027", "SECONDLIST"], who="ann", tier=4, uses=1)
    assert (kept.new, kept.total) == (1, 2)
    assert await count_codes(queue, room_name) == {(0, None): 1, (4, 1): 1}


async def test_what_cannot_be(queue: Queue, room_name: str) -> None:
    """Terms that make no sense are refused by name, and a list with one bad word takes none."""
    await create_room(queue, RING, room_name, REQUIRED, who="test")
    for count, tier, uses in ((1, 8, 1), (1, -1, 1), (1, 0, 0), (0, 0, 1)):
        with pytest.raises(ConfigurationError):
            await make_codes(queue, RING, room_name, count=count, tier=tier, uses=uses, who="ann")
    with pytest.raises(ConfigurationError):
        await keep_codes(queue, RING, room_name, ["GOODENOUGH", "bad"], who="ann")
    assert (await count_codes(queue, room_name)).total() == 0
    with pytest.raises(RoomMissingError):
        await make_codes(queue, RING, "nowhere", count=1, who="ann")
    with pytest.raises(ConfigurationError, match="key ring lacks"):
        await make_codes(queue, a_ring("other"), room_name, count=1, who="ann")
