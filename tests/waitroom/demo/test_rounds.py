"""Rounds: when a room of the demo opens and ends, and when the next begins."""

from dataclasses import replace
from pathlib import Path

import pytest

from waitroom.demo import DemoOptions
from waitroom.demo.rounds import (
    SHOPPERS_SECONDS,
    arrival_seconds,
    describe,
    is_over,
    is_time_for_next,
    new_round,
)
from waitroom.queue import Queue, Snapshot, create_room
from waitroom.settings import Settings

NOW_MS = 1_800_000_000_000
OPTIONS = DemoOptions(folder=Path("unused"))
THREE_MINUTES = 180


class Stage:
    """A real room of the demo on a clock of our own."""

    def __init__(self, queue: Queue, settings: Settings, room: str) -> None:
        self._queue = queue
        self._keys = settings.key_source()
        self._room = room
        self.policy = new_round(OPTIONS, now_ms=NOW_MS)

    async def at(self, seconds: float) -> Snapshot:
        """The room so many seconds after its lobby opened."""
        now_us = round(NOW_MS * 1000 + seconds * 1e6)
        return Snapshot.parse(
            self._room, (await self._queue.advance(self._room, interval_us=0, now_us=now_us)).snapshot
        )

    async def open(self) -> "Stage":
        """Make the room."""
        now_us = NOW_MS * 1000
        await create_room(self._queue, self._keys, self._room, self.policy, who="test", now_us=now_us)
        return self


@pytest.fixture
async def stage(queue: Queue, settings: Settings, room_name: str) -> Stage:
    """A round that has just begun."""
    return await Stage(queue, settings, room_name).open()


def test_everybody_of_the_lobby_has_the_turn_within_three_minutes() -> None:
    """Even the last of the drawn line, who joined as the lobby opened, has the turn within three minutes."""
    assert OPTIONS.lobby_seconds + (OPTIONS.fans + 1) * 60 / OPTIONS.rate <= THREE_MINUTES


async def test_a_round_is_on_from_the_lobby_to_its_end(stage: Stage) -> None:
    """A round is over when its room has closed, not before."""
    assert not is_over(await stage.at(0))
    assert not is_over(await stage.at(61))
    closes_at = stage.policy.closes_at
    assert closes_at is not None
    assert is_over(await stage.at((closes_at - NOW_MS) / 1000 + 1))


async def test_a_round_without_seats_is_over(stage: Stage) -> None:
    """When the last seat has gone, or the organizer says so, there is nothing to wait for."""
    begun = await stage.at(61)
    assert is_over(replace(begun, seats_left=0))
    assert is_over(replace(begun, settings=begun.settings.changed({"sold_out": True})))
    assert describe(replace(begun, seats_left=0)).startswith("sold out, a fresh round follows")


async def test_a_new_round_waits_for_those_who_are_shopping(stage: Stage) -> None:
    """Soon after the end when nobody is inside, at last in any case."""
    empty = await stage.at(0)
    assert not is_time_for_next(empty, over_for_seconds=19, pause_seconds=20)
    assert is_time_for_next(empty, over_for_seconds=20, pause_seconds=20)
    busy = replace(empty, counts=replace(empty.counts, active=1))
    assert not is_time_for_next(busy, over_for_seconds=20, pause_seconds=20)
    assert is_time_for_next(busy, over_for_seconds=SHOPPERS_SECONDS, pause_seconds=20)


async def test_the_crowd_comes_around_the_release(stage: Stage) -> None:
    """Most of the crowd is in the lobby, some come behind it; who resumes late sends it quickly."""
    assert arrival_seconds(await stage.at(0)) == 90
    assert arrival_seconds(await stage.at(120)) == 10


async def test_the_status_line_says_where_the_round_is(stage: Stage) -> None:
    """One line names the phase and the counts."""
    assert describe(await stage.at(10)).startswith("lobby, release in 50 s | 0 in line")
    assert "0/80 inside" in describe(await stage.at(10))
    assert describe(await stage.at(10_000)).startswith("closed, a fresh round follows")
