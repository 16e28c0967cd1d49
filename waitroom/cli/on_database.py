"""What commands that work on the checkout's database share: one connection for one act."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from waitroom.settings import Settings

if TYPE_CHECKING:
    from checkout.database import Database

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
