"""The schema: alembic revisions, then the verbs in `sql/functions`, then the tables of what is decided in Python.

All of it happens in one transaction under an advisory lock, so that processes which start at once are safe
and a failure leaves the schema as it was.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ArgumentError, OperationalError

from checkout.errors import DatabaseUnavailableError
from checkout.notice_rules import TOLD
from checkout.orders import TRANSITIONS
from checkout.sql import functions
from checkout.vendors.webhook_kinds import ANNOUNCED
from waitroom.errors import ConfigurationError

LOCK = 0x7761_6974
"""The key of the advisory lock that one upgrade at a time holds."""


def upgrade(database_url: str) -> None:
    """Bring the database at `database_url` (`postgresql://...`) to the newest schema; harmless when it is.

    Raises ConfigurationError when that is no address, and DatabaseUnavailableError when nobody answers there.
    """
    try:
        engine = create_engine(_with_driver(database_url))
    except (ArgumentError, ValueError):
        raise ConfigurationError("WAITROOM_DATABASE_URL is not of the form postgresql://user@host/database.") from None
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            command.upgrade(_config(connection), "head")
            _replace_functions(connection)
            _write_transitions(connection)
            _write_notice_rules(connection)
            _write_webhook_rules(connection)
    except OperationalError as away:
        reason = str(away.orig).partition("\n")[0]
        raise DatabaseUnavailableError(f"PostgreSQL did not answer: {reason}") from away
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def _replace_functions(connection: Connection) -> None:
    # They call one another, so their bodies can be checked only when all are there: at the first call.
    connection.execute(text("SET LOCAL check_function_bodies = off"))
    for definition in functions():
        connection.execute(text(definition))


def _write_transitions(connection: Connection) -> None:
    # orders.py is the one table of transitions; the database's trigger reads this copy of it.
    rows = [{"from": old, "to": new} for old, followers in TRANSITIONS.items() for new in followers]
    connection.execute(text("DELETE FROM order_transitions"))
    connection.execute(text("INSERT INTO order_transitions VALUES (:from, :to)"), rows)


def _write_notice_rules(connection: Connection) -> None:
    # notice_rules.py says what a status is followed by; the trigger reads this copy of it.
    rows = [{"status": status, "kind": rule.kind, "wait": rule.wait_seconds} for status, rule in TOLD.items()]
    connection.execute(text("DELETE FROM notice_rules"))
    connection.execute(text("INSERT INTO notice_rules VALUES (:status, :kind, :wait)"), rows)


def _write_webhook_rules(connection: Connection) -> None:
    # webhook_kinds.py says what vendors are called about; the trigger reads this copy of it.
    rows = [{"status": status, "kind": kind} for status, kind in ANNOUNCED.items()]
    connection.execute(text("DELETE FROM webhook_rules"))
    connection.execute(text("INSERT INTO webhook_rules VALUES (:status, :kind)"), rows)


def _with_driver(database_url: str) -> str:
    scheme, _, rest = database_url.partition("://")
    return f"{'postgresql+psycopg' if scheme in {'postgres', 'postgresql'} else scheme}://{rest}"
