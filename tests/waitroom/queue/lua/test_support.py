"""support.lua and find.lua: every branch, the replies and what they leave behind."""

import pytest

from tests.factories import ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store
from tests.waitroom.queue.races import disarm

HELD = "0:lobby:1800000000000"
DAY = 86_400_000


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "support", a_fan(), 0, "id", HELD, DAY) == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name changes nothing."""
    before = await store.everything(room)
    assert await call(room, "support", a_fan(), 0, "id", HELD, DAY, epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_kept_for_a_day(room: ARoom, call: Call, store: Store) -> None:
    """One code a fan, the newest, for a day."""
    fan = await room.admitted_fan()
    ends = room.clock.now_ms + DAY
    for _ in range(2):
        assert await call(room, "support", fan, 0, "one", HELD, DAY) == ["kept", str(ends)]
    await call(room, "support", fan, 0, "two", HELD, DAY)
    assert await store.fields(room, "support") == {"two": f"{fan}:{HELD}", f"@{fan}": "two"}
    assert await store.scores(room, "support_due") == {"two": ends}


async def test_who_gets_none(room: ARoom, call: Call, store: Store) -> None:
    """A stranger, or who has moved away, gets none; whose turn is over does: to ask why."""
    lapsed, moved = await room.active_fan(), await room.admitted_fan()
    await room.queue.finish(room.name, epoch=room.epoch, fan_id=lapsed)
    await call(room, "standing", moved, 1)
    before = await store.everything(room)
    assert await call(room, "support", a_fan(), 0, "id", HELD, DAY) == ["unknown"]
    assert await call(room, "support", moved, 0, "id", HELD, DAY) == ["moved"]
    assert await store.everything(room) == before
    assert (await call(room, "support", lapsed, 0, "id", HELD, DAY))[0] == "kept"


async def test_as_many_as_may_be(room: ARoom, call: Call, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A room keeps a bounded number of codes: beyond it the one that ends first goes."""
    disarm(monkeypatch, "local MOST_NOTES = 50000", "local MOST_NOTES = 2")
    await room.change(new_users_per_minute=0)
    fans = some_fans(3)
    await room.join(*fans)
    for number, fan in enumerate(fans):
        await call(room, "support", fan, 0, f"id{number}", HELD, DAY + number)
    assert list(await store.scores(room, "support_due")) == ["id1", "id2"]
    assert len(await store.fields(room, "support")) == 4


async def test_found(room: ARoom, call: Call, store: Store) -> None:
    """The code finds what the pass said, the moves, the turn and the standing; looking changes nothing."""
    fan = await room.admitted_fan()
    await call(room, "support", fan, 0, "id", HELD, DAY)
    given = (await store.fields(room, "turns"))[fan].split(":")[0]
    before = await store.everything(room)
    reply = await call(room, "find", "id")
    assert reply[:7] == ["found", fan, "0", "lobby", "1800000000000", "0", [given, "0", "", ""]]
    assert reply[7][0] == "admitted"
    assert await store.everything(room) == before
    enter = str((await room.claimed(fan)).enter_at_ms)
    assert (await call(room, "find", "id"))[6] == [given, "0", enter, ""]
    await call(room, "enter", fan, "session")
    assert (await call(room, "find", "id"))[6] == [given, "0", enter, "1"]
    await call(room, "finish", fan)
    reply = await call(room, "find", "id")
    assert (reply[6], reply[7][0]) == ([], "finished")


async def test_found_no_more(room: ARoom, call: Call) -> None:
    """A code that was never made, or is a day old, finds nobody."""
    fan = await room.admitted_fan()
    await call(room, "support", fan, 0, "id", HELD, DAY)
    assert await call(room, "find", "other") == ["unknown"]
    room.clock.move(seconds=DAY // 1000)
    assert await call(room, "find", "id") == ["unknown"]


async def test_find_refusals(nowhere: ARoom, room: ARoom, call: Call) -> None:
    """Neither a missing room nor another epoch's code finds anybody."""
    assert await call(nowhere, "find", "id") == ["missing"]
    assert await call(room, "find", "id", epoch="another") == ["other_epoch"]
