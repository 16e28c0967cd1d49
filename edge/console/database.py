"""The console's PostgreSQL: while it is away nobody waits for it, so that the night goes on."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import psycopg

from waitroom.database import Connection, Database, DatabaseUnavailableError

REST_SECONDS = 5.0
CONNECTIONS = 4
ANSWER_SECONDS = 5.0
"""So long a connection is lent at most. A server that hangs, or a network that swallows everything, sends no error."""


class ConsoleDatabase(Database):
    """A pool that, after a call without an answer, asks again once in five seconds, and refuses at once in between."""

    def __init__(
        self, url: str, *, name: str = "console", size: int = CONNECTIONS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(url, name=name, size=size)
        self._clock = clock
        self._is_away = False
        self._rest_until = 0.0

    @property
    def is_away(self) -> bool:
        """Whether the last call got no answer."""
        return self._is_away

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection that commits each statement; raises DatabaseUnavailableError, at once while it is away."""
        self._refuse_while_resting()
        try:
            async with super().connection() as connection:
                cutting = asyncio.get_running_loop().call_later(ANSWER_SECONDS, _cut, connection)
                try:
                    yield connection
                finally:
                    cutting.cancel()
        except DatabaseUnavailableError:
            self._is_away, self._rest_until = True, self._clock() + REST_SECONDS
            raise
        self._is_away = False

    def _refuse_while_resting(self) -> None:
        if not self._is_away:
            return
        if self._clock() < self._rest_until:
            raise DatabaseUnavailableError("PostgreSQL did not answer a moment ago.")
        # One asks; whoever comes meanwhile is refused at once.
        self._rest_until = self._clock() + REST_SECONDS


def _cut(connection: Connection) -> None:
    # Not a cancellation, for which the driver would wait on the same silent server; and a shutdown, not a close, so
    # that whoever waits for the socket learns that nothing more will come.
    with suppress(OSError, psycopg.OperationalError), socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)
