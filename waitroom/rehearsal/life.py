"""Life: what a ghost does next, by the queue's own verbs; each act answers what came of it and when the next is due."""

from dataclasses import dataclass

from waitroom.queue import Claimed, Closed, Entered, OtherEpoch, Over, Paused, Queue, State, TooEarly, Unknown, Waiting
from waitroom.rehearsal.cast import Ghost
from waitroom.rehearsal.progress import Stage

PAUSE_MS = 5_000
"""So long a ghost waits before it asks a paused room again."""


@dataclass(slots=True, kw_only=True, eq=False)
class Life:
    """One ghost and where it is; the score is known once it is drawn or stands behind the drawn."""

    ghost: Ghost
    fan_id: str
    tier: int = 0
    stage: Stage = Stage.COMING
    score: int | None = None


class Verbs:
    """The acts of ghosts who have a turn, in one room of one epoch."""

    def __init__(self, queue: Queue, room: str, *, epoch: str) -> None:
        self._queue = queue
        self._room = room
        self._epoch = epoch

    async def act(self, life: Life, *, now_ms: int, now_us: int | None) -> int | None:
        """Do what is due and return the moment of the next act, None when there is none any more."""
        match life.stage:
            case Stage.TURN:
                return await self._claim(life, now_ms=now_ms, now_us=now_us)
            case Stage.CLAIMED:
                return await self._enter(life, now_ms=now_ms, now_us=now_us)
            case Stage.INSIDE:
                await self._finish(life, now_us=now_us)
        return None

    async def go(self, life: Life) -> None:
        """Walk away: who is inside gives the slot back, who waits gives the place up."""
        if life.stage in {Stage.CLAIMED, Stage.INSIDE}:
            await self._queue.finish(self._room, epoch=self._epoch, fan_id=life.fan_id)
        elif life.stage is not Stage.COMING:
            await self._queue.leave(self._room, epoch=self._epoch, fan_id=life.fan_id)
        life.stage = Stage.GONE

    async def present(self, lives: list[Life], *, now_us: int | None) -> None:
        """Present the passes of ghosts in line, as every page does when a room comes back from a loss."""
        fans = [(life.fan_id, life.tier, life.score) for life in lives]
        await self._queue.restore(self._room, fans, epoch=self._epoch, now_us=now_us)

    async def _claim(self, life: Life, *, now_ms: int, now_us: int | None) -> int | None:
        answer = await self._queue.claim(self._room, epoch=self._epoch, fan_id=life.fan_id, now_us=now_us)
        match answer:
            case Claimed(enter_at_ms=enter_at_ms):
                life.stage = Stage.CLAIMED
                return enter_at_ms
            case Waiting(poll_after_seconds=after):
                return now_ms + after * 1000
            case Paused():
                return now_ms + PAUSE_MS
            case Unknown():
                await self.present([life], now_us=now_us)
                return now_ms + PAUSE_MS
            case Over(state=state):
                life.stage = Stage.NO_SHOW if state is State.LAPSED else Stage.GONE
            case Closed() | OtherEpoch():
                life.stage = Stage.GONE
        return None

    async def _enter(self, life: Life, *, now_ms: int, now_us: int | None) -> int | None:
        session = f"rehearsal-{life.ghost.number}"
        answer = await self._queue.enter(
            self._room, epoch=self._epoch, fan_id=life.fan_id, session=session, now_us=now_us
        )
        match answer:
            case Entered():
                life.stage = Stage.INSIDE
                return now_ms + life.ghost.shops_ms
            case TooEarly(wait_ms=wait_ms):
                return now_ms + wait_ms
        life.stage = Stage.GONE
        return None

    async def _finish(self, life: Life, *, now_us: int | None) -> None:
        answer = await self._queue.finish(self._room, epoch=self._epoch, fan_id=life.fan_id, now_us=now_us)
        has_bought = isinstance(answer, Over) and answer.state is State.FINISHED
        life.stage = Stage.BOUGHT if has_bought else Stage.GONE
