"""Connection: calls scripts on the store, and says in one way that it is away; the only user of the Redis client."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Self

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from waitroom.errors import QueueUnavailableError
from waitroom.queue.keys import keys_of
from waitroom.queue.replies import Reply
from waitroom.queue.scripts import Argument, load_scripts, run_script

ANSWER_SECONDS = 2.0
CONNECT_SECONDS = 1.0
MOST_CONNECTIONS = 32

Observe = Callable[[str, float | None], None]


class Connection:
    """The ground under the verbs.

    When the store does not answer, every method raises QueueUnavailableError: the call may or may not have
    happened, and every script is safe to repeat. `observe` is told each script's name and seconds, None for a
    failure.
    """

    def __init__(self, client: Redis, *, observe: Observe | None = None) -> None:
        self._client = client
        self._observe = observe or (lambda _script, _seconds: None)

    @classmethod
    def connect(cls, url: str, *, observe: Observe | None = None) -> Self:
        """Make a queue on a store's address; connections open when they are first needed.

        Nothing is retried by the client: a write whose reply was lost would run again unseen. The time-out of an
        answer is ours: the client's own goes through `asyncio.wait_for`, which on Python 3.11 may swallow a
        cancellation, and a loop that should stop then runs on.
        """
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MOST_CONNECTIONS,
            timeout=ANSWER_SECONDS,
            socket_timeout=None,
            socket_connect_timeout=CONNECT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        return cls(Redis.from_pool(pool), observe=observe)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _call(self, script: str, room: str, now_us: int | None, epoch: str, *arguments: Argument) -> Reply:
        clock = "" if now_us is None else now_us
        started = time.perf_counter()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reply = await run_script(self._client, load_scripts()[script], keys_of(room), clock, epoch, *arguments)
        except (RedisError, OSError, TimeoutError) as broken:
            self._observe(script, None)
            raise QueueUnavailableError(f"The queue's store did not answer {script!r}.") from broken
        self._observe(script, time.perf_counter() - started)
        return reply

    async def _read(self, command: Any) -> Any:  # Any: redis-py's types say sync or async
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await command
        except (RedisError, OSError, TimeoutError) as broken:
            raise QueueUnavailableError("The queue's store did not answer.") from broken

    async def _stream(self, key: str, *, most: int) -> list[dict[str, str]]:
        entries = await self._read(self._client.xrevrange(key, count=most))
        return [{name.decode(): value.decode() for name, value in fields.items()} for _, fields in entries]
