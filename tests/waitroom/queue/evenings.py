"""An evening on a test's clock: a long line, and fans who take their turn late, or never, and shop for a while."""

import asyncio
import heapq
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.factories import ARoom, some_fans
from waitroom.queue import Claimed, Queue, Snapshot, Waiting

Delay = Callable[[random.Random, float], float]
MOST_AT_ONCE = 20
MOST_JOINS = 1000
ASK_AGAIN_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How many of the fans do not show up, after how long the others claim, and how long they stay (None: for good).

    `delay` is given the second of the evening at which the turn came.
    """

    no_shows: float = 0.3
    delay: Delay
    stay_seconds: float | None = None
    everybody_from: float = float("inf")
    """From this second on there are no no-shows any more."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the room was like at a second of the evening; `turns`, `claims` and `entries` since its beginning."""

    second: float
    active: int
    admitted: int
    share: float
    turns: int
    claims: int
    entries: int


def within_minutes(mean_seconds: float, *, most: float) -> Delay:
    """Most claim soon, some a good deal later, none after `most` seconds."""

    def delay(dice: random.Random, _second: float) -> float:
        late = dice.uniform(0, most * 0.6) if dice.random() < 0.15 else 0
        return min(dice.expovariate(1 / mean_seconds) + late, most)

    return delay


def in_the_same_second(every: float) -> Delay:
    """All who have the turn claim together, once in so many seconds."""
    return lambda _dice, second: every - second % every


@dataclass
class Evening:
    """A room, its crowd, and what came of it; times in seconds since the beginning."""

    room: ARoom
    habits: Habits
    dice: random.Random
    line: Iterator[str]
    start_ms: int
    moments: list[float] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    turns: int = 0
    refused: int = 0
    unexpected: list[object] = field(default_factory=list)
    _claims: list[tuple[float, int, str]] = field(default_factory=list)
    _ends: list[tuple[float, str]] = field(default_factory=list)

    @classmethod
    async def begin(
        cls, queue: Queue, name: str, habits: Habits, *, fans: int, seed: int, **settings: object
    ) -> "Evening":
        """Fill the line of a new room, so that it never runs dry, and open it."""
        opened: dict[str, Any] = settings | {"paused": True, "session_minutes": 1440}
        room = await ARoom.open(queue, name, **opened)
        crowd = some_fans(fans)
        for start in range(0, fans, MOST_JOINS):
            await room.join(*crowd[start : start + MOST_JOINS])
        await room.change(paused=False)
        return cls(room, habits, random.Random(seed), iter(crowd), room.clock.now_ms)

    @property
    def second(self) -> float:
        """The seconds since the beginning."""
        return (self.room.clock.now_ms - self.start_ms) / 1000

    async def live(self, *, seconds: float, step: float) -> None:
        """Advance at every step; who is due claims or leaves."""
        for _ in range(round(seconds / step)):
            now_us = self.room.clock.move(seconds=step)
            advanced = await self.room.queue.advance(self.room.name, interval_us=0, now_us=now_us)
            self._take_turns(advanced.turns)
            await self._claim_what_is_due()
            await self._leave_when_due()
            self._look(Snapshot.parse(self.room.name, advanced.snapshot))
        assert self.unexpected == []

    def used(self, *, since: float) -> float:
        """Which part of the rate came in from a second on."""
        seconds = self.second - since
        came = sum(since <= moment < self.second for moment in self.moments)
        return came / (seconds * self.room.settings.new_users_per_minute / 60)

    def mean_active(self, *, since: float) -> float:
        """How many had a slot, on average, from a second on."""
        found = [look.active for look in self.looks if look.second >= since]
        return sum(found) / len(found)

    def _take_turns(self, turns: int) -> None:
        self.turns += turns
        for _ in range(turns):
            fan = next(self.line)
            stays_away = self.dice.random() < self.habits.no_shows
            if stays_away and self.second < self.habits.everybody_from:
                continue
            due = self.second + self.habits.delay(self.dice, self.second)
            heapq.heappush(self._claims, (due, self.turns, fan))

    async def _claim_what_is_due(self) -> None:
        due = []
        while self._claims and self._claims[0][0] <= self.second:
            due.append(heapq.heappop(self._claims)[2])
        for start in range(0, len(due), MOST_AT_ONCE):
            await self._claim(due[start : start + MOST_AT_ONCE])

    async def _claim(self, fans: Sequence[str]) -> None:
        answers = await asyncio.gather(*(self.room.claim(fan) for fan in fans))
        claimed = [fan for fan, answer in zip(fans, answers, strict=True) if isinstance(answer, Claimed)]
        # Which of them got which moment is the network's chance; the evening should be the same each time.
        moments = sorted(answer.enter_at_ms - self.start_ms for answer in answers if isinstance(answer, Claimed))
        for fan, moment_ms in zip(claimed, moments, strict=True):
            self.moments.append(moment_ms / 1000)
            if self.habits.stay_seconds is not None:
                stay = self.dice.expovariate(1 / self.habits.stay_seconds)
                heapq.heappush(self._ends, (moment_ms / 1000 + stay, fan))
        for fan, answer in zip(fans, answers, strict=True):
            if isinstance(answer, Waiting):
                self.refused += 1
                heapq.heappush(self._claims, (self.second + ASK_AGAIN_SECONDS, -self.refused, fan))
            elif not isinstance(answer, Claimed):
                self.unexpected.append(answer)

    async def _leave_when_due(self) -> None:
        while self._ends and self._ends[0][0] <= self.second:
            _, fan = heapq.heappop(self._ends)
            room = self.room
            await room.queue.finish(room.name, epoch=room.epoch, fan_id=fan, now_us=room.clock.now_us)

    def _look(self, snapshot: Snapshot) -> None:
        self.looks.append(
            Look(
                second=self.second,
                active=snapshot.counts.active,
                admitted=snapshot.counts.admitted,
                share=snapshot.share,
                turns=self.turns,
                claims=len(self.moments),
                entries=sum(moment <= self.second for moment in self.moments),
            )
        )
