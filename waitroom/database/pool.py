"""The pool of connections to PostgreSQL, and the border at which its driver's errors are translated."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection
from psycopg.errors import (
    DeadlockDetected,
    InvalidSchemaName,
    LockNotAvailable,
    SerializationFailure,
    UndefinedTable,
)
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from waitroom.database.errors import Errors
from waitroom.database.impatience import CONNECT_SECONDS, ImpatientConnection

Row = dict[str, Any]  # Any: columns of any type
Values = Mapping[str, object]
Connection = AsyncConnection[Row]

# Generic plans: the verbs pass arrays, for which PostgreSQL would otherwise plan every call anew (2.4 times the cost).
SESSION_OPTIONS = (
    "-c lock_timeout=1s -c statement_timeout=10s -c idle_in_transaction_session_timeout=10s "
    "-c plan_cache_mode=force_generic_plan -c timezone=UTC"
)
POOL_WAIT_SECONDS = 2.0
RETRIES = 2


class Database:
    """PostgreSQL as we use it: single statements that commit themselves, or a transaction.

    Every method raises DatabaseUnavailableError when PostgreSQL is away, does not answer for as long as
    `connection_class` waits, has not our tables yet, or every connection is in use for two seconds, DatabaseBusyError
    when a lock could not be had within a second, and UnstorableTextError when a text cannot be in the database; or the
    children of these that `errors` names.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str,
        size: int = 10,
        options: str = SESSION_OPTIONS,
        connection_class: type[ImpatientConnection] = ImpatientConnection,
        errors: Errors = Errors(),  # noqa: B008 - a frozen value
    ) -> None:
        self._errors = errors
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            connection_class=connection_class,
            kwargs={
                "autocommit": True,
                "row_factory": dict_row,
                "options": options,
                "application_name": f"waitroom {name}",
                "connect_timeout": CONNECT_SECONDS,
            },
            min_size=min(2, size),
            max_size=size,
            timeout=POOL_WAIT_SECONDS,
            name=name,
            open=False,
        )

    async def open(self) -> None:
        """Open the pool; connections are made as they are needed, so PostgreSQL may still be away."""
        await self._pool.open()

    async def close(self) -> None:
        """Close every connection; who still makes one is given a second."""
        await self._pool.close(timeout=1.0)

    @property
    def most_connections(self) -> int:
        """How many connections the pool may open."""
        return self._pool.max_size

    def usage(self) -> tuple[int, int, int]:
        """Return how many connections are in use, how many idle, and how many requests wait for one."""
        stats = self._pool.get_stats()
        size, idle = stats.get("pool_size", 0), stats.get("pool_available", 0)
        return size - idle, idle, stats.get("requests_waiting", 0)

    async def call(self, statement: LiteralString, values: Values) -> Any:  # Any: the verb's own document
        """Run a statement that answers one value, and return it; None without a row.

        A deadlock's victim did nothing, so it is run again.
        """
        for _ in range(RETRIES):
            try:
                return await self._call_once(statement, values)
            except (DeadlockDetected, SerializationFailure):
                continue
        raise self._errors.busy("Others were faster several times; ask again.")

    async def rows(self, statement: LiteralString, values: Values | None = None) -> list[Row]:
        """Run a statement and return its rows."""
        async with self.connection() as connection:
            return await (await connection.execute(statement, values)).fetchall()

    async def row(self, statement: LiteralString, values: Values | None = None) -> Row | None:
        """Run a statement and return its first row, if any."""
        async with self.connection() as connection:
            return await (await connection.execute(statement, values)).fetchone()

    async def run(self, statement: LiteralString, values: Values | None = None) -> int:
        """Run a statement that answers nothing, and return how many rows it changed."""
        async with self.connection() as connection:
            return (await connection.execute(statement, values)).rowcount

    async def batches(self, statement: LiteralString, values: Values, *, most: int) -> AsyncIterator[int]:
        """Run a statement that changes `most` rows at most until it finds fewer; yields how many each time."""
        while True:
            changed = await self.run(statement, {**values, "most": most})
            yield changed
            if changed < most:
                return

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection that commits each statement."""
        with _translated(self._errors):
            async with self._pool.connection() as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lend a connection in a transaction."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def _call_once(self, statement: LiteralString, values: Values) -> Any:  # Any: as in `call`
        row = await self.row(statement, values)
        return None if row is None else next(iter(row.values()))


class _translated:  # noqa: N801 - reads as the statement it is used in
    """Turn the driver's errors into ours; deadlocks pass, for `Database.call` to try again."""

    def __init__(self, errors: Errors) -> None:
        self._errors = errors

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        match error:
            case DeadlockDetected() | SerializationFailure():
                return
            case LockNotAvailable():
                raise self._errors.busy("Others held the locks for longer than a second.") from error
            case UndefinedTable() | InvalidSchemaName():
                raise self._errors.unavailable("PostgreSQL has not our tables yet: --migrate makes them.") from error
            case PoolTimeout() | psycopg.OperationalError() | psycopg.InterfaceError():
                raise self._errors.unavailable("PostgreSQL did not answer.") from error
            case psycopg.DataError(sqlstate=None):
                # The driver's own refusal, before anything was sent: what PostgreSQL refuses has a state.
                raise self._errors.unstorable("A text cannot be in PostgreSQL, as none with NUL can.") from error
