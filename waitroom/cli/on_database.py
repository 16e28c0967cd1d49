"""What commands that work on the checkout's database, or the console's, share: one connection for one act."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from waitroom.settings import Settings

if TYPE_CHECKING:
    from checkout.database import Database
    from edge.console.database import ConsoleDatabase

T = TypeVar("T")


def run_on_database(action: "Callable[[Database], Awaitable[T]]") -> T:
    """Run an act on the database that the settings name."""
    from checkout.database import Database  # noqa: PLC0415 - the checkout is imported inside each command

    async def connected() -> T:
        database = Database(Settings.from_env().database_url.get_secret_value(), name="command", size=1)
        await database.open()
        try:
            return await action(database)
        finally:
            await database.close()

    return asyncio.run(connected())


@asynccontextmanager
async def console_database() -> "AsyncIterator[ConsoleDatabase]":
    """Lend the database that the settings name as the console uses it."""
    from edge.console.database import ConsoleDatabase  # noqa: PLC0415 - the edge is imported inside each command

    database = ConsoleDatabase(Settings.from_env().database_url.get_secret_value(), name="command", size=1)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
