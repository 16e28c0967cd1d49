"""A crowd of ours walks through a room of the real scripts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from tests.factories import ARoom, a_fan, a_ring
from tests.patience import PATIENCE_SECONDS
from tests.waitroom.queue.losses import RECOVERING_SECONDS, lose_and_restore
from waitroom.clock import SystemClock
from waitroom.errors import ConfigurationError, QueueUnavailableError
from waitroom.queue import Drawing, Queue, Snapshot, State, change_room, create_room, look_at_room, release_now
from waitroom.queue.lifecycle import close_room
from waitroom.rehearsal import GhostPlan, NotARehearsalError, Rehearsing
from waitroom.rehearsal.progress import Stage, Status
from waitroom.rooms import RoomSettings

QUICK = {"over_minutes": 0, "claim_seconds": 0, "shop_minutes": 0.1}


@pytest.fixture
async def store(valkey_url: str) -> AsyncIterator[Redis]:
    """The keys of this worker's Valkey."""
    client = Redis.from_url(valkey_url)
    yield client
    await client.aclose()


async def seen(room: ARoom) -> Snapshot:
    """The room at its clock."""
    advanced = await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)
    return Snapshot.parse(room.name, advanced.snapshot)


async def walk(rehearsing: Rehearsing, room: ARoom, *, seconds: float) -> None:
    """Let the crowd walk for so long on the room's clock."""
    for _ in range(round(seconds * 4)):
        room.clock.move(seconds=0.25)
        await rehearsing.step(now_us=room.clock.now_us)


async def a_rehearsal(
    queue: Queue, name: str, /, plan: Mapping[str, object], **settings: object
) -> tuple[ARoom, Rehearsing]:
    """An open rehearsal and its crowd."""
    room = await ARoom.open(queue, name, clock=None, rehearsal=True, **settings)
    return room, Rehearsing(queue, await seen(room), GhostPlan.model_validate(plan), seed="test")


async def test_a_whole_night(queue: Queue, room_name: str) -> None:
    """Everybody joins, gets the turn, claims or lapses, shops and is done; the room's totals say the same."""
    plan = QUICK | {"fans": 200, "no_show": 0.25, "seats": 1000}
    room, rehearsing = await a_rehearsal(queue, room_name, plan, new_users_per_minute=1200, claim_minutes=0.2)
    await walk(rehearsing, room, seconds=45)
    progress = rehearsing.progress()
    assert progress.status is Status.FINISHED
    assert set(progress.stages) == {Stage.BOUGHT, Stage.NO_SHOW}
    bought = progress.stages[Stage.BOUGHT]
    totals = (await seen(room)).totals
    assert totals["joined"] == totals["given"] == 200
    assert totals["entered"] == totals["finished"] == bought
    assert totals["lapsed"] == 200 - bought
    assert progress.seats_left == 1000 - 2 * bought


async def test_it_reports_as_a_checkout_would(queue: Queue, room_name: str) -> None:
    """The room knows the seats left from the crowd, gives no turn once none is, and the crowd goes home."""
    plan = QUICK | {"fans": 60, "no_show": 0, "seats": 20}
    room, rehearsing = await a_rehearsal(queue, room_name, plan, total_active_users=10)
    await walk(rehearsing, room, seconds=120)
    assert rehearsing.status is Status.SOLD_OUT
    snapshot = await seen(room)
    assert (snapshot.seats_left, snapshot.is_sold_out, snapshot.counts.active) == (0, True, 0)
    assert snapshot.counts.waiting > 0
    assert snapshot.seats_a_buyer == 2


async def test_rate_and_ceiling_bind_ghosts_too(queue: Queue, room_name: str) -> None:
    """A crowd of ours gets in no faster than fans do."""
    plan = QUICK | {"fans": 100, "no_show": 0, "shop_minutes": 60}
    room, rehearsing = await a_rehearsal(queue, room_name, plan, total_active_users=7)
    await walk(rehearsing, room, seconds=20)
    assert rehearsing.progress().stages[Stage.INSIDE] == 7
    assert (await seen(room)).counts.active == 7


async def test_ghosts_of_a_lobby_are_drawn(queue: Queue, room_name: str) -> None:
    """Ghosts wait for the lobby, are drawn with everybody else, and learn of their turns from the curve."""
    ring = a_ring()
    now_ms, hour_ms = SystemClock().now_ms(), 3_600_000
    settings = RoomSettings(
        lobby_at=now_ms - 1000, release_at=now_ms + hour_ms, new_users_per_minute=60_000, rehearsal=True
    )
    await create_room(queue, ring, room_name, settings, who="test")
    plan = GhostPlan(fans=40, over_minutes=0, no_show=0, claim_seconds=0, shop_minutes=0)
    rehearsing = Rehearsing(queue, await look_at_room(queue, room_name), plan)
    await rehearsing.step()
    assert rehearsing.progress().stages == {Stage.LOBBY: 40}
    await release_now(queue, room_name, who="test")
    drawing = Drawing(queue, ring, owner="test")

    async with asyncio.timeout(PATIENCE_SECONDS):
        while rehearsing.status is Status.RUNNING:
            await drawing.step(await look_at_room(queue, room_name))
            await rehearsing.step()
    drawing.close()
    assert rehearsing.progress().stages == {Stage.BOUGHT: 40}


async def test_real_people_walk_along(queue: Queue, room_name: str) -> None:
    """A fan who stands behind the crowd gets the turn after it, as on the night."""
    plan = QUICK | {"fans": 30, "no_show": 0}
    room, rehearsing = await a_rehearsal(queue, room_name, plan)
    await rehearsing.step(now_us=room.clock.now_us)
    fan = a_fan()
    [standing] = await room.join(fan)
    assert standing.ahead == 30
    await walk(rehearsing, room, seconds=10)
    assert await room.state(fan) is State.ADMITTED


async def test_a_real_room_is_refused(queue: Queue, room_name: str) -> None:
    """No crowd of ours ever stands in a room of real fans; a room never becomes a rehearsal, or stops being one."""
    room = await ARoom.open(queue, room_name)
    with pytest.raises(NotARehearsalError):
        Rehearsing(queue, await seen(room), GhostPlan())
    with pytest.raises(ConfigurationError, match="fixed when it is made"):
        await change_room(queue, room_name, {"rehearsal": True}, who="test")
    assert (await seen(room)).totals["joined"] == 0


async def test_the_guard_is_what_refuses(queue: Queue, room_name: str) -> None:
    """Blind to what the room is, the crowd walks into a real room: nothing else stands before it."""
    room = await ARoom.open(queue, room_name)
    snapshot = await seen(room)
    blind = replace(snapshot, settings=snapshot.settings.changed({"rehearsal": True}))
    rehearsing = Rehearsing(queue, blind, GhostPlan(fans=3, over_minutes=0))
    await rehearsing.step(now_us=room.clock.now_us)
    assert (await seen(room)).totals["joined"] == 3


async def test_another_room_of_that_name_is_left_alone(queue: Queue, room_name: str) -> None:
    """A crowd belongs to one epoch: a room that was made anew under the name sees none of it."""
    room, rehearsing = await a_rehearsal(queue, room_name, QUICK | {"fans": 5})
    await queue.delete(room_name)
    anew = await ARoom.open(queue, room_name, clock=room.clock)
    await rehearsing.step(now_us=room.clock.now_us)
    assert rehearsing.status is Status.ROOM_GONE
    assert (await seen(anew)).totals["joined"] == 0


async def test_a_store_that_fails_loses_no_ghost(queue: Queue, room_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the store did not answer is done again, once it answers: the night ends as if nothing had been."""
    room, rehearsing = await a_rehearsal(queue, room_name, QUICK | {"fans": 40, "no_show": 0})
    calls = 0

    def failing(verb: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def call(*args: object, **options: object) -> object:
            nonlocal calls
            calls += 1
            answer = await verb(*args, **options)
            if calls % 3 == 0:
                raise QueueUnavailableError("The reply was lost.")
            return answer

        return call

    for verb in ("join", "claim", "enter", "finish"):
        monkeypatch.setattr(queue, verb, failing(getattr(queue, verb)))
    for _ in range(200):
        room.clock.move(seconds=0.5)
        try:
            await rehearsing.step(now_us=room.clock.now_us)
        except QueueUnavailableError:
            continue
    assert rehearsing.progress().stages == {Stage.BOUGHT: 40}
    assert (await seen(room)).totals["joined"] == 40
    assert calls > 120


async def test_a_room_that_was_lost_gets_its_crowd_back(queue: Queue, room_name: str, store: Redis) -> None:
    """After a loss the ghosts in line present their passes, as pages do, and the night goes on."""
    plan = QUICK | {"fans": 60, "no_show": 0, "shop_minutes": 0.01}
    room, rehearsing = await a_rehearsal(queue, room_name, plan, new_users_per_minute=300)
    await walk(rehearsing, room, seconds=3)
    before = (await seen(room)).counts.waiting
    await lose_and_restore(store, room)
    await rehearsing.step(now_us=room.clock.now_us)
    assert (await seen(room)).counts.waiting == before > 0
    room.clock.move(seconds=RECOVERING_SECONDS + 1)
    await walk(rehearsing, room, seconds=30)
    assert rehearsing.status is Status.FINISHED
    assert rehearsing.progress().stages[Stage.BOUGHT] >= before


async def test_the_end_of_the_room_ends_it(queue: Queue, room_name: str) -> None:
    """A room that is closed sends its crowd home."""
    settings = RoomSettings(rehearsal=True, new_users_per_minute=0)
    await create_room(queue, a_ring(), room_name, settings, who="test")
    rehearsing = Rehearsing(queue, await look_at_room(queue, room_name), GhostPlan(fans=5, over_minutes=0))
    await rehearsing.step()
    await close_room(queue, room_name, who="test")
    assert await rehearsing.run() is Status.CLOSED


async def test_stopping_gives_everything_back(queue: Queue, room_name: str) -> None:
    """A crowd that is stopped leaves no place and no slot taken."""
    plan = QUICK | {"fans": 50, "no_show": 0, "shop_minutes": 60}
    room, rehearsing = await a_rehearsal(queue, room_name, plan, total_active_users=5)
    await walk(rehearsing, room, seconds=5)
    await rehearsing.stop()
    assert rehearsing.status is Status.STOPPED
    counts = (await seen(room)).counts
    assert (counts.waiting, counts.admitted, counts.active) == (0, 0, 0)


async def test_codes_that_the_crowd_has_not(queue: Queue, room_name: str) -> None:
    """A room that asks for presale codes is told as such: no crowd without codes gets in."""
    room, rehearsing = await a_rehearsal(queue, room_name, QUICK, codes="required")
    await rehearsing.step(now_us=room.clock.now_us)
    assert rehearsing.status is Status.CODES_REQUIRED


async def test_a_real_room_made_between_look_and_join_gets_no_ghost(
    queue: Queue, room_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The join itself names the rehearsal's epoch: a room of the same name, made in that very moment, stays empty."""
    room, rehearsing = await a_rehearsal(queue, room_name, QUICK | {"fans": 20})
    join = rehearsing._join

    async def join_late(snapshot: Snapshot, now_us: int | None) -> None:
        await queue.delete(room_name)
        await create_room(queue, a_ring("new"), room_name, RoomSettings(), who="test")
        await join(snapshot, now_us)

    monkeypatch.setattr(rehearsing, "_join", join_late)
    await rehearsing.step(now_us=room.clock.now_us)
    assert (await look_at_room(queue, room_name)).totals["joined"] == 0
    assert rehearsing.status is Status.ROOM_GONE
