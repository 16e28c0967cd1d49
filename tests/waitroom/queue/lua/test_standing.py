"""standing.lua: every branch, and that it writes nothing but what a pass tells."""

from tests.factories import START_MS, ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store
from tests.waitroom.queue.losses import lose_and_restore
from waitroom.queue.scores import ARRIVALS

NOTHING = ["", "", "", "", "", ""]


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "standing", a_fan()) == ["missing"]


async def test_other_epoch(room: ARoom, call: Call) -> None:
    """A caller who means an earlier room of this name is told so."""
    assert await call(room, "standing", a_fan(), epoch="another") == ["other_epoch"]


async def test_each_state_of_a_line(room: ARoom, call: Call, store: Store) -> None:
    """Each state has its own facts, and looking changes nothing."""
    done, active, admitted = [await room.admitted_fan() for _ in range(3)]
    await room.claimed(active)
    await room.claimed(done)
    await room.queue.finish(room.name, epoch=room.epoch, fan_id=done)
    await room.change(new_users_per_minute=0)
    ahead, waiting = some_fans(2)
    await room.join(ahead, waiting)
    before = await store.everything(room)
    now = room.clock.now_ms
    score = str(ARRIVALS + 3_000_001)
    room_ms = 2000
    expected = {
        done: ["finished", *NOTHING],
        active: ["active", "", "0", str(START_MS + 1000), "", str(now), "0"],
        admitted: ["admitted", "", "0", str(START_MS + 2000), str(now + 601_000 - room_ms), "", "0"],
        waiting: ["waiting", score, "1", "", "", "", "0"],
        a_fan(): ["unknown", *NOTHING],
    }
    for fan, standing in expected.items():
        assert await call(room, "standing", fan) == ["standing", standing]
    assert await store.everything(room) == before


async def test_lobby(lobby: ARoom, call: Call) -> None:
    """A fan of the lobby has no place; who left it after the freeze has left."""
    fan = a_fan()
    await lobby.join(fan)
    assert await call(lobby, "standing", fan) == ["standing", ["lobby", "", "", "", "", "", "0"]]
    lobby.clock.move(seconds=60)
    await call(lobby, "leave", fan)
    assert await call(lobby, "standing", fan) == ["standing", ["left", *NOTHING]]


async def test_the_deadline_while_paused(room: ARoom, call: Call) -> None:
    """The deadline moves away while room time stands."""
    fan = await room.admitted_fan()
    await room.change(paused=True)
    first = int((await call(room, "standing", fan))[1][4])
    room.clock.move(seconds=60)
    await call(room, "advance", 0)
    assert int((await call(room, "standing", fan))[1][4]) == first + 60_000


async def test_who_never_moved(room: ARoom, call: Call, store: Store) -> None:
    """A pass that tells no move leaves nothing behind."""
    fan = await room.admitted_fan()
    before = await store.everything(room)
    assert (await call(room, "standing", fan, 0))[1][0] == "admitted"
    assert (await call(room, "standing", a_fan(), 0))[1][0] == "unknown"
    assert await store.everything(room) == before


async def test_the_higher_number_stands(room: ARoom, call: Call, store: Store) -> None:
    """After a loss the room learns from the newest pass that comes; the older ones hold no more, in any order."""
    fan = await room.admitted_fan()
    await call(room, "standing", fan, 2)
    await lose_and_restore(store.client, room)
    assert (await call(room, "standing", fan, 1))[1][0] == "unknown"
    assert (await call(room, "standing", fan, 2))[1][0] == "unknown"
    assert (await call(room, "standing", fan, 1))[1][0] == "moved"
    assert (await call(room, "standing", fan, 0))[1][0] == "moved"
    assert await store.scores(room, "moved") == {fan: (room.clock.now_ms + 1) * 1000 + 2}
