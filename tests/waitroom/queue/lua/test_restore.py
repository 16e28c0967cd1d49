"""restore.lua: every branch, the reply and what it leaves behind."""

import pytest

from tests.factories import ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store
from tests.waitroom.queue.losses import RECOVERING_SECONDS, lose_and_restore
from tests.waitroom.queue.races import disarm
from waitroom.queue import Standing, State
from waitroom.queue.scores import ARRIVALS, TIER


async def scored(room: ARoom, *fans: str, tier: int = 0) -> list[tuple[str, int, int]]:
    """Let fans join, and give what their passes say."""
    standings = await room.join(*fans, tier=tier)
    return [(standing.fan_id, tier, standing.score) for standing in standings if standing.score is not None]


async def restored(room: ARoom, *fans: tuple[str, int, int | None]) -> list[Standing]:
    """Put fans back now."""
    answers = await room.queue.restore(room.name, fans, epoch=room.epoch, now_us=room.clock.now_us)
    assert isinstance(answers, list)
    return answers


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "restore", a_fan(), 0, "lobby") == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A pass of an earlier room of this name puts nobody back."""
    before = await store.everything(room)
    assert await call(room, "restore", a_fan(), 0, 5, epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_back_where_they_were(room: ARoom, store: Store) -> None:
    """Whatever the order in which they come, fans stand in the order of their passes, newcomers behind."""
    await room.change(new_users_per_minute=0)
    passes = await scored(room, *some_fans(5)) + await scored(room, *some_fans(2), tier=1)
    await lose_and_restore(store.client, room)
    (newcomer,) = await room.join(a_fan())
    answers = await restored(room, *reversed(passes))
    assert {answer.state for answer in answers} == {State.WAITING}
    in_line = list(await store.scores(room, "waiting"))
    first_tier = [fan for fan, tier, _ in passes if tier == 0]
    assert in_line == [*first_tier, newcomer.fan_id, *[fan for fan, tier, _ in passes if tier == 1]]
    assert await store.meter(room, "restored") == "7"


async def test_repeated(room: ARoom, store: Store) -> None:
    """A second presentation of a pass, also in the same batch, changes nothing and answers the same."""
    await room.change(new_users_per_minute=0)
    (one,) = await scored(room, a_fan())
    await lose_and_restore(store.client, room)
    first = await restored(room, one, one)
    before = await store.everything(room)
    assert await restored(room, one) == first[:1] == first[1:]
    assert await store.everything(room) == before
    assert await store.meter(room, "restored") == "1"


async def test_a_fan_whom_the_room_knows_is_left_alone(room: ARoom, store: Store) -> None:
    """An old pass moves nobody: who has the turn keeps it."""
    admitted, active = await room.admitted_fan(), await room.active_fan()
    before = await store.everything(room)
    answers = await restored(room, (admitted, 0, 5), (active, 0, 6))
    assert [answer.state for answer in answers] == [State.ADMITTED, State.ACTIVE]
    assert await store.everything(room) == before


@pytest.mark.parametrize("ending", ["finish", "leave"])
async def test_a_turn_that_is_over_is_over(room: ARoom, store: Store, ending: str) -> None:
    """No pass brings a turn back that the room knows to be over."""
    fan = await room.active_fan()
    await getattr(room.queue, ending)(room.name, epoch=room.epoch, fan_id=fan, now_us=room.clock.now_us)
    before = await store.everything(room)
    (answer,) = await restored(room, (fan, 0, 5))
    assert answer.state.is_over
    assert await store.everything(room) == before


async def test_without_the_note_of_the_end_the_turn_would_come_again(
    room: ARoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is the note in `ended` alone that stops a pass whose turn is over."""
    fan = await room.active_fan()
    await room.queue.finish(room.name, epoch=room.epoch, fan_id=fan, now_us=room.clock.now_us)
    disarm(monkeypatch, "if reason then return { reason, '', '', '', '', '', '' } end", "")
    (answer,) = await restored(room, (fan, 0, 5))
    assert answer.state is State.WAITING


async def test_into_the_open_lobby(lobby: ARoom, store: Store) -> None:
    """A fan of the lobby is in the lobby again, in the own tier."""
    fan = a_fan()
    (answer,) = await restored(lobby, (fan, 3, None))
    assert (answer.state, answer.tier) == (State.LOBBY, 3)
    assert await store.scores(lobby, "lobby") == {fan: 3}


async def test_into_a_frozen_lobby_that_is_not_listed_yet(lobby: ARoom, store: Store) -> None:
    """While a frozen room recovers nothing is listed: who was in the lobby comes back into it, newcomers do not."""
    lobby.clock.move(seconds=61)
    await lobby.queue.freeze(lobby.name, now_us=lobby.clock.now_us)
    until_ms = lobby.clock.now_ms + 1000
    await store.client.hset(f"wr:{{{lobby.name}}}:meter", "recovering_until_ms", until_ms)
    fan = a_fan()
    (answer,) = await restored(lobby, (fan, 0, None))
    (newcomer,) = await lobby.join(a_fan())
    assert (answer.state, newcomer.state) == (State.LOBBY, State.WAITING)
    assert await store.scores(lobby, "lobby") == {fan: 0}


async def test_too_late_for_the_list(lobby: ARoom, store: Store) -> None:
    """Once an edge may read the list nobody comes into the lobby: the fan waits for the drawn score."""
    lobby.clock.move(seconds=61)
    await lobby.queue.freeze(lobby.name, now_us=lobby.clock.now_us)
    before = await store.everything(lobby)
    (answer,) = await restored(lobby, (a_fan(), 2, None))
    assert (answer.state, answer.tier) == (State.LOBBY, 2)
    assert await store.everything(lobby) == before


async def test_behind(room: ARoom, store: Store, call: Call) -> None:
    """Whom the drawn list does not hold stands behind all who came so far, and before who comes next."""
    await room.change(new_users_per_minute=0)
    (before,) = await room.join(a_fan())
    fan = a_fan()
    room.clock.move(seconds=-30)
    reply = await call(room, "restore", fan, 0, "behind")
    (after,) = await room.join(a_fan())
    assert reply[1][0] == "waiting"
    assert list(await store.scores(room, "waiting")) == [before.fan_id, fan, after.fan_id]


async def test_newcomers_stand_behind_whoever_is_back(room: ARoom, store: Store) -> None:
    """Also on a store whose clock is behind, who joins anew comes after all who have come back so far."""
    await room.change(new_users_per_minute=0)
    room.clock.move(seconds=600)
    (last,) = await scored(room, a_fan())
    await store.client.hdel(f"wr:{{{room.name}}}:meter", "last_arrival_us")
    await store.client.delete(f"wr:{{{room.name}}}:waiting")
    room.clock.move(seconds=-500)
    await restored(room, last)
    ((_, _, score),) = await scored(room, a_fan())
    assert score == last[2] + 1


async def test_scores_keep_all_their_digits(room: ARoom, store: Store) -> None:
    """A score near 2^53 comes back to the last digit."""
    await room.change(new_users_per_minute=0)
    score = 7 * TIER + ARRIVALS + 123_456_789_012_345
    (answer,) = await restored(room, (a_fan(), 7, score))
    assert answer.score == score
    assert await store.meter(room, "last_arrival_us") == "123456789012345"


async def test_a_fan_who_could_not_be_drawn(room: ARoom, store: Store) -> None:
    """One bad pass of a batch puts nobody back."""
    before = await store.everything(room)
    with pytest.raises(ValueError, match="base64"):
        await restored(room, (a_fan(), 0, 5), ("no fan", 0, 6))
    assert await store.everything(room) == before


async def test_after_the_recovery_the_first_is_first(room: ARoom, store: Store) -> None:
    """Who had the turn and lost it with the store is the first to have it again."""
    passes = await scored(room, *some_fans(30))
    had_turn = [fan for fan, _, _ in passes if await room.state(fan) is State.ADMITTED]
    while len(had_turn) < 15:
        await room.advance(seconds=1)
        had_turn = [fan for fan, _, _ in passes if await room.state(fan) is State.ADMITTED]
    await lose_and_restore(store.client, room)
    await restored(room, *reversed(passes))
    room.clock.move(seconds=RECOVERING_SECONDS)
    given: list[str] = []
    while len(given) < 15:
        await room.advance(seconds=1)
        given = list(await store.scores(room, "admitted"))
    assert set(had_turn) <= set(given)


async def test_places_are_those_after_the_whole_batch(room: ARoom, call: Call) -> None:
    """Who is put back before others of the same batch is told how many of them stand ahead."""
    last, first = some_fans(2)
    reply = await call(room, "restore", last, 0, 2**48 + 9, first, 0, 2**48 + 5)
    assert [standing[2] for standing in reply[1:]] == ["1", "0"]
