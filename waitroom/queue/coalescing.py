"""Coalescing: calls about single fans that arrive together on one edge go to the store as one script call."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Literal, NamedTuple, TypeVar

from waitroom.errors import QueueUnavailableError
from waitroom.queue.draw import check_entrant
from waitroom.queue.results import Closed, CodeRefused, OtherEpoch, Standing
from waitroom.queue.store import Queue

MOST_FANS = 500
"""A call; more wait for the next one, which leaves as soon as this one is answered."""

ENOUGH_FANS = 64
"""A call that has so many leaves without waiting for more."""
PATIENCE_TURNS = 6
"""Turns of the event loop without another call, after which none is waited for."""

A = TypeVar("A")
OnBatch = Callable[[str, int], None]


class FanCall(NamedTuple):
    """One fan's part of a call; each verb reads what it knows of."""

    fan_id: str
    tier: int
    code_id: str = ""
    score: int | Literal["behind"] | None = None


class _Pending(NamedTuple, Generic[A]):
    call: FanCall
    answer: "asyncio.Future[A | OtherEpoch]"


class Coalescer(Generic[A]):
    """Collects the calls of a room while one is under way, and sends them together.

    When the store does not answer, each of the batch's callers gets QueueUnavailableError; a caller that has gone
    away meanwhile leaves the others alone.
    """

    def __init__(
        self,
        send: Callable[[str, str, Sequence[FanCall]], Awaitable[Sequence[A] | OtherEpoch]],
        *,
        on_batch: OnBatch = lambda _room, _fans: None,
    ) -> None:
        self._send_calls = send
        self._on_batch = on_batch
        self._pending: dict[tuple[str, str], list[_Pending[A]]] = defaultdict(list)
        self._senders: set[asyncio.Task[None]] = set()

    async def ask(self, room: str, call: FanCall, *, epoch: str) -> A | OtherEpoch:
        """Answer one fan; raises ValueError for a fan that could not be drawn."""
        check_entrant(call.fan_id, tier=call.tier)
        pending: _Pending[A] = _Pending(call, asyncio.get_running_loop().create_future())
        line = self._pending[room, epoch]
        line.append(pending)
        if len(line) == 1:
            self._start(room, epoch)
        return await pending.answer

    def _start(self, room: str, epoch: str) -> None:
        sender = asyncio.create_task(self._send(room, epoch))
        self._senders.add(sender)
        sender.add_done_callback(self._senders.discard)

    async def _send(self, room: str, epoch: str) -> None:
        # The first call stays in the list while it runs: whoever comes meanwhile waits for the next one.
        while line := self._pending[room, epoch]:
            await _gather(line)
            batch = line[:MOST_FANS]
            await self._send_batch(room, epoch, batch)
            del line[: len(batch)]
        del self._pending[room, epoch]

    async def _send_batch(self, room: str, epoch: str, batch: list[_Pending[A]]) -> None:
        try:
            self._on_batch(room, len(batch))
            answers = await self._send_calls(room, epoch, [pending.call for pending in batch])
        except Exception as broken:  # noqa: BLE001 - whatever broke belongs to those who wait for it
            _fail(batch, broken)
            return
        each: Sequence[A | OtherEpoch] = [answers] * len(batch) if isinstance(answers, OtherEpoch) else answers
        for pending, answer in zip(batch, each, strict=True):
            if not pending.answer.done():
                pending.answer.set_result(answer)

    async def close(self) -> None:
        """Refuse what is still waiting."""
        senders = list(self._senders)
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
        for line in self._pending.values():
            _fail(line, QueueUnavailableError("This edge is stopping."))
        self._pending.clear()


class JoinCoalescer(Coalescer[Standing | Closed | CodeRefused]):
    """Coalesces joins."""

    def __init__(self, queue: Queue, *, on_batch: OnBatch = lambda _room, _fans: None) -> None:
        super().__init__(self._join_all, on_batch=on_batch)
        self._queue = queue

    async def join(
        self, room: str, *, epoch: str, fan_id: str, tier: int = 0, code_id: str = ""
    ) -> Standing | Closed | CodeRefused | OtherEpoch:
        """Give one fan its standing; raises ValueError for a fan that `Queue.join` would refuse."""
        return await self.ask(room, FanCall(fan_id=fan_id, tier=tier, code_id=code_id), epoch=epoch)

    async def _join_all(
        self, room: str, epoch: str, calls: Sequence[FanCall]
    ) -> list[Standing | Closed | CodeRefused] | OtherEpoch:
        fans = [(call.fan_id, call.tier) for call in calls]
        return await self._queue.join(room, fans, codes=[call.code_id for call in calls], epoch=epoch)


class RestoreCoalescer(Coalescer[Standing]):
    """Coalesces fans who are put back."""

    def __init__(self, queue: Queue, *, on_batch: OnBatch = lambda _room, _fans: None) -> None:
        super().__init__(self._restore_all, on_batch=on_batch)
        self._queue = queue

    async def restore(
        self, room: str, *, epoch: str, fan_id: str, tier: int, score: int | Literal["behind"] | None
    ) -> Standing | OtherEpoch:
        """Put one fan back; raises ValueError for a fan that `Queue.restore` would refuse."""
        return await self.ask(room, FanCall(fan_id=fan_id, tier=tier, score=score), epoch=epoch)

    async def _restore_all(self, room: str, epoch: str, calls: Sequence[FanCall]) -> list[Standing] | OtherEpoch:
        fans = [(call.fan_id, call.tier, call.score) for call in calls]
        return await self._queue.restore(room, fans, epoch=epoch)


async def _gather(line: Sequence[object]) -> None:
    # While the turns of the event loop bring more, even more is on its way through it: one call for many is what makes
    # joins cheap. With nobody else about this takes a few empty turns.
    waited_for, patience = 0, PATIENCE_TURNS
    while len(line) < ENOUGH_FANS and patience:
        patience = PATIENCE_TURNS if len(line) > waited_for else patience - 1
        waited_for = len(line)
        await asyncio.sleep(0)


def _fail(calls: list[_Pending[A]], error: Exception) -> None:
    for pending in calls:
        if not pending.answer.done():
            pending.answer.set_exception(error)
