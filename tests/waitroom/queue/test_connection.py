"""The connection to the store: its time-outs, and what a cancellation does."""

import asyncio
import random
import socket

import pytest

from tests.patience import PATIENCE_SECONDS
from waitroom.errors import QueueUnavailableError
from waitroom.queue import Queue
from waitroom.queue.servers.server import ANSWER_SECONDS

CANCELLATIONS = 300


async def test_a_cancelled_call_stays_cancelled(queue: Queue) -> None:
    """No cancellation is swallowed at any point of a call: a loop that should stop would run on for ever."""
    dice = random.Random(7)

    async def call_for_ever() -> None:
        while True:
            await queue.rooms()

    for _ in range(CANCELLATIONS):
        caller = asyncio.create_task(call_for_ever())
        await asyncio.sleep(dice.random() * 0.002)
        caller.cancel()
        done, _ = await asyncio.wait([caller], timeout=PATIENCE_SECONDS)
        assert done, "the call went on after it was cancelled"
        assert caller.cancelled()


async def test_a_store_that_never_answers_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and says nothing is given up after the time-out, by our own error."""
    assert ANSWER_SECONDS > 1
    monkeypatch.setattr("waitroom.queue.servers.client.ANSWER_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        queue = Queue.connect(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        with pytest.raises(QueueUnavailableError):
            await queue.rooms()
        await queue.close()
