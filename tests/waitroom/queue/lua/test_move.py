"""move.lua: every branch, the reply and what it leaves behind."""

from tests.factories import ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store

HELD = "0:lobby:1800000000000"
TEN_MINUTES = 600_000


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "move", a_fan(), 0, "id", HELD, TEN_MINUTES) == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name changes nothing."""
    before = await store.everything(room)
    assert await call(room, "move", a_fan(), 0, "id", HELD, TEN_MINUTES, epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_offered_once(room: ARoom, call: Call, store: Store) -> None:
    """A fan has one code: it ends after ten minutes, and a new one takes its place."""
    fan = await room.admitted_fan()
    ends = room.clock.now_ms + TEN_MINUTES
    for _ in range(2):
        assert await call(room, "move", fan, 0, "one", HELD, TEN_MINUTES) == ["offered", str(ends)]
    assert await store.fields(room, "moves") == {"one": f"{fan}:{HELD}::", f"@{fan}": "one"}
    assert await store.scores(room, "moves_due") == {"one": ends}
    await call(room, "move", fan, 0, "two", HELD, TEN_MINUTES)
    assert await store.fields(room, "moves") == {"two": f"{fan}:{HELD}::", f"@{fan}": "two"}
    assert await store.scores(room, "moves_due") == {"two": ends}


async def test_what_is_over_goes(room: ARoom, call: Call, store: Store) -> None:
    """Codes whose time is over are cleared away by the next one."""
    await room.change(new_users_per_minute=0)
    fans = some_fans(3)
    await room.join(*fans)
    for number, fan in enumerate(fans[:2]):
        await call(room, "move", fan, 0, f"id {number}", HELD, TEN_MINUTES)
    room.clock.move(seconds=600)
    await call(room, "move", fans[2], 0, "id 2", HELD, TEN_MINUTES)
    assert await store.fields(room, "moves") == {"id 2": f"{fans[2]}:{HELD}::", f"@{fans[2]}": "id 2"}


async def test_who_may_not(room: ARoom, call: Call, store: Store) -> None:
    """Nobody offers a place that is over, unknown, moved away, or was moved as often as may be."""
    done, moved, often = [await room.active_fan() for _ in range(3)]
    await room.queue.finish(room.name, epoch=room.epoch, fan_id=done)
    await call(room, "standing", moved, 2)
    await call(room, "standing", often, 999)
    before = await store.everything(room)
    for fan, moves, reply in (
        (a_fan(), 0, ["unknown"]),
        (done, 0, ["over", "finished"]),
        (moved, 1, ["moved"]),
        (often, 999, ["exhausted"]),
    ):
        assert await call(room, "move", fan, moves, "id", HELD, TEN_MINUTES) == reply
    assert await store.everything(room) == before
