"""Making and changing rooms."""

import json
from typing import Any

import pytest

from tests.factories import a_fan, a_ring
from tests.waitroom.queue.conftest import Store
from waitroom.clock import FrozenClock, SystemClock
from waitroom.errors import ConfigurationError, RoomMissingError
from waitroom.queue import Queue, State, change_room, close_room, create_room, look_at_room, release_now
from waitroom.queue.draw import commitment_to, derive_seed
from waitroom.queue.keys import Keys
from waitroom.queue.lifecycle import RoomChangedError, RoomExistsError
from waitroom.rooms import Phase, PlanStep, RoomSettings

RING = a_ring("new", "old")
HOUR_MS = 3_600_000


async def a_lobby(queue: Queue, name: str, *, opens_ms: int = -HOUR_MS) -> None:
    """A room whose lobby opened an hour ago and is released in one."""
    now = SystemClock().now_ms()
    times = {"lobby_at": now + opens_ms, "release_at": now + HOUR_MS}
    await create_room(queue, RING, name, RoomSettings.model_validate(times), who="test")


async def test_a_room_commits_to_its_seed(queue: Queue, room_name: str) -> None:
    """A new room names the newest key and shows the hash of the seed that follows from it."""
    epoch = await create_room(queue, RING, room_name, RoomSettings(), who="test")
    snapshot = await look_at_room(queue, room_name)
    seed = derive_seed(RING.newest.secret, room=room_name, epoch=epoch)
    assert (snapshot.epoch, snapshot.seed_key_id) == (epoch, "new")
    assert snapshot.draw.commitment == commitment_to(seed)


async def test_a_room_is_made_once(queue: Queue, room_name: str) -> None:
    """A second room of a name is refused; deleted, the name makes a room with another epoch."""
    first = await create_room(queue, RING, room_name, RoomSettings(), who="test")
    with pytest.raises(RoomExistsError, match=room_name):
        await create_room(queue, RING, room_name, RoomSettings(), who="test")
    assert await queue.delete(room_name)
    assert not await queue.delete(room_name)
    assert room_name not in await queue.rooms()
    with pytest.raises(RoomMissingError):
        await look_at_room(queue, room_name)
    assert await create_room(queue, RING, room_name, RoomSettings(), who="test") != first


async def test_deleting_leaves_nothing(queue: Queue, room_name: str, store: Store) -> None:
    """A deleted room leaves nothing behind but the word that its epoch is gone, and that for a time."""
    await create_room(queue, RING, room_name, RoomSettings(), who="test")
    await queue.join(room_name, [(a_fan(), 0)])
    await look_at_room(queue, room_name)
    await queue.delete(room_name)
    assert await store.client.keys(f"*{room_name}*") == [Keys(room_name).part("deleted").encode()]
    assert await store.client.ttl(Keys(room_name).part("deleted")) > 0


async def test_changes(queue: Queue, room_name: str) -> None:
    """A change gives a new version, and the log tells it, newest first."""
    await create_room(queue, RING, room_name, RoomSettings(), who="ann")
    assert await change_room(queue, room_name, {"new_users_per_minute": 90.5, "message": "Soon"}, who="bob") == 2
    settings = (await look_at_room(queue, room_name)).settings
    assert (settings.new_users_per_minute, settings.message) == (90.5, "Soon")
    newest, oldest = await queue.changes(room_name)
    assert (newest["who"], oldest["who"]) == ("bob", "ann")
    assert json.loads(newest["new_users_per_minute"]) == ["600", "90.5"]


async def test_a_stale_change(queue: Queue, room_name: str) -> None:
    """Who has not seen the last change is refused."""
    await create_room(queue, RING, room_name, RoomSettings(), who="ann")
    await change_room(queue, room_name, {"message": "one"}, who="bob", expected=1)
    with pytest.raises(RoomChangedError):
        await change_room(queue, room_name, {"message": "two"}, who="cid", expected=1)
    assert (await look_at_room(queue, room_name)).settings.message == "one"


@pytest.mark.parametrize(
    "changes", [{"new_users_per_minute": -1}, {"nonsense": 1}, {"lobby_at": 5}, {"message": "x" * 501}]
)
async def test_what_cannot_be(queue: Queue, room_name: str, changes: dict[str, Any]) -> None:  # Any: of RoomSettings
    """Settings that cannot be are named and change nothing."""
    await create_room(queue, RING, room_name, RoomSettings(), who="test")
    with pytest.raises(ConfigurationError):
        await change_room(queue, room_name, changes, who="test")
    assert (await look_at_room(queue, room_name)).version == 1


async def test_no_release_for_an_open_line(queue: Queue, room_name: str) -> None:
    """A room whose line is open gets no lobby, and cannot be released."""
    await create_room(queue, RING, room_name, RoomSettings(), who="test")
    with pytest.raises(ConfigurationError, match="open"):
        await change_room(queue, room_name, {"release_at": SystemClock().now_ms()}, who="test")
    with pytest.raises(ConfigurationError, match="no release"):
        await release_now(queue, room_name, who="test")


async def test_no_release_taken_from_a_lobby(queue: Queue, room_name: str) -> None:
    """Once the lobby has opened the release can be moved and not taken away."""
    await a_lobby(queue, room_name)
    moved = SystemClock().now_ms() + 2 * HOUR_MS
    await change_room(queue, room_name, {"release_at": moved}, who="test")
    with pytest.raises(ConfigurationError, match="not taken away"):
        await change_room(queue, room_name, {"lobby_at": None, "release_at": None}, who="test")


async def test_no_release_taken_from_fans_of_a_lobby_that_was_closed_again(queue: Queue, room_name: str) -> None:
    """Fans who came before the lobby's opening was moved still wait to be drawn."""
    await a_lobby(queue, room_name)
    await queue.join(room_name, [(a_fan(), 0)])
    await change_room(queue, room_name, {"lobby_at": SystemClock().now_ms() + HOUR_MS // 2}, who="test")
    assert (await look_at_room(queue, room_name)).phase is Phase.SCHEDULED
    with pytest.raises(ConfigurationError, match="fans are in the lobby"):
        await change_room(queue, room_name, {"lobby_at": None, "release_at": None}, who="test")


async def test_release_taken_from_a_scheduled_room(queue: Queue, room_name: str) -> None:
    """Before its lobby opens a room may become one without a release; its line is open."""
    await a_lobby(queue, room_name, opens_ms=HOUR_MS // 2)
    await change_room(queue, room_name, {"lobby_at": None, "release_at": None}, who="test")
    (standing,) = await queue.join(room_name, [(a_fan(), 0)])  # type: ignore[misc] # not another epoch
    assert getattr(standing, "state", None) is State.ADMITTED


@pytest.mark.parametrize("opens_ms", [-HOUR_MS, HOUR_MS // 2])
async def test_release_now(queue: Queue, room_name: str, opens_ms: int) -> None:
    """Released now, the lobby is closed at this moment, whether it had opened or not."""
    await a_lobby(queue, room_name, opens_ms=opens_ms)
    clock = FrozenClock(SystemClock().now_ms() - 1)
    await release_now(queue, room_name, who="test", clock=clock)
    snapshot = await look_at_room(queue, room_name)
    assert snapshot.settings.release_at == snapshot.settings.lobby_closes_at == clock.now_ms()
    assert snapshot.is_frozen


@pytest.mark.parametrize("opens_ms", [-HOUR_MS, HOUR_MS // 2])
async def test_close(queue: Queue, room_name: str, opens_ms: int) -> None:
    """Closed now, a room is over in every phase, and its times stay in order."""
    await a_lobby(queue, room_name, opens_ms=opens_ms)
    await close_room(queue, room_name, who="test", clock=FrozenClock(SystemClock().now_ms() - 1))
    assert (await look_at_room(queue, room_name)).phase is Phase.CLOSED


async def test_a_missing_room(queue: Queue) -> None:
    """A room that does not exist is named."""
    with pytest.raises(RoomMissingError, match="nowhere"):
        await change_room(queue, "nowhere", {}, who="test")


async def test_the_same_figures_by_hand_end_a_step_of_the_plan(queue: Queue, room_name: str) -> None:
    """Whoever sets the rate that stood before the plan is obeyed, though no figure of the settings changes."""
    step = PlanStep(at=1000, new_users_per_minute=1200, total_active_users=1000)
    await create_room(queue, RING, room_name, RoomSettings(new_users_per_minute=600, plan=(step,)), who="test")
    before = (await look_at_room(queue, room_name)).rate
    await change_room(queue, room_name, {"new_users_per_minute": 600}, who="anna")
    after = (await look_at_room(queue, room_name)).rate
    assert (before.per_minute, before.by, after.per_minute, after.by) == (1200, "plan 1", 600, "anna")


async def test_a_rehearsal_is_one_for_good(queue: Queue, room_name: str) -> None:
    """No room becomes a rehearsal, or stops being one, by whatever way: a crowd of ours would stand among real fans."""
    await create_room(queue, RING, room_name, RoomSettings(), who="test")
    with pytest.raises(ConfigurationError, match="rehearsal"):
        await change_room(queue, room_name, {"rehearsal": True}, who="test")
    assert not (await look_at_room(queue, room_name)).settings.rehearsal
