"""Many at once, and interleavings by force: a gate that holds callers up where a guard is to be tried."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
import psycopg

from tests.checkout.fans import problem
from tests.patience import PATIENCE_SECONDS

T = TypeVar("T")
Connection = psycopg.AsyncConnection[Any]  # Any: rows of any shape

WHERE_HOLDS_ARE_WRITTEN = "LOCK TABLE holds IN SHARE MODE"
"""Whoever places a hold has looked at limit and seats by then, and has written nothing."""
HELD_UP = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def all_at_once(calls: Sequence[Awaitable[httpx.Response]]) -> Counter[str]:
    """Start everything at one moment and count what was answered."""
    return counted(await started_together(calls))


def counted(answers: Sequence[httpx.Response]) -> Counter[str]:
    """Count answers by their status, refusals by their problem."""
    return Counter(str(a.status_code) if a.status_code < 400 else problem(a) for a in answers)


async def started_together(calls: Sequence[Awaitable[httpx.Response]]) -> list[httpx.Response]:
    """Start everything at one moment and wait for all the answers."""
    start = asyncio.Event()

    async def run(call: Awaitable[httpx.Response]) -> httpx.Response:
        await start.wait()
        return await call

    tasks = [asyncio.create_task(run(call)) for call in calls]
    await asyncio.sleep(0)
    start.set()
    return await asyncio.gather(*tasks)


@asynccontextmanager
async def gate(database_url: str, lock: str) -> AsyncIterator[Connection]:
    """Hold a lock, by this statement, in a connection of its own; what is done in it is committed at the end."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute(lock.encode())
        yield connection


async def held_up(connection: Connection, callers: int) -> None:
    """Wait until so many wait for a lock."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (row := await (await connection.execute(HELD_UP)).fetchone()) is None or row[0] < callers:
            await connection.execute("SELECT pg_stat_clear_snapshot()")
            await asyncio.sleep(0.01)


async def forced(database_url: str, work: Awaitable[T], *, at: str, callers: int = 2) -> T:
    """Let the work go on only when so many of its callers have come to the gate; none of them sees another's deed."""
    async with gate(database_url, at) as connection:
        running = asyncio.ensure_future(work)
        await held_up(connection, callers)
    return await running
