"""PostgreSQL as checkout and console use it: a pool, statements in files, a schema that is brought up to date."""

from waitroom.database.errors import (
    DatabaseBusyError,
    DatabaseUnavailableError,
    Errors,
    UnstorableTextError,
)
from waitroom.database.impatience import CONNECT_SECONDS, ImpatientConnection, SilentServerError
from waitroom.database.pool import SESSION_OPTIONS, Connection, Database, Row, Values
from waitroom.database.statements import read_statements
from waitroom.database.upgrading import upgrading

__all__ = [
    "CONNECT_SECONDS",
    "SESSION_OPTIONS",
    "Connection",
    "Database",
    "DatabaseBusyError",
    "DatabaseUnavailableError",
    "Errors",
    "ImpatientConnection",
    "Row",
    "SilentServerError",
    "UnstorableTextError",
    "Values",
    "read_statements",
    "upgrading",
]
