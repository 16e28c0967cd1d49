"""The schema: alembic revisions, then the verbs in `sql/functions`, then the tables of what is decided in Python.

All of it happens in one transaction under an advisory lock, so that processes which start at once are safe
and a failure leaves the schema as it was.
"""

from pathlib import Path

from sqlalchemy import Connection, text

from checkout.errors import DatabaseUnavailableError
from checkout.notice_rules import TOLD
from checkout.orders import TRANSITIONS
from checkout.sql import functions
from checkout.vendors.webhook_kinds import ANNOUNCED
from waitroom.database import upgrading

LOCK = 0x7761_6974
"""The key of the advisory lock that one upgrade at a time holds."""


def upgrade(database_url: str) -> None:
    """Bring the database at `database_url` (`postgresql://...`) to the newest schema; harmless when it is.

    Raises ConfigurationError when that is no address, and DatabaseUnavailableError when nobody answers there.
    """
    with upgrading(
        database_url, revisions=Path(__file__).parent, lock=LOCK, unavailable=DatabaseUnavailableError
    ) as connection:
        _replace_functions(connection)
        _write_transitions(connection)
        _write_notice_rules(connection)
        _write_webhook_rules(connection)


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
