"""Coalescing: joins that arrive together on one edge go to the store as one script call."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from waitroom.errors import QueueUnavailableError
from waitroom.queue.draw import check_entrant
from waitroom.queue.results import Closed, CodeRefused, OtherEpoch, Standing
from waitroom.queue.store import Queue

MOST_FANS = 500
"""A call; more wait for the next one, which leaves as soon as this one is answered."""

Answer = Standing | Closed | CodeRefused | OtherEpoch


@dataclass(frozen=True)
class _Join:
    fan_id: str
    tier: int
    code_id: str
    answer: asyncio.Future[Answer]


class JoinCoalescer:
    """Collects the joins of a room while a call is under way, and sends them together.

    When the store does not answer, each of the batch's callers gets QueueUnavailableError; a caller that has gone
    away meanwhile leaves the others alone.
    """

    def __init__(self, queue: Queue, *, on_batch: Callable[[str, int], None] = lambda _room, _fans: None) -> None:
        self._queue = queue
        self._on_batch = on_batch
        self._pending: dict[tuple[str, str], list[_Join]] = defaultdict(list)
        self._senders: set[asyncio.Task[None]] = set()

    async def join(self, room: str, *, epoch: str, fan_id: str, tier: int = 0, code_id: str = "") -> Answer:
        """Give one fan its standing; raises ValueError for a fan that `Queue.join` would refuse."""
        check_entrant(fan_id, tier=tier)
        join = _Join(fan_id, tier, code_id, asyncio.get_running_loop().create_future())
        line = self._pending[room, epoch]
        line.append(join)
        if len(line) == 1:
            self._start(room, epoch)
        return await join.answer

    def _start(self, room: str, epoch: str) -> None:
        sender = asyncio.create_task(self._send(room, epoch))
        self._senders.add(sender)
        sender.add_done_callback(self._senders.discard)

    async def _send(self, room: str, epoch: str) -> None:
        # The first join stays in the list while its call runs: whoever comes meanwhile waits for the next call.
        while line := self._pending[room, epoch]:
            # Whoever came in the same turn of the event loop goes along.
            await asyncio.sleep(0)
            batch = line[:MOST_FANS]
            await self._send_batch(room, epoch, batch)
            del line[: len(batch)]
        del self._pending[room, epoch]

    async def _send_batch(self, room: str, epoch: str, batch: list[_Join]) -> None:
        try:
            self._on_batch(room, len(batch))
            fans = [(join.fan_id, join.tier) for join in batch]
            codes = [join.code_id for join in batch]
            answers = await self._queue.join(room, fans, codes=codes, epoch=epoch)
        except Exception as broken:  # noqa: BLE001 - whatever broke belongs to those who wait for it
            _fail(batch, broken)
            return
        if isinstance(answers, OtherEpoch):
            answers_each: list[Answer] = [answers] * len(batch)
        else:
            answers_each = list(answers)
        for join, answer in zip(batch, answers_each, strict=True):
            if not join.answer.done():
                join.answer.set_result(answer)

    async def close(self) -> None:
        """Refuse what is still waiting."""
        senders = list(self._senders)
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
        for line in self._pending.values():
            _fail(line, QueueUnavailableError("This edge is stopping."))
        self._pending.clear()


def _fail(joins: list[_Join], error: Exception) -> None:
    for join in joins:
        if not join.answer.done():
            join.answer.set_exception(error)
