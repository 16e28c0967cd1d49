"""No-shows cost next to nothing, and neither rate nor ceiling is ever broken for it; without its guard, each is."""

import pytest

from tests.waitroom.queue.evenings import Evening, Habits, in_the_same_second, within_minutes
from tests.waitroom.queue.races import disarm, overfull
from waitroom.queue import Queue

WINDOWS = (0, 0.001, 0.01, 0.05, 0.1, 0.5, 1, 2, 3.7, 10, 30, 60)
COHORT_SECONDS, FEWEST_TURNS = 10, 20
"""The share is measured from a whole cohort of old turns on, and from so many of them (`_share.lua`)."""
USED = 0.98
CEILING = 120
STAY, DELAY = 60, 15


def above_due(evening: Evening) -> list[str]:
    """Name the windows with more entries than `w * R / 60 + d`."""
    rate = evening.room.settings.new_users_per_minute
    return overfull(evening.moments, per_second=rate / 60, depth=max(1, rate / 60), windows=WINDOWS)


def most_active(evening: Evening) -> int:
    """The most fans inside at any look."""
    return max(look.active for look in evening.looks)


async def an_evening(
    queue: Queue, name: str, *, rate: float, minutes: float, seed: int, window: float = 1
) -> tuple[Evening, float]:
    """Three of ten never come; returns the evening and the part of the rate that entered after the first window."""
    habits = Habits(delay=within_minutes(10, most=window * 58))
    fans = round(rate * minutes * 2) + 50
    settings = {"new_users_per_minute": rate, "total_active_users": 100_000, "claim_minutes": window}
    evening = await Evening.begin(queue, name, habits, fans=fans, seed=seed, **settings)
    await evening.live(seconds=minutes * 60, step=0.5)
    measured = window * 60 + max(COHORT_SECONDS, FEWEST_TURNS * 60 / rate)
    return evening, evening.used(since=measured)


@pytest.mark.parametrize(
    ("rate", "minutes", "seed"), [(30, 13, 1), (30, 13, 2), (90, 8, 3), (600, 6, 4), (600, 6, 5), (6000, 4, 6)]
)
async def test_no_shows_leave_the_rate_whole(
    queue: Queue, room_name: str, rate: float, minutes: float, seed: int
) -> None:
    """From the end of the first claim window 98 % of the rate come in with 30 % of no-shows, and never too many."""
    evening, used = await an_evening(queue, room_name, rate=rate, minutes=minutes, seed=seed)
    assert len(evening.moments) < 0.8 * evening.turns
    assert used >= USED
    assert above_due(evening) == []


@pytest.mark.parametrize(
    ("guard", "instead"),
    [
        ("\nfold_cohorts(room)\n", "\n"),
        ("local FASTEST = 0.25", "local FASTEST = 0"),
    ],
    ids=["the share is measured", "claims are kept in hand"],
)
async def test_an_unused_rate_is_noticed(
    queue: Queue, room_name: str, monkeypatch: pytest.MonkeyPatch, guard: str, instead: str
) -> None:
    """Without the measured share, or without claims in hand, more than 2 % of a small room's rate is lost."""
    disarm(monkeypatch, guard, instead)
    _, used = await an_evening(queue, room_name, rate=30, minutes=13, seed=1)
    assert used < USED


SAME_SECOND = Habits(delay=in_the_same_second(45), stay_seconds=STAY)
ALL_COME_AFTER_ALL = Habits(delay=within_minutes(10, most=58), everybody_from=150)


async def everybody_at_once(queue: Queue, name: str) -> Evening:
    """All who have the turn claim in the same second, every 45 seconds, in a room of 120."""
    settings = {"new_users_per_minute": 600, "total_active_users": CEILING, "claim_minutes": 1}
    evening = await Evening.begin(queue, name, SAME_SECOND, fans=3000, seed=1, **settings)
    await evening.live(seconds=300, step=0.5)
    return evening


async def test_claims_of_the_same_second_break_nothing(queue: Queue, room_name: str) -> None:
    """However they bunch, entries keep the rate and active fans the ceiling; who finds it full has the turn still."""
    evening = await everybody_at_once(queue, room_name)
    assert len(evening.moments) > 200
    assert evening.refused
    assert above_due(evening) == []
    assert most_active(evening) <= CEILING


@pytest.mark.parametrize(
    ("guard", "instead"),
    [
        ("redis.call('ZCARD', ACTIVE) >= room.total_active_users or", ""),
        ("local entry_us = math.max(now_us, room.free_from_us)", "local entry_us = now_us"),
    ],
    ids=["the ceiling binds at the claim", "the rate binds at the claim"],
)
async def test_broken_bounds_are_noticed(
    queue: Queue, room_name: str, monkeypatch: pytest.MonkeyPatch, guard: str, instead: str
) -> None:
    """Without its guard at the claim, rate or ceiling is broken by the same crowd."""
    disarm(monkeypatch, guard, instead)
    evening = await everybody_at_once(queue, room_name)
    assert above_due(evening) or most_active(evening) > CEILING


async def test_when_all_come_after_all(queue: Queue, room_name: str) -> None:
    """When the share jumps back to 1, entries keep the rate, and turns fall back to it within some minutes."""
    evening = await Evening.begin(
        queue, room_name, ALL_COME_AFTER_ALL, fans=8000, seed=2, new_users_per_minute=600, claim_minutes=1
    )
    await evening.live(seconds=390, step=0.5)
    assert above_due(evening) == []
    assert evening.used(since=70) >= USED
    before, after = evening.looks[-241], evening.looks[-1]
    assert after.turns - before.turns <= 1.1 * 600 * 2
    # Nobody who claims waits long at the door.
    assert max(evening.moments) - evening.second < 30


async def a_full_room(queue: Queue, name: str) -> Evening:
    """Three of ten never come, the others stay a minute, in a room for 120 whose rate would fill it in seconds."""
    habits = Habits(delay=within_minutes(DELAY, most=110), stay_seconds=STAY)
    settings = {"new_users_per_minute": 3000, "total_active_users": CEILING, "claim_minutes": 2}
    evening = await Evening.begin(queue, name, habits, fans=4000, seed=3, **settings)
    await evening.live(seconds=600, step=0.5)
    return evening


DELAY_OF_ALL = DELAY + 0.15 * 33
FULL = CEILING * STAY / (STAY + DELAY_OF_ALL)
"""A slot is free while the fan whom it is kept for makes up his mind, and then taken for a minute."""


async def test_slots_are_not_kept_for_who_does_not_come(queue: Queue, room_name: str) -> None:
    """Behind a full ceiling all slots are taken, or kept for a fan who will come; hardly anybody finds it full."""
    evening = await a_full_room(queue, room_name)
    assert most_active(evening) <= CEILING
    assert evening.mean_active(since=240) >= 0.93 * FULL
    assert evening.refused < 0.02 * len(evening.moments)


async def test_slots_kept_for_no_shows_are_noticed(
    queue: Queue, room_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a slot kept for each turn alike, a third of the room stands empty."""
    disarm(monkeypatch, "(room.share - claimed) / (1 - claimed)", "room.share")
    evening = await a_full_room(queue, room_name)
    assert evening.mean_active(since=240) < 0.75 * FULL
