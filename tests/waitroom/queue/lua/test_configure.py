"""configure.lua: every branch, the reply and what it leaves behind."""

import json

from tests.factories import START_MS, ARoom, a_fan
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import Closed, Queue, State
from waitroom.rooms import RoomSettings


def pairs(settings: RoomSettings) -> list[str]:
    """Settings as the script takes them."""
    return [text for pair in settings.to_fields().items() for text in pair]


async def test_makes_a_room(room: ARoom, store: Store) -> None:
    """A new room has its settings, epoch and first version, for good, and stands in the list and the log."""
    kept = await store.everything(room)
    fields = await store.fields(room, "room")
    assert fields == room.settings.to_fields() | {
        "version": "1",
        "epoch": room.epoch,
        "created_at": str(START_MS),
        "rate_set_at_ms": "0",
        "rate_set_by": "test",
        "seed_key_id": "test",
        "commitment": fields["commitment"],
    }
    assert not [name for name in kept if name.endswith("lives")]
    (entry,) = await store.log(room, "changes")
    assert (entry["who"], entry["version"], entry["at_ms"]) == ("test", "1", str(START_MS))
    assert json.loads(entry["name"]) == ["", "Waiting room"]
    assert room.name in await room.queue.rooms()


async def test_made_again(room: ARoom, call: Call, store: Store) -> None:
    """Making a room that exists changes nothing."""
    before = await store.everything(room)
    made = await call(room, "configure", "", "who", *pairs(RoomSettings(name="Other")), epoch="another")
    assert made == ["exists", "1"]
    assert await store.everything(room) == before


async def test_made_again_is_listed(room: ARoom, store: Store) -> None:
    """A room whose maker was cut off before it was listed is listed by whoever makes it again."""
    await store.client.srem("wr:rooms", room.name)
    await room.queue.configure(room.name, fields=room.settings.to_fields(), who="x", expected=None, epoch="other")
    assert room.name in await room.queue.rooms()


async def test_without_a_release_the_line_is_open(room: ARoom, store: Store) -> None:
    """A room without a release is frozen and drawn from the start."""
    assert await store.meter(room, "drawn") == "1"


async def test_with_a_release_the_lobby_comes_first(lobby: ARoom, store: Store) -> None:
    """A room with a release begins with a lobby."""
    assert await store.fields(lobby, "meter") == {"rate_in_force": "600"}


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist cannot be changed."""
    assert await call(nowhere, "configure", "1", "who", "name", "New") == ["missing"]


async def test_other_epoch(room: ARoom, call: Call, store: Store) -> None:
    """A caller who means an earlier room of this name changes nothing."""
    before = await store.everything(room)
    assert await call(room, "configure", "1", "who", "name", "New", epoch="another") == ["other_epoch"]
    assert await store.everything(room) == before


async def test_stale_and_repeated(room: ARoom, call: Call, store: Store) -> None:
    """A change is made once: its repeat finds another version and changes nothing."""
    assert await call(room, "configure", "1", "who", "name", "New") == ["configured", "2"]
    before = await store.everything(room)
    assert await call(room, "configure", "1", "who", "name", "New") == ["stale", "2"]
    assert await store.everything(room) == before


async def test_logs_what_changed_alone(room: ARoom, call: Call, store: Store) -> None:
    """The change log names the fields that changed, before and after, and who did it."""
    await call(room, "configure", "1", "ann", *pairs(room.settings.changed({"message": "Soon"})))
    entry = (await store.log(room, "changes"))[-1]
    assert entry == {"version": "2", "at_ms": str(START_MS), "who": "ann", "message": '["","Soon"]'}


async def test_drops_the_stored_snapshot(room: ARoom, store: Store) -> None:
    """A change is seen at the next look, however soon that is."""
    await room.advance()
    await room.change(message="Soon")
    assert await store.meter(room, "snapshot") is None


async def test_no_change_opens_a_lobby_whose_time_has_come(lobby: ARoom, store: Store) -> None:
    """A lobby whose closing time has passed is closed before the change is made: a later time does not reopen it."""
    lobby.clock.move(seconds=60)
    later = lobby.clock.now_ms + 600_000
    await lobby.change(release_at=later)
    assert await store.meter(lobby, "frozen_at_us") == str(lobby.clock.now_us)
    (standing,) = await lobby.join(a_fan())
    assert standing.state is State.WAITING


async def test_a_release_taken_away_opens_the_line(queue: Queue, room_name: str, store: Store) -> None:
    """A scheduled room that loses its release is open, first come, first served, for the next who joins."""
    room = await ARoom.with_lobby(queue, room_name, lobby_at=START_MS + 30_000)
    assert await queue.join(room.name, [(a_fan(), 0)], now_us=room.clock.now_us) == [
        Closed(opens_at_ms=START_MS + 30_000)
    ]
    await room.change(lobby_at=None, release_at=None)
    (standing,) = await room.join(a_fan())
    assert standing.state is State.ADMITTED
    assert await store.meter(room, "drawn") == "1"


async def test_a_release_is_not_taken_from_fans_in_the_lobby(lobby: ARoom, call: Call, store: Store) -> None:
    """While fans wait to be drawn the release stays, or they would wait for ever."""
    await lobby.join(a_fan())
    before = await store.everything(lobby)
    assert await call(lobby, "configure", "1", "who", "lobby_at", "", "release_at", "") == ["stale", "1"]
    assert await store.everything(lobby) == before


async def test_the_old_rate_counts_up_to_the_change(room: ARoom, store: Store) -> None:
    """The turns due up to a change are counted at the old rate, those after it at the new one."""
    await room.join(*(a_fan() for _ in range(40)))
    assert await room.advance() == 10
    room.clock.move(seconds=0.5)
    await room.change(new_users_per_minute=6000)
    assert float(await store.meter(room, "tokens") or 0) == 5


async def test_room_time_begins_anew_after_a_pause(room: ARoom, store: Store) -> None:
    """The part of a pause since the last look does not count as room time."""
    await room.advance()
    await room.change(paused=True)
    room.clock.move(seconds=0.9)
    await room.change(paused=False)
    await room.advance(seconds=0.1)
    assert await store.meter(room, "room_us") == "100000"
