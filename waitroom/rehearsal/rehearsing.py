"""Rehearsing: the crowd as it walks through a room, step by step, without HTTP.

A ghost learns of its turn as a page does, from the snapshot's curve, and asks the store only when it stands before
the curve's first pair: waiting costs nothing here either.
"""

import asyncio
import heapq
import secrets
from collections import Counter, deque
from collections.abc import Awaitable, Iterable
from typing import TypeVar

import structlog

from waitroom.errors import QueueUnavailableError, RoomMissingError, StoreRefusedError, WaitroomError
from waitroom.queue import HealthReport, OtherEpoch, Queue, Snapshot, Standing, State
from waitroom.queue.draw import draw_score, random_fan_id
from waitroom.rehearsal.cast import GhostPlan, cast
from waitroom.rehearsal.life import Life, Verbs
from waitroom.rehearsal.progress import Progress, Stage, Status
from waitroom.rooms import CodePolicy, Phase

STEP_SECONDS = 0.25
LOOK_US = 100_000
BATCH = 500
MOST_ACTS = 500
"""A step; more wait for the next one, as at a door."""
AT_ONCE = 32
REPORT_MS = 5_000
LATENCY_MS = 60.0
GONE_SECONDS = 120.0
"""So long a room may be missing before it counts as deleted: edges put one back after a loss."""

log = structlog.get_logger()
T = TypeVar("T")


class NotARehearsalError(WaitroomError):
    """The room is no rehearsal: real fans stand in it, and no crowd of ours may. Make a room for the rehearsal."""


class Rehearsing:
    """One crowd in one room, for as long as `run` runs or `step` is called.

    Raises NotARehearsalError for a room that is not marked as a rehearsal: the only guard, since every verb carries
    this room's epoch and a room is marked from its making to its end.
    """

    def __init__(self, queue: Queue, snapshot: Snapshot, plan: GhostPlan, *, seed: str | None = None) -> None:
        if not snapshot.settings.rehearsal:
            raise NotARehearsalError(f"The room {snapshot.room!r} is no rehearsal.")
        self._queue = queue
        self._room, self._epoch = snapshot.room, snapshot.epoch
        self._verbs = Verbs(queue, snapshot.room, epoch=snapshot.epoch)
        ghosts = cast(plan, seed=seed or secrets.token_hex(8))
        self._lives = [Life(ghost=ghost, fan_id=random_fan_id()) for ghost in ghosts]
        self._to_come = deque(self._lives)
        self._lobby: list[Life] = []
        self._line: list[tuple[int, int, Life]] = []
        self._due: list[tuple[int, int, Life]] = []
        self._seats_left, self._sold, self._orders = plan.seats, 0, 0
        self._started_at_ms, self._opened_at_ms = snapshot.now_ms, None if _is_shut(snapshot) else snapshot.now_ms
        self._reported_at_ms = 0
        self._has_presented = False
        self._status = Status.RUNNING
        self._trouble: str | None = None

    @property
    def status(self) -> Status:
        """Whether the crowd still walks, and if not, why."""
        return self._status

    def progress(self) -> Progress:
        """How it goes."""
        return Progress(
            status=self._status,
            started_at_ms=self._started_at_ms,
            fans=len(self._lives),
            stages=dict(Counter(life.stage for life in self._lives)),
            seats_left=self._seats_left,
            trouble=self._trouble,
        )

    async def run(self) -> Status:
        """Walk until all are through, the room ends or is gone; while the store is away nothing is lost."""
        missing_since: float | None = None
        clock = asyncio.get_running_loop().time
        while self._status is Status.RUNNING:
            try:
                await self.step()
                missing_since = self._trouble = None
            except RoomMissingError:
                missing_since = missing_since or clock()
                self._trouble = "The room is missing; edges may put it back."
                if clock() - missing_since > GONE_SECONDS:
                    self._status = Status.ROOM_GONE
            except (QueueUnavailableError, StoreRefusedError) as away:
                self._trouble = str(away)
                log.warning("the rehearsal waits for the store", room=self._room, reason=str(away))
            await asyncio.sleep(STEP_SECONDS)
        return self._status

    async def step(self, *, now_us: int | None = None) -> None:
        """Do what is due now: join, learn of turns, claim, enter, finish, report."""
        advanced = await self._queue.advance(self._room, interval_us=LOOK_US, now_us=now_us)
        snapshot = Snapshot.parse(self._room, advanced.snapshot)
        if snapshot.epoch != self._epoch:
            self._status = Status.ROOM_GONE
            return
        if snapshot.is_recovering:
            await self._present_passes(now_us)
            return
        self._has_presented = False
        self._place_the_drawn(snapshot)
        self._learn_of_turns(snapshot)
        # After the look: who joins now is not on its curve yet.
        await self._join(snapshot, now_us)
        await self._act(snapshot.now_ms, now_us)
        await self._report(snapshot.now_ms, now_us)
        if self._status is Status.RUNNING:
            self._status = self._status_by(snapshot)

    def give_up(self) -> None:
        """Say that the crowd walks no more, for a reason that is in the log."""
        self._status, self._trouble = Status.BROKEN, "The crowd stopped at an error; the console's log has it."

    async def stop(self) -> None:
        """End the rehearsal and walk away: places and slots go to whoever else is there."""
        if self._status is not Status.RUNNING:
            return
        self._status = Status.STOPPED
        staying = [life for life in self._lives if life.stage not in {Stage.BOUGHT, Stage.NO_SHOW, Stage.GONE}]
        # Who could not walk away lapses, and slots end by their own time.
        troubles = [each for each in await _settled(map(self._verbs.go, staying)) if isinstance(each, BaseException)]
        if troubles:
            log.warning("some of the rehearsal's crowd stand there still", room=self._room, reason=str(troubles[0]))

    async def _join(self, snapshot: Snapshot, now_us: int | None) -> None:
        if _is_shut(snapshot):
            return
        if snapshot.settings.codes is CodePolicy.REQUIRED:
            self._status = Status.CODES_REQUIRED
            return
        self._opened_at_ms = self._opened_at_ms or snapshot.now_ms
        elapsed_ms = snapshot.now_ms - self._opened_at_ms
        coming: list[Life] = []
        while len(coming) < BATCH and self._to_come and self._to_come[0].ghost.comes_after_ms <= elapsed_ms:
            coming.append(self._to_come.popleft())
        if not coming:
            return
        tier = snapshot.settings.newcomer_tier
        try:
            fans = [(life.fan_id, tier) for life in coming]
            answers = await self._queue.join(self._room, fans, epoch=self._epoch, now_us=now_us)
        except (QueueUnavailableError, RoomMissingError):
            # Perhaps they were taken in: who joins again is told the standing place.
            self._to_come.extendleft(reversed(coming))
            raise
        if isinstance(answers, OtherEpoch):
            self._status = Status.ROOM_GONE
            return
        for life, answer in zip(coming, answers, strict=True):
            self._stand(life, answer if isinstance(answer, Standing) else None, now_ms=snapshot.now_ms)

    def _stand(self, life: Life, standing: Standing | None, *, now_ms: int) -> None:
        state = None if standing is None else standing.state
        life.tier = (standing.tier or 0) if standing is not None else 0
        if state is State.LOBBY:
            life.stage = Stage.LOBBY
            self._lobby.append(life)
        elif state is State.WAITING and standing is not None and standing.score is not None:
            self._queue_up(life, standing.score)
        elif state is State.ADMITTED:
            self._take_turn(life, now_ms=now_ms)
        else:
            life.stage = Stage.GONE

    def _queue_up(self, life: Life, score: int) -> None:
        life.stage, life.score = Stage.WAITING, score
        heapq.heappush(self._line, (score, life.ghost.number, life))

    def _place_the_drawn(self, snapshot: Snapshot) -> None:
        draw_key = snapshot.draw.draw_key()
        if draw_key is None or not snapshot.is_drawn:
            return
        for life in self._lobby:
            self._queue_up(life, draw_score(draw_key, tier=life.tier, fan_id=life.fan_id))
        self._lobby.clear()

    def _learn_of_turns(self, snapshot: Snapshot) -> None:
        head = snapshot.curve[0][0] if snapshot.curve else None
        if snapshot.phase is not Phase.OPEN:
            return
        while self._line and (head is None or self._line[0][0] < head):
            self._take_turn(heapq.heappop(self._line)[2], now_ms=snapshot.now_ms)

    def _take_turn(self, life: Life, *, now_ms: int) -> None:
        if life.ghost.shows_up:
            life.stage = Stage.TURN
            self._plan(life, now_ms + life.ghost.claims_after_ms)
        else:
            life.stage = Stage.NO_SHOW

    def _plan(self, life: Life, at_ms: int) -> None:
        heapq.heappush(self._due, (at_ms, life.ghost.number, life))

    async def _act(self, now_ms: int, now_us: int | None) -> None:
        acting: list[Life] = []
        while len(acting) < MOST_ACTS and self._due and self._due[0][0] <= now_ms:
            acting.append(heapq.heappop(self._due)[2])
        acts = (self._verbs.act(life, now_ms=now_ms, now_us=now_us) for life in acting)
        troubles: list[BaseException] = []
        for life, outcome in zip(acting, await _settled(acts), strict=True):
            if isinstance(outcome, BaseException):
                self._plan(life, now_ms + 1000)
                troubles.append(outcome)
            elif outcome is not None:
                self._plan(life, outcome)
            elif life.stage is Stage.BOUGHT:
                self._sell(life)
        if troubles:
            raise troubles[0]

    def _sell(self, life: Life) -> None:
        if self._seats_left is None:
            return
        taken = min(life.ghost.seats, self._seats_left)
        self._seats_left -= taken
        self._sold += taken
        self._orders += taken > 0

    async def _report(self, now_ms: int, now_us: int | None) -> None:
        if now_ms - self._reported_at_ms < REPORT_MS:
            return
        report = HealthReport(
            reporter="rehearsal",
            latency_ms=LATENCY_MS,
            requests=sum(life.stage is Stage.INSIDE for life in self._lives),
            seats_left=self._seats_left,
            seats_a_buyer=self._sold / self._orders if self._orders else None,
        )
        await self._queue.health(self._room, report=report, epoch=self._epoch, now_us=now_us)
        self._reported_at_ms = now_ms

    async def _present_passes(self, now_us: int | None) -> None:
        if self._has_presented:
            return
        standing = [*self._lobby, *(life for _, _, life in self._line)]
        for first in range(0, len(standing), BATCH):
            await self._verbs.present(standing[first : first + BATCH], now_us=now_us)
        self._has_presented = True

    def _status_by(self, snapshot: Snapshot) -> Status:
        # Cases: the room is over; nothing is left; all are through; else it goes on. Who is inside still finishes.
        if any(life.stage in {Stage.CLAIMED, Stage.INSIDE} for _, _, life in self._due):
            return Status.RUNNING
        if snapshot.phase is Phase.CLOSED:
            return Status.CLOSED
        if snapshot.is_sold_out:
            return Status.SOLD_OUT
        is_through = not (self._to_come or self._lobby or self._line or self._due)
        return Status.FINISHED if is_through else Status.RUNNING


def _is_shut(snapshot: Snapshot) -> bool:
    return snapshot.phase in {Phase.SCHEDULED, Phase.CLOSED}


async def _settled(acts: Iterable[Awaitable[T]]) -> list[T | BaseException]:
    # A few at a time: the store's connections are bounded, and others use them too.
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(act: Awaitable[T]) -> T:
        async with gate:
            return await act

    return await asyncio.gather(*(one(act) for act in acts), return_exceptions=True)
