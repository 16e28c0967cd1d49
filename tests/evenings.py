"""A crowd that goes through the real scripts on a test clock, as the simulation supposes that it would.

The line is in the order of arrival, so who has a turn follows from how many were given. `Dice` decide what a fan does:
`Even` ones spread all fans evenly over the distribution, so that counts repeat and hardly scatter.
"""

import heapq
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from tests.factories import START_MS, ARoom, some_fans
from waitroom.queue import Claimed, Entered, Queue, Snapshot, State, Waiting
from waitroom.simulation import Crowd, Policy

TICK_SECONDS = 0.2
ASK_AGAIN_SECONDS = 2
MOST_A_BATCH = 500

Act = Callable[[str], Awaitable[None]]


class Dice(Protocol):
    """Numbers between 0 and 1 for each of a fan's decisions."""

    def roll(self, decision: str) -> float:
        """Return the next fan's number for this decision."""
        ...


class Even:
    """Low-discrepancy numbers (additive recurrence with the square roots of primes), the same in every run."""

    STEPS = {"show": math.sqrt(2), "claim": math.sqrt(3), "shop": math.sqrt(7)}  # noqa: RUF012 - never written

    def __init__(self) -> None:
        self._rolled = dict.fromkeys(self.STEPS, 0.5)

    def roll(self, decision: str) -> float:
        """Return the next fan's number for this decision."""
        self._rolled[decision] = (self._rolled[decision] + self.STEPS[decision]) % 1
        return self._rolled[decision]


class Random:
    """Numbers of a seeded generator."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def roll(self, _decision: str) -> float:
        """Return the next number."""
        return self._random.random()


@dataclass
class Evening:
    """What happened, by the second: turns and entries so far, and fans inside."""

    turns: list[int] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)
    inside: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    drained_at: float = 0


async def open_room(queue: Queue, name: str, policy: Policy) -> ARoom:
    """Make a room that follows the policy; its line is open."""
    steps = [
        {
            "at": START_MS + round(step.at_seconds * 1000),
            "new_users_per_minute": step.new_users_per_minute,
            "total_active_users": step.total_active_users,
        }
        for step in policy.plan
    ]
    return await ARoom.open(
        queue,
        name,
        new_users_per_minute=policy.new_users_per_minute,
        total_active_users=policy.total_active_users,
        claim_minutes=policy.claim_minutes,
        session_minutes=policy.session_minutes,
        plan=steps,
    )


class Player:
    """Lets one crowd pass through one room."""

    def __init__(self, room: ARoom, crowd: Crowd, dice: Dice) -> None:
        self._room, self._crowd, self._dice = room, crowd, dice
        self._started_us = room.clock.now_us
        self._line: list[tuple[float, str]] = []
        self._given = self._entered = 0
        self._snapshot = ""
        self._events: list[tuple[float, int, Act, str]] = []
        self._order = count()
        self.evening = Evening()

    @property
    def _now(self) -> float:
        return (self._room.clock.now_us - self._started_us) / 1e6

    async def play(self, *, seconds: int) -> Evening:
        """Play the first so many seconds from the release."""
        arrivals = [self._crowd.lobby, *self._crowd.arrivals_by_second()]
        ticks = round(1 / TICK_SECONDS)
        for tick in range(seconds * ticks + 1):
            if tick:
                self._room.clock.move(seconds=TICK_SECONDS)
            await self._act()
            if tick % ticks == 0 and tick // ticks < len(arrivals):
                await self._arrive(arrivals[tick // ticks])
            await self._advance()
            if tick % ticks == 0:
                self._note()
        return self.evening

    async def _arrive(self, fans: int) -> None:
        while fans:
            batch = some_fans(min(fans, MOST_A_BATCH))
            standings = await self._room.join(*batch)
            self._line += [(self._now, fan) for fan in batch]
            self._turn_for(sum(standing.state is State.ADMITTED for standing in standings))
            fans -= len(batch)

    async def _advance(self) -> None:
        room = self._room
        advanced = await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)
        self._turn_for(advanced.turns)
        self._snapshot = advanced.snapshot

    def _turn_for(self, turns: int) -> None:
        for arrived, fan in self._line[self._given : self._given + turns]:
            self.evening.waits.append(self._now - arrived)
            self.evening.drained_at = self._now
            delay = _spread(self._dice.roll("claim"), self._crowd.claim_seconds)
            if self._dice.roll("show") >= self._crowd.no_show:
                self._later(delay, self._claim, fan)
        self._given += turns

    def _later(self, seconds: float, action: Act, fan: str) -> None:
        heapq.heappush(self._events, (self._now + seconds, next(self._order), action, fan))

    async def _act(self) -> None:
        while self._events and self._events[0][0] <= self._now:
            _, _, action, fan = heapq.heappop(self._events)
            await action(fan)

    async def _claim(self, fan: str) -> None:
        match await self._room.claim(fan):
            case Claimed(enter_at_ms=enter):
                self._later(max(0, enter / 1000 - self._room.clock.now_us / 1e6), self._enter, fan)
            case Waiting():
                self._later(ASK_AGAIN_SECONDS, self._claim, fan)

    async def _enter(self, fan: str) -> None:
        room = self._room
        answer = await room.queue.enter(room.name, epoch=room.epoch, fan_id=fan, session="s", now_us=room.clock.now_us)
        assert isinstance(answer, Entered)
        self._entered += 1
        self._later(_spread(self._dice.roll("shop"), self._crowd.shop_minutes * 60), self._finish, fan)

    async def _finish(self, fan: str) -> None:
        room = self._room
        await room.queue.finish(room.name, epoch=room.epoch, fan_id=fan, now_us=room.clock.now_us)

    def _note(self) -> None:
        self.evening.turns.append(self._given)
        self.evening.entries.append(self._entered)
        self.evening.inside.append(Snapshot.parse(self._room.name, self._snapshot).counts.active)


def _spread(number: float, mean: float) -> float:
    """The quantile of an exponential distribution."""
    return -mean * math.log(1 - number)
