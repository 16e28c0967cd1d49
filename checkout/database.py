"""PostgreSQL as the checkout uses it, with the checkout's own errors."""

from checkout.errors import DatabaseUnavailableError, SeatsBusyError, UnstorableTextError
from waitroom.database import SESSION_OPTIONS, Connection, Errors, Row
from waitroom.database import Database as AnyDatabase

ERRORS = Errors(unavailable=DatabaseUnavailableError, busy=SeatsBusyError, unstorable=UnstorableTextError)

__all__ = ["SESSION_OPTIONS", "Connection", "Database", "Row"]


class Database(AnyDatabase):
    """The pool; raises DatabaseUnavailableError, SeatsBusyError and UnstorableTextError of `checkout.errors`."""

    def __init__(self, url: str, *, name: str = "checkout", size: int = 10) -> None:
        super().__init__(url, name=name, size=size, options=SESSION_OPTIONS, errors=ERRORS)
