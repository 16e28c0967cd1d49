"""join.lua: every branch, the reply and what it leaves behind."""

import pytest

from tests.factories import START_MS, ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import Queue, State
from waitroom.queue.scores import ARRIVALS, TIER

LOBBY = ["lobby", "", "", "", "", ""]
"""The standing of a fan of the lobby, but for the tier."""


def waiting(score: int, ahead: int) -> list[str]:
    """The standing of a fan in the line."""
    return ["waiting", str(score), str(ahead), "", "", "", str(score // TIER)]


@pytest.fixture
async def shut(room: ARoom) -> ARoom:
    """An open room that gives no turns."""
    await room.change(new_users_per_minute=0)
    return room


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "join", a_fan(), 0, "") == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name changes nothing."""
    before = await store.everything(room)
    assert await call(room, "join", a_fan(), 0, "", epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_lobby(lobby: ARoom, call: Call, store: Store) -> None:
    """Fans of the lobby stand by tier, without a place."""
    first, second = a_fan(), a_fan()
    assert await call(lobby, "join", first, 3, "", second, 0, "") == ["joined", [*LOBBY, "3"], [*LOBBY, "0"]]
    assert await store.scores(lobby, "lobby") == {second: 0, first: 3}
    assert await store.meter(lobby, "joined") == "2"


async def test_repeated(lobby: ARoom, call: Call, store: Store) -> None:
    """A fan already known gets the standing answer, also within one call, and keeps the tier."""
    fan = a_fan()
    await call(lobby, "join", fan, 3, "")
    before = await store.everything(lobby)
    assert await call(lobby, "join", fan, 0, "", fan, 1, "") == ["joined", [*LOBBY, "3"], [*LOBBY, "3"]]
    assert await store.everything(lobby) == before


async def test_not_open(queue: Queue, room_name: str, call: Call, store: Store) -> None:
    """Before the lobby opens nobody is taken in, and everyone is told when."""
    room = await ARoom.with_lobby(queue, room_name, lobby_at=START_MS + 1000)
    before = await store.everything(room)
    assert await call(room, "join", a_fan(), 0, "") == ["joined", ["not_open", str(START_MS + 1000)]]
    assert await store.everything(room) == before


async def test_closed(room: ARoom, call: Call, store: Store) -> None:
    """A closed room takes no new fan, and tells the others how they stand."""
    active = await room.active_fan()
    await room.change(closes_at=room.clock.now_ms)
    before = await store.everything(room)
    answer = await call(room, "join", a_fan(), 0, "", active, 0, "")
    assert answer[1] == ["closed"]
    assert answer[2][0] == "active"
    assert await store.everything(room) == before


async def test_line(shut: ARoom, call: Call, store: Store) -> None:
    """Arrivals stand by the microseconds since the freeze, those of one call in its order."""
    first, second = a_fan(), a_fan()
    shut.clock.move(seconds=2)
    expected = [ARRIVALS + 2_000_000, ARRIVALS + 2_000_001]
    answer = await call(shut, "join", first, 0, "", second, 0, "")
    assert answer == ["joined", waiting(expected[0], 0), waiting(expected[1], 1)]
    assert await store.scores(shut, "waiting") == dict(zip([first, second], expected, strict=True))
    assert await store.meter(shut, "last_arrival_us") == "2000001"
    before = await store.everything(shut)
    assert await call(shut, "join", second, 0, "", first, 0, "") == ["joined", *reversed(answer[1:])]
    assert await store.everything(shut) == before


async def test_line_of_tiers(shut: ARoom, call: Call) -> None:
    """A lower tier goes first, whenever it comes."""
    late, early = a_fan(), a_fan()
    assert await call(shut, "join", late, 7, "") == ["joined", waiting(7 * TIER + ARRIVALS, 0)]
    assert await call(shut, "join", early, 1, "") == ["joined", waiting(TIER + ARRIVALS + 1, 0)]
    assert (await call(shut, "join", late, 7, ""))[1][2] == "1"


async def test_order_holds_when_the_clock_runs_back(shut: ARoom, store: Store) -> None:
    """First come is first served also when the clock runs backwards."""
    fans = some_fans(6)
    for fan, seconds in zip(fans, (0, 5, -20, 0, 3, -3600), strict=True):
        shut.clock.move(seconds=seconds)
        await shut.join(fan)
    assert list(await store.scores(shut, "waiting")) == fans


async def test_closes_a_lobby_whose_time_has_come(lobby: ARoom, call: Call, store: Store) -> None:
    """The first who joins after the closing time closes the lobby and stands behind it."""
    drawn, late = a_fan(), a_fan()
    await lobby.join(drawn)
    lobby.clock.move(seconds=60)
    assert await call(lobby, "join", late, 0, "") == ["joined", waiting(ARRIVALS, 0)]
    assert await store.meter(lobby, "frozen_at_us") == str(lobby.clock.now_us)
    assert await store.scores(lobby, "lobby") == {drawn: 0}
    lobby.clock.move(seconds=-120)
    assert (await call(lobby, "join", a_fan(), 0, ""))[1] == waiting(ARRIVALS + 1, 1)


async def test_an_idle_room_gives_the_turn_at_once(room: ARoom, call: Call, store: Store) -> None:
    """In a room with turns to give nobody waits for the next look."""
    fan = a_fan()
    claim_by = START_MS + 600_000
    assert await call(room, "join", fan, 0, "") == [
        "joined",
        ["admitted", "", "0", str(START_MS), str(claim_by), "", "0"],
    ]
    assert await store.scores(room, "admitted") == {fan: 600_000}
    assert await store.meter(room, "given") == "1"
    (entry,) = await store.log(room, "admissions")
    assert (entry["at_ms"], entry["turns"], entry["per_minute"], entry["share"]) == (str(START_MS), "1", "600", "1")
    assert entry["first"] == entry["last"] == str(ARRIVALS)


async def test_a_busy_room_gives_no_turn_at_a_join(room: ARoom) -> None:
    """When not all who wait can have the turn, nobody gets it by joining: the line is served from its head."""
    await room.join(*some_fans(11))
    (standing,) = await room.join(a_fan())
    assert (standing.state, standing.ahead) == (State.WAITING, 11)


async def test_who_waited_is_told_of_the_turn_that_the_join_gave(room: ARoom, call: Call) -> None:
    """When a join gives all who wait their turn, the answer says so to each of its fans."""
    fans = some_fans(11)
    await room.join(*fans)
    await room.advance()
    room.clock.move(seconds=1)
    answers = (await call(room, "join", fans[-1], 0, "", a_fan(), 0, ""))[1:]
    assert [answer[0] for answer in answers] == ["admitted", "admitted"]


@pytest.mark.parametrize("switch", [{"paused": True}, {"sold_out": True}, {"total_active_users": 0}])
async def test_no_turn_while_none_may_be_given(room: ARoom, switch: dict[str, object]) -> None:
    """A paused, sold-out or full room takes fans in and gives no turn."""
    await room.change(**switch)
    (standing,) = await room.join(a_fan())
    assert (standing.state, standing.ahead) == (State.WAITING, 0)


async def test_whose_turn_is_over_is_told_so(room: ARoom, call: Call, store: Store) -> None:
    """A fan id has one turn, ever."""
    fan = await room.active_fan()
    await room.queue.leave(room.name, epoch=room.epoch, fan_id=fan)
    before = await store.everything(room)
    assert await call(room, "join", fan, 0, "") == ["joined", ["left", "", "", "", "", "", ""]]
    assert await store.everything(room) == before


async def test_a_fan_who_could_not_be_drawn_is_refused(lobby: ARoom, store: Store) -> None:
    """A tier out of range or a fan id that is none takes nobody of the call in: it would hold up the whole draw."""
    for entrant in ((a_fan(), 8), (a_fan(), -1), ("short", 0), ("!" * 22, 0), (a_fan()[:-1] + "B", 0)):
        with pytest.raises(ValueError, match=r"tier|base64|ASCII|padding|data"):
            await lobby.queue.join(lobby.name, [(a_fan(), 0), entrant], now_us=lobby.clock.now_us)
    assert await store.scores(lobby, "lobby") == {}


async def test_a_batch_of_five_hundred(lobby: ARoom, store: Store) -> None:
    """A whole batch is answered in its order."""
    fans = some_fans(500)
    assert [standing.fan_id for standing in await lobby.join(*fans)] == fans
    assert set(await store.scores(lobby, "lobby")) == set(fans)
