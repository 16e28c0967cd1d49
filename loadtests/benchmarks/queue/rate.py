"""P5: is the rate used, and never exceeded, when four edges race and three of ten never come?

On a clock of its own, so that twelve minutes take seconds: every 200 ms all edges advance the room at once, seven
of ten fans with a turn claim it some time within the claim window, and enter at the moment they are given.
"""

import asyncio
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from loadtests.benchmarks.rows import UnfitError
from waitroom.embedded import EmbeddedValkey
from waitroom.queue import Claimed, Entered, Queue, create_room
from waitroom.queue.draw import random_fan_id
from waitroom.rooms import RoomSettings
from waitroom.tokens import KeySource

EDGES = 4
STEP_MS = 200
NO_SHOWS = 0.3
PER_MINUTE = 3000
CLAIM_MS = 120_000
WINDOWS = 6
"""Claim windows that are run through; the first is not counted, for nothing is known of the crowd in it."""
START_MS = 1_800_000_000_000
Act = Callable[[Queue, str, int], Awaitable[None]]
CALLS = 24
"""Calls at a time: the pool of a queue has 32 connections."""


@dataclass(frozen=True, kw_only=True)
class RateUse:
    """How the rate was used: the share of what was due after the first claim window, the same by claim window (the
    first included), and the worst excess over due and depth of any window (≤ 0: none)."""

    share: float
    by_window: list[float]
    worst_excess: float
    entries: int
    turns: int


@dataclass(kw_only=True)
class Evening:
    """The room, its fans in their order, and what they will do when."""

    queues: Sequence[Queue]
    room: str
    fans: list[str]
    dice: random.Random
    turns: int = 0
    claims: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    entries: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    entered_ms: list[int] = field(default_factory=list)

    async def step(self, now_ms: int) -> None:
        """Let all edges advance at once, then let those claim and enter whose moment it is."""
        racing = (queue.advance(self.room, interval_us=STEP_MS * 1000, now_us=now_ms * 1000) for queue in self.queues)
        turns = sum([advanced.turns for advanced in await asyncio.gather(*racing)])
        for fan_id in self.fans[self.turns : self.turns + turns]:
            self._decide(fan_id, now_ms=now_ms)
        self.turns += turns
        await self._each(self.claims.pop(now_ms, []), self._claim, now_ms=now_ms)
        await self._each(self.entries.pop(now_ms, []), self._enter, now_ms=now_ms)

    def _decide(self, fan_id: str, *, now_ms: int) -> None:
        if self.dice.random() >= NO_SHOWS:
            patience_ms = min(self.dice.expovariate(4 / CLAIM_MS), CLAIM_MS * 0.9)
            self.claims[now_ms + STEP_MS + round(patience_ms / STEP_MS) * STEP_MS].append(fan_id)

    async def _claim(self, queue: Queue, fan_id: str, now_ms: int) -> None:
        answer = await queue.claim(self.room, fan_id=fan_id, now_us=now_ms * 1000)
        if not isinstance(answer, Claimed):
            raise UnfitError(f"a claim in time was answered with {answer}")
        self.entered_ms.append(answer.enter_at_ms)
        next_step_ms = -(-answer.enter_at_ms // STEP_MS) * STEP_MS
        self.entries[max(next_step_ms, now_ms + STEP_MS)].append(fan_id)

    async def _enter(self, queue: Queue, fan_id: str, now_ms: int) -> None:
        answer = await queue.enter(self.room, epoch="", fan_id=fan_id, session=fan_id, now_us=now_ms * 1000)
        if not isinstance(answer, Entered):
            raise UnfitError(f"an entry in time was answered with {answer}")

    async def _each(self, fans: list[str], do: Act, *, now_ms: int) -> None:
        for first in range(0, len(fans), CALLS):
            some = fans[first : first + CALLS]
            await asyncio.gather(*(do(self.queues[i % EDGES], fan_id, now_ms) for i, fan_id in enumerate(some)))


def measure_rate(valkey: EmbeddedValkey, keys: KeySource, *, room: str = "rate") -> RateUse:
    """Run the evening on a store and say what came of it."""
    return asyncio.run(_run(valkey.url, keys, room))


async def _run(url: str, keys: KeySource, room: str) -> RateUse:
    queues = [Queue.connect(url) for _ in range(EDGES)]
    settings = RoomSettings(
        new_users_per_minute=PER_MINUTE,
        total_active_users=1_000_000,
        claim_minutes=CLAIM_MS / 60_000,
        session_minutes=1,
    )
    await create_room(queues[0], keys, room, settings.changed({"paused": True}), who="bench", now_us=START_MS * 1000)
    length_ms = WINDOWS * CLAIM_MS
    evening = Evening(queues=queues, room=room, fans=[], dice=random.Random(5))  # noqa: S311 - a crowd, not a secret
    evening.fans = await _fill(queues[0], room, fans=round(length_ms / 60_000 * PER_MINUTE * 2.1))
    await queues[0].configure(room, fields={"paused": "0"}, who="bench", expected=1, now_us=START_MS * 1000)
    for now_ms in range(START_MS, START_MS + length_ms, STEP_MS):
        await evening.step(now_ms)
        if (now_ms - START_MS) % CLAIM_MS == 0:
            sys.stderr.write(
                f"minute {(now_ms - START_MS) // 60_000} of {length_ms // 60_000}, {evening.turns:,} turns\n"
            )
    await queues[0].delete(room)
    for queue in queues:
        await queue.close()
    return _judge(evening)


async def _fill(queue: Queue, room: str, *, fans: int) -> list[str]:
    joined = [random_fan_id() for _ in range(fans)]
    for first in range(0, fans, 500):
        some = [(fan_id, 0) for fan_id in joined[first : first + 500]]
        await queue.join(room, some, now_us=START_MS * 1000 + first)
    return joined


def _judge(evening: Evening) -> RateUse:
    entered = sorted(evening.entered_ms)
    used = Counter((moment - START_MS) // CLAIM_MS for moment in entered)
    due = CLAIM_MS / 60_000 * PER_MINUTE
    by_window = [used[number] / due for number in range(WINDOWS)]
    return RateUse(
        share=sum(by_window[1:]) / (WINDOWS - 1),
        by_window=by_window,
        worst_excess=worst_excess(entered, per_minute=PER_MINUTE),
        entries=len(entered),
        turns=evening.turns,
    )


def worst_excess(moments_ms: Sequence[int], *, per_minute: float) -> float:
    """The most that any window held beyond w * R/60 + d, where a window of no length holds what it begins with."""
    per_ms, depth = per_minute / 60_000, max(1.0, per_minute / 60)
    worst, lowest = -depth, float("inf")
    for number, moment in enumerate(moments_ms):
        lowest = min(lowest, number - moment * per_ms)
        worst = max(worst, number + 1 - moment * per_ms - lowest - depth)
    return worst
