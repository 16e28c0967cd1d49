"""The console's tables: alembic revisions in a schema of its own, beside what the checkout has in that database."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import structlog

from waitroom.database import DatabaseUnavailableError, upgrading

LOCK = 0x636F_6E73
"""The key of the advisory lock that one upgrade at a time holds; not the checkout's."""
SCHEMA = "console"

log = structlog.get_logger()


def upgrade(database_url: str) -> None:
    """Bring the schema `console` to the newest revision; harmless when it is.

    Raises ConfigurationError when that is no address, and DatabaseUnavailableError when nobody answers there.
    """
    with upgrading(database_url, revisions=Path(__file__).parent, lock=LOCK, schema=SCHEMA):
        return


def upgrade_or_later(database_url: str) -> Callable[[], Awaitable[None]] | None:
    """Upgrade now; while PostgreSQL is away, return what does it later: rooms can be ruled by keys meanwhile."""
    try:
        upgrade(database_url)
    except DatabaseUnavailableError as away:
        log.warning("people cannot sign in yet", reason=str(away))
        return partial(asyncio.to_thread, upgrade, database_url)
    return None
