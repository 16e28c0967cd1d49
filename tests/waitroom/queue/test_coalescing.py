"""Joins that arrive together go as one call."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.factories import ARoom, a_fan, some_fans
from tests.patience import PATIENCE_SECONDS
from waitroom.errors import QueueUnavailableError
from waitroom.queue import JoinCoalescer, OtherEpoch, Queue, Standing, State
from waitroom.queue.coalescing import PATIENCE_TURNS


class Gate:
    """A queue whose joins wait to be let through, one at a time, or break."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self.calls: list[int] = []
        self.passes = asyncio.Semaphore(0)
        self.breaks: Exception | None = None

    async def join(
        self, room: str, fans: Sequence[tuple[str, int]], *, codes: Sequence[str], epoch: str
    ) -> Any:  # Any: as the queue's own
        """Count the call, wait for a pass, and join."""
        self.calls.append(len(fans))
        await self.passes.acquire()
        if self.breaks is not None:
            raise self.breaks
        return await self._queue.join(room, fans, codes=codes, epoch=epoch)


@pytest.fixture
def gate(queue: Queue) -> Gate:
    """A gate before the real queue."""
    return Gate(queue)


@pytest.fixture
def coalescer(gate: Gate) -> JoinCoalescer:
    """A coalescer behind the gate."""
    return JoinCoalescer(gate)  # type: ignore[arg-type] # it joins like a queue


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_hundred_joins_are_few_calls(queue: Queue, room: ARoom) -> None:
    """A hundred joins of one moment are one or two calls, and each caller gets the own answer."""
    batches: list[int] = []
    coalescer = JoinCoalescer(queue, on_batch=lambda _room, fans: batches.append(fans))
    fans = some_fans(100)
    answers = await asyncio.gather(*(coalescer.join(room.name, epoch=room.epoch, fan_id=fan) for fan in fans))
    assert [answer.fan_id for answer in answers if isinstance(answer, Standing)] == fans
    assert len(batches) <= 2
    assert sum(batches) == 100


async def test_joins_of_following_turns_go_together(gate: Gate, coalescer: JoinCoalescer, room: ARoom) -> None:
    """While the turns of the event loop bring more joins they are waited for; one that comes alone soon leaves."""
    tasks = []
    for fan in some_fans(20):
        tasks.append(asyncio.create_task(coalescer.join(room.name, epoch=room.epoch, fan_id=fan)))
        for _ in range(PATIENCE_TURNS - 2):
            await asyncio.sleep(0)
    await settle()
    assert gate.calls == [20]
    gate.passes.release()
    await asyncio.gather(*tasks)
    alone = asyncio.create_task(coalescer.join(room.name, epoch=room.epoch, fan_id=a_fan()))
    await settle()
    assert gate.calls == [20, 1]
    gate.passes.release()
    await alone


async def test_who_comes_meanwhile_goes_with_the_next_call(gate: Gate, coalescer: JoinCoalescer, room: ARoom) -> None:
    """While a call is under way the joins collect, at most 500 a call."""
    gate.passes.release()
    first = asyncio.create_task(coalescer.join(room.name, epoch=room.epoch, fan_id=a_fan()))
    await first
    tasks = [
        asyncio.create_task(coalescer.join(room.name, epoch=room.epoch, fan_id=fan, tier=1)) for fan in some_fans(700)
    ]
    await settle()
    assert gate.calls == [1, 500]
    for _ in range(2):
        gate.passes.release()
    answers = await asyncio.gather(*tasks)
    assert gate.calls == [1, 500, 200]
    assert {answer.tier for answer in answers if isinstance(answer, Standing)} == {1}


async def test_rooms_and_epochs_go_apart(gate: Gate, coalescer: JoinCoalescer, room: ARoom) -> None:
    """A call is of one room and one epoch; who means another room of the name is told so."""
    for _ in range(2):
        gate.passes.release()
    here, there = await asyncio.gather(
        coalescer.join(room.name, epoch=room.epoch, fan_id=a_fan()),
        coalescer.join(room.name, epoch="another", fan_id=a_fan()),
    )
    assert isinstance(here, Standing)
    assert there == OtherEpoch()
    assert gate.calls == [1, 1]


async def test_a_failure_reaches_all(gate: Gate, coalescer: JoinCoalescer, room: ARoom) -> None:
    """When the store is away each caller of the batch learns it, and the next join is tried anew."""
    gate.breaks = QueueUnavailableError("away")
    joins = [coalescer.join(room.name, epoch=room.epoch, fan_id=fan) for fan in some_fans(20)]
    gate.passes.release()
    answers = await asyncio.gather(*joins, return_exceptions=True)
    assert [type(answer) for answer in answers] == [QueueUnavailableError] * 20
    gate.breaks = None
    gate.passes.release()
    assert isinstance(await coalescer.join(room.name, epoch=room.epoch, fan_id=a_fan()), Standing)


async def test_a_cancelled_caller_harms_nobody(gate: Gate, coalescer: JoinCoalescer, room: ARoom) -> None:
    """A caller who goes away leaves the others their answers; the fan has joined all the same."""
    fans = some_fans(10)
    tasks = [asyncio.create_task(coalescer.join(room.name, epoch=room.epoch, fan_id=fan)) for fan in fans]
    await settle()
    tasks[0].cancel()
    tasks[5].cancel()
    for _ in range(2):
        gate.passes.release()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(answer, asyncio.CancelledError) for answer in answers].count(True) == 2
    assert [isinstance(answer, Standing) for answer in answers].count(True) == 8
    assert await room.state(fans[5]) is not State.UNKNOWN
    gate.passes.release()
    assert isinstance(await coalescer.join(room.name, epoch=room.epoch, fan_id=a_fan()), Standing)


async def test_a_fan_who_could_not_be_drawn_harms_nobody(queue: Queue, room: ARoom) -> None:
    """A join that the store would refuse is refused before it is sent with others."""
    coalescer = JoinCoalescer(queue)
    good, bad = await asyncio.gather(
        coalescer.join(room.name, epoch=room.epoch, fan_id=a_fan()),
        coalescer.join(room.name, epoch=room.epoch, fan_id="no fan"),
        return_exceptions=True,
    )
    assert isinstance(good, Standing)
    assert isinstance(bad, ValueError)


async def test_an_observer_that_breaks_leaves_nobody_waiting(queue: Queue, room: ARoom) -> None:
    """What breaks beside the call reaches the callers; nobody waits for ever."""

    def broken(_room: str, _fans: int) -> None:
        raise RuntimeError("a metric broke")

    coalescer = JoinCoalescer(queue, on_batch=broken)
    for _ in range(2):
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(RuntimeError, match="metric"):
                await coalescer.join(room.name, epoch=room.epoch, fan_id=a_fan())


async def test_close(coalescer: JoinCoalescer, room: ARoom) -> None:
    """An edge that stops refuses who is still waiting, and leaves no task behind."""
    tasks = [asyncio.create_task(coalescer.join(room.name, epoch=room.epoch, fan_id=fan)) for fan in some_fans(3)]
    await settle()
    await coalescer.close()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [QueueUnavailableError] * 3
    assert {task for task in asyncio.all_tasks() if task is not asyncio.current_task()} == set()
