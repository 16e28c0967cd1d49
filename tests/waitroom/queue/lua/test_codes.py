"""codes.lua, and what join.lua makes of codes: every branch, the reply and what it leaves behind."""

import json

import pytest

from tests.factories import ARoom, a_fan
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import CodeRefusal, CodeRefused, Queue, Standing
from waitroom.queue.scores import TIER


@pytest.fixture
async def presale(queue: Queue, room_name: str) -> ARoom:
    """A room that asks for codes and gives no turn: `one` is good once, `many` any number of times."""
    room = await ARoom.open(queue, room_name, codes="required", new_users_per_minute=0)
    await queue.codes(room.name, epoch=room.epoch, who="test", tier=0, uses=1, code_ids=["one"])
    await queue.codes(room.name, epoch=room.epoch, who="test", tier=3, uses=None, code_ids=["many"])
    return room


async def join(room: ARoom, fan: str, code: str = "", tier: int = 7) -> object:
    """Join with the id of a code."""
    answers = await room.queue.join(room.name, [(fan, tier)], codes=[code], now_us=room.clock.now_us)
    assert isinstance(answers, list)
    return answers[0]


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "codes", "ann", 0, 1, "id") == ["missing"]


async def test_other_epoch(presale: ARoom, call: Call, store: Store) -> None:
    """Codes of an earlier room of this name are not taken."""
    before = await store.everything(presale)
    assert await call(presale, "codes", "ann", 0, 1, "id", epoch="another") == ["other_epoch"]
    assert await store.everything(presale) == before


async def test_kept_and_logged(presale: ARoom, call: Call, store: Store) -> None:
    """Codes are kept with tier and uses, and the change log says who brought how many."""
    assert await call(presale, "codes", "ann", 2, 5, "a", "b") == ["kept", "2", "4"]
    assert await store.fields(presale, "codes") == {"one": "0:1", "many": "3:", "a": "2:5", "b": "2:5"}
    entry = (await store.log(presale, "changes"))[-1]
    assert (entry["who"], entry["version"]) == ("ann", "1")
    assert json.loads(entry["codes_made"]) == {"new": 2, "tier": "2", "uses": "5"}


async def test_repeated(presale: ARoom, call: Call, store: Store) -> None:
    """A code that is there stays as it is, used up or not, and nothing is logged."""
    await join(presale, a_fan(), "one")
    before = await store.everything(presale)
    assert await call(presale, "codes", "ann", 0, 1, "one", "many") == ["kept", "0", "2"]
    assert await call(presale, "codes", "ann", 0, 1) == ["kept", "0", "2"]
    assert await store.everything(presale) == before


async def test_counted_by_what_is_left(presale: ARoom) -> None:
    """Codes are counted by tier and uses left, also where there are more than one step walks."""
    many = [f"code-{number}" for number in range(3000)]
    await presale.queue.codes(presale.name, epoch=presale.epoch, who="test", tier=1, uses=2, code_ids=many)
    await join(presale, a_fan(), "one")
    await join(presale, a_fan(), "code-7")
    left = await presale.queue.codes_left(presale.name)
    assert left == {(0, 0): 1, (3, None): 1, (1, 2): 2999, (1, 1): 1}


@pytest.mark.parametrize(("code", "why"), [("", "required"), ("nonsense", "unknown")])
async def test_refused(presale: ARoom, store: Store, code: str, why: str) -> None:
    """Without a code, or with one that the room does not know, nobody is taken in; the bucket is settled at most."""
    before = await store.everything(presale)
    assert await join(presale, a_fan(), code) == CodeRefused(why=CodeRefusal(why))
    assert (await store.everything(presale)) | {"meter": None} == before | {"meter": None}
    assert await store.meter(presale, "joined") is None


async def test_spent(presale: ARoom, store: Store) -> None:
    """A code that is good once takes one fan in."""
    assert isinstance(await join(presale, a_fan(), "one"), Standing)
    before = await store.everything(presale)
    assert await join(presale, a_fan(), "one") == CodeRefused(why=CodeRefusal.SPENT)
    assert await store.everything(presale) == before


async def test_a_code_gives_its_tier(presale: ARoom, store: Store) -> None:
    """The code's tier stands instead of the one that the edge gives; a code for all is never used up."""
    for _ in range(3):
        fan = a_fan()
        answer = await join(presale, fan, "many", tier=7)
        assert isinstance(answer, Standing)
        assert answer.tier == 3
        assert (await store.scores(presale, "waiting"))[fan] // TIER == 3
    assert (await store.fields(presale, "codes"))["many"] == "3:"


async def test_a_repeated_join_uses_no_second_use(presale: ARoom, store: Store) -> None:
    """The same fan with the same code gets the standing answer, also after the code is used up."""
    fan = a_fan()
    first = await join(presale, fan, "one")
    before = await store.everything(presale)
    assert await join(presale, fan, "one") == first
    assert await join(presale, fan) == first
    assert await store.everything(presale) == before


async def test_optional_and_off(presale: ARoom, store: Store) -> None:
    """Where codes are optional who brings none keeps the given tier, a wrong one is refused; where off none counts."""
    await presale.change(codes="optional")
    plain = await join(presale, a_fan(), tier=7)
    assert isinstance(plain, Standing)
    assert plain.tier == 7
    assert await join(presale, a_fan(), "nonsense") == CodeRefused(why=CodeRefusal.UNKNOWN)
    await presale.change(codes="off")
    off = await join(presale, a_fan(), "one", tier=0)
    assert isinstance(off, Standing)
    assert (await store.fields(presale, "codes"))["one"] == "0:1"


async def test_a_code_that_comes_later_changes_no_place(presale: ARoom) -> None:
    """Who joined without a code keeps that tier, whatever comes; leaving and joining anew is the way to use it."""
    await presale.change(codes="optional")
    fan = a_fan()
    await join(presale, fan, tier=7)
    still = await join(presale, fan, "one", tier=7)
    assert isinstance(still, Standing)
    assert still.tier == 7
    await presale.queue.leave(presale.name, epoch=presale.epoch, fan_id=fan, now_us=presale.clock.now_us)
    anew = await join(presale, a_fan(), "one", tier=7)
    assert isinstance(anew, Standing)
    assert (anew.tier, anew.ahead) == (0, 0)


async def test_a_single_use_is_given_once_in_a_batch(presale: ARoom) -> None:
    """Two fans of one call with the same code: the first is taken, the second is not."""
    answers = await presale.queue.join(
        presale.name, [(a_fan(), 7), (a_fan(), 7)], codes=["one", "one"], now_us=presale.clock.now_us
    )
    assert isinstance(answers, list)
    assert isinstance(answers[0], Standing)
    assert answers[1] == CodeRefused(why=CodeRefusal.SPENT)
