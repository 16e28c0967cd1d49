"""A crowd at the queue's own verbs, while stores are killed under it: what each fan was told, and what became of it."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from redis import Redis

from tests.factories import a_fan, a_ring
from tests.patience import until, wait_until
from tests.waitroom.queue.races import overfull
from waitroom.errors import QueueUnavailableError
from waitroom.queue import Claimed, Entered, Over, Queue, Spent, Standing, State, Unknown, Waiting, create_room
from waitroom.queue.keys import Keys
from waitroom.rooms import RoomSettings

RATE_PER_MINUTE = 3000
CEILING = 100_000
ADVANCE_US = 200_000
PLACES = ("lobby", "waiting", "admitted", "active")
TRY_AGAIN_SECONDS = 0.05


@dataclass(kw_only=True)
class Told:
    """What one fan was told, by the monotonic clock of the one who asked."""

    fan_id: str
    room: str
    joined_at: float
    score: int
    claims: list[tuple[float, Claimed]] = field(default_factory=list)
    sessions: list[tuple[float, str]] = field(default_factory=list)


@dataclass
class Crowd:
    """Fans who join, claim and enter, over several tasks; whoever gets no answer asks again with the same id."""

    queue: Queue
    epochs: dict[str, str]
    rate_per_minute: float
    told: dict[str, Told] = field(default_factory=dict)
    ever_lost: set[str] = field(default_factory=set)
    outages: Counter[str] = field(default_factory=Counter)
    _stopped: bool = False

    @classmethod
    async def gather(cls, queue: Queue, *rooms: str, rate_per_minute: float = RATE_PER_MINUTE) -> "Crowd":
        """Make the rooms, in which fans enter at this rate, and a crowd before them."""
        settings = RoomSettings(new_users_per_minute=rate_per_minute, total_active_users=CEILING)
        epochs = {room: await create_room(queue, a_ring(), room, settings, who="test") for room in rooms}
        return cls(queue, epochs, rate_per_minute)

    @property
    def rooms(self) -> list[str]:
        """The names of the rooms."""
        return list(self.epochs)

    async def run_while(self, happens: Callable[[], Any], *, tasks: int, fans: int) -> None:  # Any: is not looked at
        """Let fans come, in each room by so many tasks; a third enter before something happens, a third after it."""
        self._stopped = False
        async with asyncio.TaskGroup() as group:
            for room in self.rooms:
                group.create_task(self._advance(room))
                for _ in range(tasks):
                    group.create_task(self._come(room))
            began = time.monotonic()
            await until(lambda: self._entered_everywhere(since=began) >= fans // 3, look_seconds=0.05)
            await asyncio.to_thread(happens)
            happened = time.monotonic()
            await until(lambda: self._entered_everywhere(since=happened) >= fans // 3, look_seconds=0.05)
            self._stopped = True

    def joined_after(self, moment: float, *, room: str) -> list[float]:
        """When fans of a room were told that they had joined, after a moment, in order."""
        # The crowd may go on meanwhile, in another thread.
        return sorted(
            told.joined_at for told in list(self.told.values()) if told.room == room and told.joined_at > moment
        )

    def until_joined_after(self, moment: float, *, room: str, tasks: int) -> None:
        """Wait, beside the crowd's loop, for a fan who asked after a moment: at most one a task was on the way then."""
        wait_until(lambda: len(self.joined_after(moment, room=room)) > tasks)

    def longest_gap(self, room: str, *, since: float = 0.0) -> float:
        """The longest time without a join in a room, in seconds."""
        moments = self.joined_after(since, room=room)
        return max(after - before for before, after in pairwise(moments))

    async def lost(self) -> list[Told]:
        """The fans who were told that they had joined, and whom the store does not know.

        Whose claim alone was lost is noted with them: their moments of entry may be given once more.
        """
        found = []
        for told in self.told.values():
            answer = await self._insist(lambda told=told: self.queue.standing(told.room, fan_id=told.fan_id))  # type: ignore[misc] # mypy has no type for a lambda's defaults
            if answer.state is State.UNKNOWN:
                found.append(told)
            if told.claims and answer.state in {State.WAITING, State.ADMITTED}:
                self.ever_lost.add(told.fan_id)
        self.ever_lost |= {told.fan_id for told in found}
        return found

    async def put_back(self, told: Told) -> None:
        """Put a fan whom the store forgot back at the score of the pass: an edge does so when it is presented."""
        epoch = self.epochs[told.room]
        (restored,) = await self._insist(
            lambda: self.queue.restore(told.room, [(told.fan_id, 0, told.score)], epoch=epoch)
        )
        assert (restored.state, restored.score) == (State.WAITING, told.score)

    async def _come(self, room: str) -> None:
        while not self._stopped:
            fan_id = a_fan()
            joined = await self._insist(lambda fan_id=fan_id: join_one(self.queue, room, fan_id))  # type: ignore[misc] # mypy has no type for a lambda's defaults
            # Whoever had the turn at once holds a pass with the lowest score.
            told = Told(fan_id=fan_id, room=room, joined_at=time.monotonic(), score=joined.score or 0)
            self.told[fan_id] = told
            await self._go_in(told)

    async def _go_in(self, told: Told) -> None:
        """Claim until the turn is there, then enter; a fan whom the store forgot gives up here."""
        claimed = await self._insist(
            lambda: self.queue.claim(told.room, fan_id=told.fan_id),
            until=lambda answer: not isinstance(answer, Waiting),
        )
        if not isinstance(claimed, Claimed):
            assert claimed is None or isinstance(claimed, Unknown), claimed
            return
        told.claims.append((time.monotonic(), claimed))
        session = f"session of {told.fan_id}"
        entered = await self._insist(
            lambda: self.queue.enter(told.room, epoch="", fan_id=told.fan_id, session=session),
            until=lambda answer: isinstance(answer, Entered | Unknown | Over | Spent),
        )
        assert not isinstance(entered, Spent), "a fan was refused its own session"
        if isinstance(entered, Entered):
            told.sessions.append((time.monotonic(), session))

    async def _insist(
        self, call: Callable[[], Any], *, until: Callable[[Any], bool] | None = None
    ) -> Any:  # Any: verbs'
        """Call until there is an answer; one that will do, when asked, or None once the crowd is stopped."""
        while not self._stopped or until is None:
            try:
                answer = await call()
            except QueueUnavailableError as away:
                self.outages[type(away.__cause__).__name__] += 1
            else:
                if until is None or until(answer):
                    return answer
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        return None

    async def _advance(self, room: str) -> None:
        while not self._stopped:
            with suppress(QueueUnavailableError):
                await self.queue.advance(room, interval_us=ADVANCE_US)
            await asyncio.sleep(ADVANCE_US / 1e6)

    def _entered_everywhere(self, *, since: float) -> int:
        """How many have entered by now, over all rooms; 0 while any room has none."""
        entered = Counter(told.room for told in self.told.values() for at, _ in told.sessions if at > since)
        return entered.total() if len(entered) == len(self.rooms) else 0


async def join_one(queue: Queue, room: str, fan_id: str) -> Standing:
    """Join as one fan."""
    answers = await queue.join(room, [(fan_id, 0)])
    assert isinstance(answers, list)
    assert isinstance(answers[0], Standing)
    return answers[0]


def fans_in_two_places(server: Redis, room: str) -> set[bytes]:
    """The fans whom a server has in two states at once: none, or somebody had two turns."""
    found: Counter[bytes] = Counter()
    for part in PLACES:
        members: Any = server.zrange(Keys(room).part(part), 0, -1)
        found.update(members)
    ended: Any = server.hkeys(Keys(room).part("ended"))
    found.update(ended)
    return {fan for fan, times in found.items() if times > 1}


def assert_entries_kept_their_due(crowd: Crowd, room: str) -> None:
    """In no window did more enter than the rate and its depth allow, but for as many as were ever found lost."""
    per_second = crowd.rate_per_minute / 60
    depth = max(1, per_second) + len([fan_id for fan_id in crowd.ever_lost if crowd.told[fan_id].room == room])
    moments = moments_of_entry(crowd, room)
    assert moments, "nobody entered"
    assert overfull(moments, per_second=per_second, depth=depth, windows=(0.5, 1, 2, 5)) == []


def moments_of_entry(crowd: Crowd, room: str) -> list[float]:
    """Every moment of entry that anybody of a room was given, in seconds."""
    given = {
        (told.fan_id, claim.enter_at_ms)
        for told in crowd.told.values()
        if told.room == room
        for _, claim in told.claims
    }
    return [enter_ms / 1000 for _, enter_ms in given]
