"""draw.lua: every branch, the reply and what it leaves behind."""

from collections.abc import Sequence

import pytest

from tests.factories import ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store
from tests.waitroom.queue.races import disarm
from waitroom.queue import Over, State
from waitroom.queue.gathering import first_of
from waitroom.queue.ordering import write_place
from waitroom.queue.packing import pack_fans

CHUNK = 2


async def pinned(room: ARoom, call: Call, *tiers: Sequence[str]) -> ARoom:
    """Close the room's lobby, list these fans, tier by tier, two in a chunk, and pin the draw."""
    room.clock.move(seconds=60)
    await call(room, "freeze")
    listed = [(tier, fan) for tier, fans in enumerate(tiers) for fan in sorted(fans)]
    for index, at in enumerate(range(0, len(listed), CHUNK)):
        few = listed[at : at + CHUNK]
        packed = pack_fans([fan.encode() for _, fan in few], bytes(tier for tier, _ in few))
        count = at + len(few)
        root = "root" if count == len(listed) else ""
        await call(room, "gather", "a", 5000, index, packed, "h", "f", root, count, first_of(packed))
    await call(room, "pin", "root", "seed", "", "hash")
    return room


def places(fans: Sequence[str], *, start: int = 0) -> bytes:
    """Scores one after another, and the fans who get them."""
    return b"".join(write_place(score, fan) for score, fan in enumerate(fans, start=start))


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
    await pinned(lobby, call, [fan])
    assert await call(lobby, "draw", "other", 0, places([fan])) == ["other_key", "hash"]
    assert await store.scores(lobby, "waiting") == {}


async def test_move_by_move(lobby: ARoom, call: Call, store: Store) -> None:
    """Each move is made once, in its order; with the last one the room is drawn."""
    fans = some_fans(4)
    await lobby.join(*fans)
    await pinned(lobby, call, fans)
    assert await call(lobby, "draw", "hash", "") == ["next", "0", "4"]
    assert await call(lobby, "draw", "hash", 0, places(fans[:2])) == ["next", "2", "4"]
    assert await store.scores(lobby, "waiting") == {fans[0]: 0, fans[1]: 1}
    assert [await lobby.state(fan) for fan in fans] == [State.WAITING] * 2 + [State.LOBBY] * 2
    assert len(await store.scores(lobby, "lobby")) == 2
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
    await pinned(lobby, call, [stays, leaves])
    assert await lobby.queue.leave(lobby.name, epoch=lobby.epoch, fan_id=leaves) == Over(state=State.LEFT)
    await call(lobby, "draw", "hash", 0, places([leaves, stays]))
    assert await store.scores(lobby, "waiting") == {stays: 1}
    assert await store.scores(lobby, "lobby") == {}
    assert await lobby.state(leaves) is State.LEFT


async def test_all_of_a_move_left(lobby: ARoom, call: Call, store: Store) -> None:
    """A move of nobody but leavers moves nobody."""
    fans = some_fans(3)
    await lobby.join(*fans)
    await pinned(lobby, call, fans)
    for fan in fans:
        await lobby.queue.leave(lobby.name, epoch=lobby.epoch, fan_id=fan)
    assert await call(lobby, "draw", "hash", 0, places(fans)) == ["drawn"]
    assert await store.scores(lobby, "waiting") == {}


async def test_while_the_drawn_move_the_others_are_in_the_lobby(lobby: ARoom, call: Call, store: Store) -> None:
    """Who is still to be moved is found in the list, whatever its tier and chunk; the lobby's number says how many."""
    tiers = [some_fans(5), [], some_fans(4), some_fans(1)]
    entrants = {fan: tier for tier, fans in enumerate(tiers) for fan in fans}
    for fan, tier in entrants.items():
        await lobby.join(fan, tier=tier)
    await pinned(lobby, call, *tiers)
    fans, stranger = list(entrants), a_fan()
    for moved in range(len(fans)):
        standings = [(await call(lobby, "standing", fan))[1] for fan in fans]
        assert [standing[0] for standing in standings] == ["waiting"] * moved + ["lobby"] * (len(fans) - moved)
        assert [int(standing[6]) for standing in standings[moved:]] == list(entrants.values())[moved:]
        assert await lobby.state(stranger) is State.UNKNOWN
        assert len(await store.scores(lobby, "lobby")) == len(fans) - moved
        await call(lobby, "draw", "hash", moved, places(fans[moved : moved + 1], start=moved))
    assert {await lobby.state(fan) for fan in fans} == {State.WAITING}


@pytest.mark.parametrize("text", ["", "x", "A" * 21 + "B", "A" * 21 + "=", "A" * 23, "ä" * 11])
async def test_what_is_no_fan_id_is_nobody(lobby: ARoom, call: Call, text: str) -> None:
    """While the drawn move, a text that is no fan id is as unknown as ever, also one that is read to the same bytes."""
    fan = "A" * 22
    await lobby.join(fan)
    await pinned(lobby, call, [fan, *some_fans(3)])
    await call(lobby, "draw", "hash", 0, places(some_fans(1)))
    assert (await call(lobby, "standing", text))[1][0] == "unknown"
    assert await lobby.state(fan) is State.LOBBY


async def visit_while_the_drawn_move(room: ARoom, call: Call, store: Store) -> tuple[list[State], str | None]:
    """Three who are no more in the set, but still to be moved, leave, enter and join again; states, and the total."""
    fans = sorted(some_fans(6))
    await room.join(*fans)
    await pinned(room, call, fans)
    await call(room, "draw", "hash", 0, places(fans[3:]))
    assert not (await store.scores(room, "lobby")).keys() & set(fans[:3])
    await call(room, "leave", fans[0])
    await call(room, "enter", fans[1], "s")
    await room.join(fans[2])
    await call(room, "draw", "hash", 3, places(fans[:3], start=3))
    return [await room.state(fan) for fan in fans], await store.meter(room, "joined")


AS_IN_THE_LOBBY = [State.LEFT, State.ACTIVE, State.WAITING, *[State.WAITING] * 3], "6"


async def test_nobody_is_lost_or_new_while_the_drawn_move(lobby: ARoom, call: Call, store: Store) -> None:
    """A leave is noted, an entry gets a slot, a repeated join makes nobody new: as in the lobby."""
    assert await visit_while_the_drawn_move(lobby, call, store) == AS_IN_THE_LOBBY


async def test_entrants_who_are_not_looked_for_are_noticed(
    lobby: ARoom, call: Call, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the look into the list a leave is forgotten, and who enters or joins again counts twice."""
    disarm(monkeypatch, "  return tier_in_list(fan)\n", "  return nil\n")
    states, joined = await visit_while_the_drawn_move(lobby, call, store)
    assert (states[0], joined) == (State.WAITING, "8")


@pytest.mark.parametrize("count", [999, 1000, 3000])
async def test_a_whole_move(lobby: ARoom, call: Call, store: Store, count: int) -> None:
    """A move of as many as there may be is made whole."""
    fans = some_fans(count)
    await lobby.join(*fans)
    await pinned(lobby, call, fans)
    assert await call(lobby, "draw", "hash", 0, places(fans)) == ["drawn"]
    assert list(await store.scores(lobby, "waiting")) == fans
    assert await store.scores(lobby, "lobby") == {}
