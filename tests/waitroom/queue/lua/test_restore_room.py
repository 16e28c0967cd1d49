"""restore_room.lua: every branch, the reply and what it leaves behind."""

from dataclasses import replace

import pytest

from tests.factories import ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store
from tests.waitroom.queue.losses import RECOVERING_SECONDS, kept, lose, lose_and_restore, offer
from tests.waitroom.queue.races import at_once, disarm
from waitroom.queue import Queue, Snapshot, State
from waitroom.queue.recovery import KeptRoom
from waitroom.queue.results import Deleted, OtherEpoch, RoomRestored, RoomStands

RECOVERING_MS = RECOVERING_SECONDS * 1000


async def snapshot_of(room: ARoom) -> Snapshot:
    """The room as the store describes it now."""
    advanced = await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)
    return Snapshot.parse(room.name, advanced.snapshot)


def later(kept_room: KeptRoom, **meter: str) -> KeptRoom:
    """The same room at a later moment."""
    return replace(kept_room, meter=kept_room.meter | meter)


async def test_a_lost_room_is_back_and_recovers(room: ARoom, store: Store) -> None:
    """Settings, epoch and version are as they were, and until the recovery's end no turn is given."""
    before = await lose_and_restore(store.client, room)
    until_ms = room.clock.now_ms + RECOVERING_MS
    assert await store.fields(room, "room") == before.fields
    snapshot = await snapshot_of(room)
    assert (snapshot.epoch, snapshot.settings, snapshot.version) == (room.epoch, room.settings, 1)
    assert snapshot.recovering_until_ms == until_ms
    assert room.name in await room.queue.rooms()


async def test_nobody_has_a_turn_before_the_recovery_ends(room: ARoom, store: Store) -> None:
    """Who comes first of those who come back overtakes nobody: an idle room gives no turn either."""
    await lose_and_restore(store.client, room)
    (first,) = await room.join(a_fan())
    assert first.state is State.WAITING
    for _ in range(3):
        assert await room.advance(seconds=25) == 0
    room.clock.move(seconds=RECOVERING_SECONDS - 75)
    # The bucket starts empty, as after every gap.
    assert await room.advance() == 0
    assert await room.advance(seconds=1) == 1


async def test_repeated(room: ARoom, store: Store) -> None:
    """A second edge that offers the same changes nothing and learns until when the room recovers."""
    before = await lose_and_restore(store.client, room)
    until_ms = room.clock.now_ms + RECOVERING_MS
    everything = await store.everything(room)
    room.clock.move(seconds=5)
    assert await offer(room, before) == RoomStands(recovering_until_ms=until_ms)
    assert await store.everything(room) == everything


async def test_a_room_that_stands_stays_as_it_is(room: ARoom, store: Store) -> None:
    """Only after a loss a room is put back: also a later state than the store's changes nothing."""
    before = await kept(room)
    everything = await store.everything(room)
    offered = replace(before, fields=before.fields | {"version": "9", "name": "Another"})
    assert await offer(room, offered) == RoomStands(recovering_until_ms=None)
    assert await store.everything(room) == everything


async def test_after_the_recovery_nothing_is_put_back(room: ARoom, store: Store) -> None:
    """An edge that comes late with a later state is told that the room stands."""
    before = await lose_and_restore(store.client, room)
    room.clock.move(seconds=RECOVERING_SECONDS)
    assert await offer(room, later(before, watermark="9")) == RoomStands(recovering_until_ms=None)


@pytest.mark.parametrize("is_older_first", [True, False])
async def test_while_it_recovers_the_later_state_wins(room: ARoom, store: Store, is_older_first: bool) -> None:
    """Whatever the order in which edges of different ages come, the latest state stands, until the same moment."""
    older = await kept(room)
    await room.change(new_users_per_minute=60)
    await room.active_fan()
    newer = await kept(room)
    await lose(store.client, room)
    until_ms = room.clock.now_ms + RECOVERING_MS
    for offered in (older, newer) if is_older_first else (newer, older):
        await offer(room, offered)
        room.clock.move(seconds=1)
    snapshot = await snapshot_of(room)
    assert (snapshot.version, snapshot.rate.per_minute, snapshot.watermark) == (2, 60, newer.watermark)
    assert snapshot.recovering_until_ms == until_ms


async def test_a_pinned_draw_stands_before_an_open_lobby(queue: Queue, room_name: str, store: Store) -> None:
    """An edge that did not see the draw does not undo it, though version and watermark are the same."""
    lobby = await ARoom.with_lobby(queue, room_name)
    older = await kept(lobby)
    pinned = later(
        older, frozen_at_us=str(lobby.clock.now_us), root="aa", count="3", chunks="1", seed="bb", key_hash="cc"
    )
    await lose(store.client, lobby)
    assert isinstance(await offer(lobby, older), RoomRestored)
    assert isinstance(await offer(lobby, pinned), RoomRestored)
    assert isinstance(await offer(lobby, older), RoomStands)
    assert (await store.meter(lobby, "key_hash"), await store.meter(lobby, "drawn")) == ("cc", "1")


async def test_ten_edges_put_back_one_room(room: ARoom, store: Store) -> None:
    """Of ten edges that offer at once, one puts the room back and all name the same moment."""
    before = await kept(room)
    await lose(store.client, room)
    answers = await at_once(*[lambda: offer(room, before)] * 10)
    until_ms = room.clock.now_ms + RECOVERING_MS
    assert [type(answer) for answer in answers].count(RoomRestored) == 1
    assert {answer.recovering_until_ms for answer in answers if isinstance(answer, RoomRestored | RoomStands)} == {
        until_ms
    }


async def test_a_deleted_room_stays_deleted(room: ARoom, store: Store) -> None:
    """Who deleted the room meant it, whatever an edge has kept."""
    before = await kept(room)
    await room.queue.delete(room.name)
    assert await offer(room, before) == Deleted()
    assert not await store.fields(room, "room")


async def test_without_the_tombstone_it_would_come_back(
    room: ARoom, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is the noted deletion alone that keeps an edge from bringing the room back."""
    before = await kept(room)
    await room.queue.delete(room.name)
    disarm(monkeypatch, "if redis.call('HEXISTS', DELETED, ARGV[2]) == 1 then return { 'deleted' } end", "")
    assert isinstance(await offer(room, before), RoomRestored)
    assert await store.fields(room, "room")


async def test_a_room_made_anew_is_another(queue: Queue, room_name: str, store: Store) -> None:
    """A later room of the name is not mixed with the one an edge keeps."""
    old = await ARoom.open(queue, room_name)
    before = await kept(old)
    await queue.delete(room_name)
    new = await ARoom.open(queue, room_name, clock=old.clock)
    everything = await store.everything(new)
    assert await offer(old, replace(before, fields=before.fields | {"version": "9"})) == Deleted()
    await store.client.delete(f"wr:{{{room_name}}}:deleted")
    assert await offer(old, before) == OtherEpoch()
    assert await store.everything(new) == {part: value for part, value in everything.items() if "deleted" not in part}


async def test_of_two_lost_rooms_of_a_name_the_later_stands(queue: Queue, room_name: str, store: Store) -> None:
    """An edge that slept through deletion and loss may come first: the room that was made later takes its place."""
    old = await ARoom.open(queue, room_name)
    old_kept = await kept(old)
    await queue.delete(room_name)
    old.clock.move(seconds=60)
    new = await ARoom.open(queue, room_name, clock=old.clock)
    new_kept = await kept(new)
    await lose(store.client, new)

    assert isinstance(await offer(old, old_kept), RoomRestored)
    await old.join(a_fan())
    assert isinstance(await offer(new, new_kept), RoomRestored)
    assert (await snapshot_of(new)).epoch == new.epoch
    assert not await store.scores(new, "waiting")
    assert await offer(old, old_kept) == Deleted()


async def test_moments_of_entry_stay_taken(queue: Queue, room_name: str, store: Store) -> None:
    """Who claims after a loss enters after all who claimed before it."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=1, total_active_users=100, claim_minutes=60)
    await room.change(new_users_per_minute=6000)
    fans = some_fans(20)
    await room.join(*fans)
    while await room.advance(seconds=1):
        pass
    await room.change(new_users_per_minute=1)
    last = max([(await room.claimed(fan)).enter_at_ms for fan in fans])
    assert last > room.clock.now_ms + RECOVERING_MS * 2
    await lose_and_restore(store.client, room)
    room.clock.move(seconds=RECOVERING_SECONDS)
    newcomer = a_fan()
    await room.join(newcomer)
    while not await room.advance(seconds=1):
        pass
    assert (await room.claimed(newcomer)).enter_at_ms >= last + 59_999


async def test_what_was_claimed_after_the_last_look_is_covered(room: ARoom, store: Store) -> None:
    """Moments of entry that the edge never saw lie in the recovery, in which none is given."""
    before = await kept(room)
    await lose(store.client, room)
    await offer(room, before)
    assert int(await store.meter(room, "free_from_us") or 0) == (room.clock.now_ms + RECOVERING_MS) * 1000


async def test_the_speed_of_the_line_makes_no_leap(room: ARoom, store: Store) -> None:
    """Turns that were given before the loss are not taken for turns of the first second after it."""
    await room.join(*some_fans(30))
    for _ in range(4):
        await room.advance(seconds=1)
    await lose_and_restore(store.client, room)
    await room.advance(seconds=1)
    await room.advance(seconds=1)
    assert not (await snapshot_of(room)).measured_per_minute


async def test_gathering_waits_for_the_recovery(lobby: ARoom, store: Store, call: Call) -> None:
    """A frozen lobby is listed only once its fans had their time to come back."""
    fans = some_fans(3)
    await lobby.join(*fans)
    lobby.clock.move(seconds=61)
    await lobby.queue.freeze(lobby.name, now_us=lobby.clock.now_us)
    await lose_and_restore(store.client, lobby)
    assert await call(lobby, "gather", "edge", 5000, "", "", "", "", "", "", "") == ["open"]
    lobby.clock.move(seconds=RECOVERING_SECONDS)
    assert (await call(lobby, "gather", "edge", 5000, "", "", "", "", "", "", ""))[0] == "next"


async def test_a_lobby_is_not_frozen_while_it_recovers(lobby: ARoom, store: Store, call: Call) -> None:
    """A release that falls into the recovery waits for its end."""
    await lose_and_restore(store.client, lobby)
    lobby.clock.move(seconds=61)
    assert (await call(lobby, "freeze"))[0] == "open"
    lobby.clock.move(seconds=RECOVERING_SECONDS)
    assert (await call(lobby, "freeze"))[0] == "frozen"


async def adds_up(room: ARoom) -> dict[str, int]:
    """Hold the totals against who is where, and return them."""
    snapshot = await snapshot_of(room)
    counts, totals = snapshot.counts, snapshot.totals
    over = sum(totals[name] for name in ("finished", "expired", "lapsed", "left"))
    assert totals["joined"] == counts.lobby + counts.waiting + counts.admitted + counts.active + over
    assert totals["given"] + counts.lobby + counts.waiting <= totals["joined"]
    assert totals["entered"] <= totals["claimed"] <= totals["given"]
    return totals


async def test_totals_add_up_whoever_comes_back(room: ARoom, store: Store, call: Call) -> None:
    """At every step after a loss the totals agree with who is where: no alert is raised, and none is blind."""
    finished, inside, admitted = await room.active_fan(), await room.active_fan(), await room.admitted_fan()
    await room.change(new_users_per_minute=0)
    waiting, left = some_fans(2)
    await room.join(waiting, left)
    await call(room, "leave", left)
    await call(room, "enter", inside, "s")
    await call(room, "enter", finished, "t")
    await call(room, "finish", finished)
    await adds_up(room)
    await lose_and_restore(store.client, room)
    assert (await adds_up(room))["joined"] == 2
    back = [(fan, 0, score) for score, fan in enumerate([finished, admitted, waiting])]
    await room.queue.restore(room.name, back, epoch=room.epoch, now_us=room.clock.now_us)
    await adds_up(room)
    for verb, *arguments in [
        ("enter", inside, "s"),
        ("finish", finished),
        ("enter", admitted, "u"),
        ("finish", admitted),
        ("finish", a_fan()),
        ("leave", waiting),
    ]:
        await call(room, verb, *arguments)
        await adds_up(room)
    room.clock.move(seconds=RECOVERING_SECONDS)
    await call(room, "finish", a_fan())
    await call(room, "enter", a_fan(), "v")
    assert (await adds_up(room))["finished"] == 3


GUARDS = [
    ("or room.is_recovering)", ")", "turn"),
    ("if not room.frozen_at_us or room.is_recovering then return { 'open' } end", "", "list"),
    ("if room.frozen_at_us or room.is_recovering then return end", "if room.frozen_at_us then return end", "freeze"),
]


@pytest.mark.parametrize(("guard", "instead", "early"), GUARDS, ids=[early for *_, early in GUARDS])
async def test_without_its_guards_a_recovery_is_none(
    lobby: ARoom, store: Store, call: Call, monkeypatch: pytest.MonkeyPatch, guard: str, instead: str, early: str
) -> None:
    """The control: each guard alone keeps a turn, a list or a freeze from coming before the recovery's end."""

    async def what_came_early() -> str | None:
        await lobby.join(a_fan())
        lobby.clock.move(seconds=61)
        await lobby.advance(seconds=1)
        if await store.meter(lobby, "frozen_at_us"):
            return "freeze"
        await store.client.hset(f"wr:{{{lobby.name}}}:meter", "frozen_at_us", lobby.clock.now_us)
        if (await call(lobby, "gather", "edge", 5000, "", "", "", "", "", "", ""))[0] != "open":
            return "list"
        await store.client.hset(f"wr:{{{lobby.name}}}:meter", "drawn", 1)
        await lobby.join(a_fan())
        await lobby.advance(seconds=1)
        await lobby.advance(seconds=1)
        return "turn" if await store.scores(lobby, "admitted") else None

    before = await lose_and_restore(store.client, lobby)
    assert await what_came_early() is None
    await lose(store.client, lobby)
    lobby.clock.move(seconds=-60)
    await offer(lobby, before)
    disarm(monkeypatch, guard, instead)
    assert await what_came_early() == early


async def test_without_the_order_of_ages_the_older_state_would_win(
    room: ARoom, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: an edge of the day before would undo a change."""
    older = await kept(room)
    await room.change(name="Changed")
    newer = await kept(room)
    await lose(store.client, room)
    disarm(monkeypatch, "if offered ~= value then return offered > value end", "return true")
    for offered in (newer, older):
        await offer(room, offered)
    assert (await snapshot_of(room)).version == 1
