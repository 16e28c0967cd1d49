"""The fine series: whose it is, how long it is, and what it forgets."""

from dataclasses import replace

import pytest

from edge.console.watching import COARSE_MS, FINE_POINTS, MOST_ROOMS, Watched, Watching, is_evening
from tests.factories import ARoom, some_fans
from waitroom.queue import Queue, Snapshot, look_at_room

SECOND_MS = 1000


async def look(room: ARoom) -> Snapshot:
    """The room as it is now, by its own clock."""
    text = (await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)).snapshot
    return Snapshot.parse(room.name, text)


async def test_an_evening_is_kept_finely_and_then_coarsely(queue: Queue, room_name: str) -> None:
    """A quarter of an hour is kept by the second and what went before by ten seconds; memory is bounded."""
    first = await look(await ARoom.open(queue, room_name))
    watched = Watched(last=first)
    seconds = FINE_POINTS + 300
    for second in range(seconds):
        watched.note(replace(first, now_ms=first.now_ms + second * SECOND_MS))
    points = watched.points(since_ms=0)
    moments = [point.at_ms for point in points]
    assert len(points) == FINE_POINTS + 300 * SECOND_MS // COARSE_MS
    assert moments == sorted(set(moments))
    assert moments[-1] == first.now_ms + (seconds - 1) * SECOND_MS
    assert len(watched.moments) == FINE_POINTS


async def test_only_what_came_since(queue: Queue, room_name: str) -> None:
    """Who names the last moment gets what came after it, once."""
    first = await look(await ARoom.open(queue, room_name))
    watched = Watched(last=first)
    for second in range(5):
        watched.note(replace(first, now_ms=first.now_ms + second * SECOND_MS))
    assert len(watched.points(since_ms=first.now_ms + 2 * SECOND_MS)) == 2
    assert watched.points(since_ms=first.now_ms + 4 * SECOND_MS) == []


async def test_two_looks_at_once_are_one_point(queue: Queue, room_name: str) -> None:
    """Two organizers who look in the same moment make one point."""
    first = await look(await ARoom.open(queue, room_name))
    watching = Watching(queue)
    for _ in range(3):
        watched = watching.open(first)
    assert len(watched.fine) == 1


async def test_looked_at_rooms_are_followed(queue: Queue, room_name: str) -> None:
    """A room is followed from the first look on, and forgotten when it is gone."""
    room = await ARoom.open(queue, room_name)
    watching = Watching(queue)
    await watching.look()
    watched = watching.open(await look_at_room(queue, room.name))
    before = len(watched.happenings) + len(watched.fine)
    assert before == 1
    await queue.delete(room.name)
    await watching.look()
    assert watching._rooms == {}


async def test_a_room_made_anew_begins_anew(queue: Queue, room_name: str) -> None:
    """A room of the same name and another epoch has nothing of the first one's evening."""
    watching = Watching(queue)
    first = await look(await ARoom.open(queue, room_name))
    old = watching.note(first)
    assert watching.note(replace(first, now_ms=first.now_ms + SECOND_MS)) is old
    assert watching.note(replace(first, epoch="another")) is not old


async def test_at_most_so_many_rooms(queue: Queue, room_name: str) -> None:
    """Of more rooms than can be followed, those that somebody looks at go first."""
    snapshot = await look(await ARoom.open(queue, room_name))
    watching = Watching(queue)
    for number in range(MOST_ROOMS + 5):
        watching._evenings.add(f"evening-{number}")
    watching.open(replace(snapshot, room="looked-at"))
    followed = watching._followed()
    assert (len(followed), followed[0]) == (MOST_ROOMS, "looked-at")


@pytest.mark.parametrize(("minutes", "expected"), [(60, False), (9, True)])
async def test_an_evening_begins_before_its_lobby(queue: Queue, room_name: str, minutes: int, expected: bool) -> None:
    """Ten minutes before the lobby opens a room is followed by itself."""
    room = await ARoom.with_lobby(queue, room_name)
    lobby_at = room.clock.now_ms + minutes * 60_000
    await room.change(lobby_at=lobby_at, release_at=lobby_at + 1)
    assert is_evening(await look(room)) is expected


async def test_an_open_room_has_its_evening_while_fans_are_there(queue: Queue, room_name: str) -> None:
    """A room without times is followed while somebody waits or is inside."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=0)
    assert not is_evening(await look(room))
    await room.join(*some_fans(1))
    assert is_evening(await look(room))


async def test_a_look_at_all_rooms_tells_whose_evening_it_is(queue: Queue, room_name: str) -> None:
    """What the coarse series sees decides, room by room, and takes a decision back."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=0)
    await room.join(*some_fans(1))
    watching = Watching(queue)
    snapshot = await look(room)
    watching.consider(snapshot)
    assert watching._followed() == [room_name]
    watching.consider(replace(snapshot, counts=replace(snapshot.counts, waiting=0)))
    assert watching._followed() == []
