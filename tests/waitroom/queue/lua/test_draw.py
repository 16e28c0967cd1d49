"""draw.lua: every branch, the reply and what it leaves behind."""

from collections.abc import Sequence

import pytest

from tests.factories import ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import Over, State
from waitroom.queue.moving import write_place


async def pinned(room: ARoom, call: Call, *, entrants: int) -> ARoom:
    """Close the room's lobby and pin a draw of so many."""
    room.clock.move(seconds=60)
    await call(room, "freeze")
    await call(room, "gather", "a", 5000, 0, b"x" * 17, "h", "f", "root", entrants)
    await call(room, "pin", "root", "seed", "", "hash")
    return room


def places(fans: Sequence[str], *, start: int = 0) -> str:
    """Scores one after another, and the fans who get them."""
    return "".join(write_place(score, fan) for score, fan in enumerate(fans, start=start))


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "draw", "hash", "") == ["missing"]


async def test_other_epoch(lobby: ARoom, call: Call) -> None:
    """A caller who means an earlier room of this name draws nobody."""
    assert await call(lobby, "draw", "hash", "", epoch="another") == ["other_epoch"]


async def test_not_pinned(lobby: ARoom, call: Call) -> None:
    """Before the pin nobody is drawn."""
    assert await call(lobby, "draw", "hash", 0, places([a_fan()])) == ["not_pinned"]


async def test_other_key(lobby: ARoom, call: Call, store: Store) -> None:
    """Scores made with another key are refused."""
    fan = a_fan()
    await lobby.join(fan)
    await pinned(lobby, call, entrants=1)
    assert await call(lobby, "draw", "other", 0, places([fan])) == ["other_key", "hash"]
    assert await store.scores(lobby, "waiting") == {}


async def test_move_by_move(lobby: ARoom, call: Call, store: Store) -> None:
    """Each move is made once, in its order; with the last one the room is drawn."""
    fans = some_fans(4)
    await lobby.join(*fans)
    await pinned(lobby, call, entrants=4)
    assert await call(lobby, "draw", "hash", "") == ["next", "0", "4"]
    assert await call(lobby, "draw", "hash", 0, places(fans[:2])) == ["next", "2", "4"]
    assert await store.scores(lobby, "waiting") == {fans[0]: 0, fans[1]: 1}
    assert (await store.scores(lobby, "lobby")).keys() == set(fans[2:])
    before = await store.everything(lobby)
    for moved in (0, 1, 3):
        assert await call(lobby, "draw", "hash", moved, places(fans, start=9)) == ["next", "2", "4"]
        assert await store.everything(lobby) == before
    assert await store.meter(lobby, "drawn") is None
    assert await call(lobby, "draw", "hash", 2, places(fans[2:], start=2)) == ["drawn"]
    assert list(await store.scores(lobby, "waiting")) == fans
    assert await store.scores(lobby, "lobby") == {}
    before = await store.everything(lobby)
    assert await call(lobby, "draw", "hash", 2, places(fans, start=9)) == ["drawn"]
    assert await store.everything(lobby) == before


async def test_who_left_gets_no_place(lobby: ARoom, call: Call, store: Store) -> None:
    """Who left after the freeze stays an entrant and is not put into the line."""
    stays, leaves = some_fans(2)
    await lobby.join(stays, leaves)
    await pinned(lobby, call, entrants=2)
    assert await lobby.queue.leave(lobby.name, epoch=lobby.epoch, fan_id=leaves) == Over(state=State.LEFT)
    await call(lobby, "draw", "hash", 0, places([leaves, stays]))
    assert await store.scores(lobby, "waiting") == {stays: 1}
    assert await store.scores(lobby, "lobby") == {}
    assert await lobby.state(leaves) is State.LEFT


async def test_all_of_a_move_left(lobby: ARoom, call: Call, store: Store) -> None:
    """A move of nobody but leavers moves nobody."""
    fans = some_fans(3)
    await lobby.join(*fans)
    await pinned(lobby, call, entrants=len(fans))
    for fan in fans:
        await lobby.queue.leave(lobby.name, epoch=lobby.epoch, fan_id=fan)
    assert await call(lobby, "draw", "hash", 0, places(fans)) == ["drawn"]
    assert await store.scores(lobby, "waiting") == {}


@pytest.mark.parametrize("count", [511, 512, 3000])
async def test_a_whole_move(lobby: ARoom, call: Call, store: Store, count: int) -> None:
    """A move of as many as there may be is made whole."""
    fans = some_fans(count)
    await lobby.join(*fans)
    await pinned(lobby, call, entrants=len(fans))
    assert await call(lobby, "draw", "hash", 0, places(fans)) == ["drawn"]
    assert list(await store.scores(lobby, "waiting")) == fans
    assert await store.scores(lobby, "lobby") == {}
