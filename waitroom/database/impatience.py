"""A connection that gives up on a server that says nothing.

A dead server refuses, and a slow one ends a statement by its own limit. One that hangs, or a network that swallows
everything, sends neither an answer nor an error, and TCP alone would wait for a quarter of an hour.
"""

import asyncio
import os
import socket
from contextlib import suppress
from typing import Any, TypeVar

from psycopg import AsyncConnection, OperationalError
from psycopg.abc import PQGen

T = TypeVar("T")

CONNECT_SECONDS = 5
"""So long a server may take to greet us, at each of its addresses."""


class SilentServerError(OperationalError):
    """PostgreSQL did not answer in time; what was asked for was done, or was not, or still will be."""


class ImpatientConnection(AsyncConnection[Any]):  # Any: the pool chooses the rows
    """A connection that is cut when PostgreSQL does not answer a request within `answer_seconds`.

    What was cut is closed, so no pool lends it again.
    """

    answer_seconds: float = 12.0
    """More than the server's own limit for a statement: one that is alive has always answered by then."""
    _is_cut = False

    async def wait(self, gen: PQGen[T], *args: Any, **named: Any) -> T:  # Any: as the driver has them
        """Wait for the answer to one request; raises SilentServerError when there is none."""
        deadline = asyncio.get_running_loop().call_later(self.answer_seconds, self._cut)
        try:
            return await super().wait(gen, *args, **named)
        except OperationalError as lost:
            if self._is_cut:
                raise SilentServerError(f"No answer within {self.answer_seconds:g} s.") from lost
            raise
        finally:
            deadline.cancel()
            if self._is_cut:
                # An answer that came in the same moment is still good; what it came on is not.
                self.pgconn.finish()

    def _cut(self) -> None:
        self._is_cut = True
        # Not a cancellation, for which the driver would ask the same silent server; and a shutdown, not a close, so
        # that whoever waits for the socket learns that nothing more will come.
        with suppress(OSError, OperationalError), socket.socket(fileno=os.dup(self.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)
