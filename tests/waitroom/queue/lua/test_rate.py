"""_rate.lua: which rate and ceiling are in force, why, and what a change of them leaves in the buckets."""

import pytest

from tests.factories import START_MS, ARoom, some_fans
from tests.waitroom.queue.conftest import Call, Store
from tests.waitroom.queue.races import disarm
from waitroom.queue import Claimed, Queue, Snapshot
from waitroom.rooms import PlanStep

FIRST, SECOND = 60, 120


def a_step(second: float, rate: float, ceiling: int = 1000) -> PlanStep:
    """A step so many seconds after the start."""
    return PlanStep(at=START_MS + round(second * 1000), new_users_per_minute=rate, total_active_users=ceiling)


PLAN = (a_step(FIRST, 1200, 50), a_step(SECOND, 60, 2000))


@pytest.fixture
async def planned(queue: Queue, room_name: str) -> ARoom:
    """600 a minute and 1,000 inside; after a minute 1,200 and 50; after two 60 and 2,000."""
    return await ARoom.open(queue, room_name, plan=PLAN)


async def in_force(room: ARoom, *, second: float) -> tuple[float, int, str]:
    """Rate, ceiling and who set them, at a second after the start."""
    room.clock.now_us = START_MS * 1000 + round(second * 1e6)
    advanced = await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)
    rate = Snapshot.parse(room.name, advanced.snapshot).rate
    return rate.per_minute, rate.ceiling, rate.by


async def test_before_the_first_step_the_settings_hold(planned: ARoom) -> None:
    """Rate and ceiling are those that the room was made with."""
    assert await in_force(planned, second=FIRST - 0.001) == (600, 1000, "test")


async def test_each_step_holds_from_its_moment(planned: ARoom) -> None:
    """A step takes effect at its very millisecond and stays until the next; the last one stays."""
    assert await in_force(planned, second=FIRST) == (1200, 50, "plan 1")
    assert await in_force(planned, second=SECOND - 0.001) == (1200, 50, "plan 1")
    assert await in_force(planned, second=SECOND) == (60, 2000, "plan 2")
    assert await in_force(planned, second=86_400) == (60, 2000, "plan 2")


async def test_a_clock_set_back_takes_the_step_back(planned: ARoom) -> None:
    """What is in force follows from the clock alone."""
    assert await in_force(planned, second=FIRST) == (1200, 50, "plan 1")
    assert await in_force(planned, second=FIRST - 30) == (600, 1000, "test")


async def test_a_plan_that_is_there_from_the_start_holds_from_the_start(queue: Queue, room_name: str) -> None:
    """A room made after its first step's time is at that step."""
    room = await ARoom.open(queue, room_name, plan=(a_step(-10, 1200, 50), a_step(10, 60)))
    assert await in_force(room, second=0) == (1200, 50, "plan 1")


async def test_a_change_by_hand_holds_until_the_next_step(planned: ARoom, store: Store) -> None:
    """Who sets the rate during a step overrules it, is named for it, and is overruled by the next."""
    await in_force(planned, second=70)
    await planned.change(new_users_per_minute=300, total_active_users=70)
    assert await in_force(planned, second=71) == (300, 70, "test")
    assert await in_force(planned, second=SECOND - 0.001) == (300, 70, "test")
    assert await in_force(planned, second=SECOND) == (60, 2000, "plan 2")
    entry = (await store.log(planned, "changes"))[-1]
    assert (entry["who"], entry["new_users_per_minute"]) == ("test", '["600","300"]')


async def test_a_change_of_anything_else_leaves_the_step(planned: ARoom) -> None:
    """A message is no decision about the rate."""
    await in_force(planned, second=70)
    await planned.change(message="Soon")
    assert await in_force(planned, second=71) == (1200, 50, "plan 1")


async def test_the_governor_lowers_the_rate_of_a_step(planned: ARoom, call: Call) -> None:
    """The factor is of whatever is planned; the ceiling stays."""
    await call(planned, "govern", 0, 5000, "0.5", "latency")
    assert await in_force(planned, second=1) == (300, 1000, "governor")
    assert await in_force(planned, second=FIRST) == (600, 50, "governor")


async def test_a_step_needs_no_edge_at_its_moment(planned: ARoom) -> None:
    """A claim at the step's moment, with nobody having looked since, is bound by the step's ceiling and rate."""
    fans = some_fans(70)
    await planned.join(*fans)
    for second in range(1, 20):
        await in_force(planned, second=second)
    planned.clock.now_us = (START_MS + FIRST * 1000) * 1000
    answers = [await planned.claim(fan) for fan in fans]
    moments = [answer.enter_at_ms for answer in answers if isinstance(answer, Claimed)]
    assert len(moments) == 50
    # Ten at once, which is the depth of both rates that the unused time counts at, then twenty a second.
    assert sum(moment <= planned.clock.now_ms for moment in moments) == 10
    assert max(moments) == planned.clock.now_ms + 40 * 50


async def turns_around_a_step(room: ARoom, *, at: float, looks: tuple[float, ...]) -> list[int]:
    """How many turns each look gave, in seconds around a step; the line never runs dry."""
    await room.join(*some_fans(400))
    given = []
    for second in looks:
        room.clock.now_us = START_MS * 1000 + round((at + second) * 1e6)
        given.append(await room.advance())
    return given


async def test_turns_up_to_a_step_down_are_counted_at_the_lower_rate(planned: ARoom) -> None:
    """A look after a step down gives what is due at the lower rate for all the time since the look before."""
    given = await turns_around_a_step(planned, at=SECOND, looks=(-1.5, -1, 1, 2, 3))
    assert given[2:] == [1, 1, 1]


async def test_turns_up_to_a_step_up_are_counted_at_the_lower_rate(queue: Queue, room_name: str) -> None:
    """A look after a step up never gives for the time before it at the higher rate."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=60, plan=(a_step(FIRST, 6000),))
    given = await turns_around_a_step(room, at=FIRST, looks=(-2, -1, 0.5, 1))
    assert given[2] == 1
    assert given[3] == 50


async def test_a_step_that_is_not_settled_is_noticed(
    queue: Queue, room_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without settling at the lower of both rates a step up gives its rate for the time before it."""
    disarm(monkeypatch, "settle_tokens(room, math.min(before, after))", "local _ = nil")
    room = await ARoom.open(queue, room_name, new_users_per_minute=60, plan=(a_step(FIRST, 6000),))
    given = await turns_around_a_step(room, at=FIRST, looks=(-2, -1, 0.5, 1))
    assert given[2] > 50


async def test_a_step_to_nothing_shuts_the_tap(queue: Queue, room_name: str) -> None:
    """At rate 0 nobody gets a turn, and a turn from before waits; the next step up opens with no stored depth."""
    plan = (a_step(FIRST, 0), a_step(SECOND, 600))
    room = await ARoom.open(queue, room_name, plan=plan)
    fan = await room.admitted_fan()
    given = await turns_around_a_step(room, at=FIRST, looks=(0, 1, 30))
    assert given == [0, 0, 0]
    assert not isinstance(await room.claim(fan), Claimed)
    after = await turns_around_a_step(room, at=SECOND, looks=(0, 0.1))
    assert after == [0, 1]
    await room.claimed(fan)
