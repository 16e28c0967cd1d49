"""Bringing a schema up to date: alembic revisions in one transaction under an advisory lock.

So processes which start at once are safe, and a failure leaves the schema as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

from waitroom.database.errors import DatabaseUnavailableError
from waitroom.errors import ConfigurationError

CONNECT_SECONDS = 10


@contextmanager
def upgrading(
    database_url: str,
    *,
    revisions: Path,
    lock: int,
    schema: str | None = None,
    unavailable: type[DatabaseUnavailableError] = DatabaseUnavailableError,
) -> Iterator[Connection]:
    """Run the revisions of a folder and lend the connection for what else belongs into the same transaction.

    `lock` is the key of the advisory lock that one upgrade at a time holds; `schema` is made where it is missing,
    and has the table of versions. Raises ConfigurationError when that is no address, and `unavailable` when
    nobody answers there.
    """
    try:
        engine = create_engine(_with_driver(database_url), connect_args={"connect_timeout": CONNECT_SECONDS})
    except (ArgumentError, ValueError):
        raise ConfigurationError("WAITROOM_DATABASE_URL is not of the form postgresql://user@host/database.") from None
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock})
            if schema is not None:
                _make_schema(connection, schema)
            command.upgrade(_config(connection, revisions=revisions, schema=schema), "head")
            yield connection
    except OperationalError as away:
        reason = str(away.orig).partition("\n")[0]
        raise unavailable(f"PostgreSQL did not answer: {reason}") from away
    except ProgrammingError as refused:
        if not isinstance(refused.orig, InsufficientPrivilege):
            raise
        reason = str(refused.orig).partition("\n")[0]
        raise ConfigurationError(f"The user of WAITROOM_DATABASE_URL may not bring it up to date: {reason}.") from None
    finally:
        engine.dispose()


def _make_schema(connection: Connection, schema: str) -> None:
    # Asked first: IF NOT EXISTS alone needs the right to create even where there is nothing to create.
    known = connection.execute(text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": schema}).first()
    if known is None:
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))


def _config(connection: Connection, *, revisions: Path, schema: str | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(revisions))
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema
    return config


def _with_driver(database_url: str) -> str:
    scheme, _, rest = database_url.partition("://")
    return f"{'postgresql+psycopg' if scheme in {'postgres', 'postgresql'} else scheme}://{rest}"
