"""The console's PostgreSQL: while it is away nobody waits for it, so that the night goes on."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from waitroom.database import Connection, Database, DatabaseUnavailableError, ImpatientConnection

REST_SECONDS = 5.0
CONNECTIONS = 4


class NightConnection(ImpatientConnection):
    """A connection on which nobody waits for long: what the console asks for is short, and somebody is at the page."""

    answer_seconds = 5.0


class ConsoleDatabase(Database):
    """A pool that, after a call without an answer, asks again once in five seconds, and refuses at once in between."""

    def __init__(
        self, url: str, *, name: str = "console", size: int = CONNECTIONS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(url, name=name, size=size, connection_class=NightConnection)
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
                yield connection
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
