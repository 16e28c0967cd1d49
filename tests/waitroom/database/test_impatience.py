"""Nobody waits for ever on a PostgreSQL that says nothing."""

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.patience import PATIENCE_SECONDS
from tests.silence import Swallows, a_way_to
from waitroom.database import SESSION_OPTIONS, Database, DatabaseUnavailableError, ImpatientConnection

SOON = 0.5
LIMIT_OF_A_STATEMENT = ImpatientConnection.answer_seconds
"""Read as the module is loaded, before a fixture sets it for the tests."""
MINE = "SELECT pg_backend_pid() AS pid"


@asynccontextmanager
async def a_pool(url: str) -> AsyncIterator[Database]:
    """A pool of one connection."""
    database = Database(url, name="impatience", size=1)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def pid_of(database: Database) -> int:
    """The server's process behind the one connection, as soon as there is one."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                pid: int = await database.call(MINE, {})
            except DatabaseUnavailableError:
                await asyncio.sleep(0.05)
            else:
                return pid


@pytest.mark.parametrize("lost", Swallows)
async def test_a_silent_server_is_given_up(postgres_url: str, lost: Swallows, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that gets no answer counts as lost, its connection is lent to nobody, and what comes after is answered."""
    async with a_way_to(postgres_url) as (url, way), a_pool(url) as database:
        before = await pid_of(database)
        with monkeypatch.context() as hurry:
            hurry.setattr(ImpatientConnection, "answer_seconds", SOON)
            way.swallows = lost
            with pytest.raises(DatabaseUnavailableError, match="did not answer"):
                await database.run("SELECT 1")
        way.swallows = None
        assert await pid_of(database) != before


async def test_a_frozen_backend_does_late_what_it_was_asked_and_serves_nobody_else(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a process of PostgreSQL was asked before it froze may be done after its caller gave up, once and unseen."""
    async with a_pool(database_url) as database:
        await database.run("CREATE TABLE deeds (deed text)")
        frozen = await pid_of(database)
        with monkeypatch.context() as hurry:
            hurry.setattr(ImpatientConnection, "answer_seconds", SOON)
            os.kill(frozen, signal.SIGSTOP)
            try:
                with pytest.raises(DatabaseUnavailableError):
                    await database.run("INSERT INTO deeds VALUES ('late')")
            finally:
                os.kill(frozen, signal.SIGCONT)
        assert await pid_of(database) != frozen
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await database.rows("SELECT FROM deeds"):
                await asyncio.sleep(0.05)
        assert len(await database.rows("SELECT FROM deeds")) == 1


async def test_a_silent_server_greets_nobody(postgres_url: str) -> None:
    """Who asks while no new connection can be had is told so, and does not wait for one."""
    async with a_way_to(postgres_url) as (url, way):
        way.swallows = Swallows.ANSWERS
        async with a_pool(url) as database:
            with pytest.raises(DatabaseUnavailableError, match="did not answer"):
                await database.run("SELECT 1")


async def test_a_transaction_that_is_cut_is_rolled_back(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is there, and its locks are free."""
    async with a_way_to(database_url) as (url, way), a_pool(url) as database, a_pool(database_url) as other:
        await other.run("CREATE TABLE deeds (deed text)")

        async def half() -> None:
            async with database.transaction() as connection:
                await connection.execute("LOCK TABLE deeds")
                await connection.execute("INSERT INTO deeds VALUES ('half')")
                monkeypatch.setattr(ImpatientConnection, "answer_seconds", SOON)
                way.swallows = Swallows.QUESTIONS
                await connection.execute("INSERT INTO deeds VALUES ('whole')")

        with pytest.raises(DatabaseUnavailableError):
            await half()
        assert await other.rows("SELECT FROM deeds") == []


async def test_a_process_that_stood_still_lends_no_connection_that_was_cut(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer may come in the moment of the cut: whoever asks next has another connection."""
    async with a_pool(postgres_url) as database:
        before = await pid_of(database)
        with monkeypatch.context() as hurry, suppress(DatabaseUnavailableError):
            hurry.setattr(ImpatientConnection, "answer_seconds", SOON)
            asking = asyncio.create_task(database.run("SELECT pg_sleep(0.1)"))
            asyncio.get_running_loop().call_later(SOON / 10, time.sleep, 4 * SOON)
            await asking
        assert await database.call(MINE, {}) != before


async def test_each_request_has_its_own_time(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection may be lent for longer than a server may be silent: it is the silence that counts."""
    monkeypatch.setattr(ImpatientConnection, "answer_seconds", 2.0)
    async with a_pool(postgres_url) as database, database.connection() as connection:
        for _ in range(3):
            await connection.execute("SELECT 1")
            await asyncio.sleep(1.1)


def test_a_server_that_lives_has_the_last_word() -> None:
    """PostgreSQL ends a statement by itself before we give it up, so that a slow one is no unknown outcome."""
    limit = re.search(r"statement_timeout=(\d+)s", SESSION_OPTIONS)
    assert limit is not None
    assert int(limit[1]) < LIMIT_OF_A_STATEMENT
