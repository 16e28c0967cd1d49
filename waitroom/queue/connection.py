"""Connection: calls scripts on the store, and says in one way that it is away."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Self

import structlog

from waitroom.errors import QueueUnavailableError, ScriptFailedError, StoreRefusedError
from waitroom.queue.keys import keys_of
from waitroom.queue.replies import Reply
from waitroom.queue.scripts import Argument, load_scripts, run_script
from waitroom.queue.servers import Client

Observe = Callable[[str, float | None], None]
Tell = Callable[[str], None]

log = structlog.get_logger()


class Connection:
    """The ground under the verbs.

    When the store does not answer, every method raises QueueUnavailableError: the call may or may not have
    happened, and every script is safe to repeat. A script that is broken raises ScriptFailedError. `observe` is told
    each script's name and seconds, None for a failure; `on_script_failed` the name of a broken one.
    """

    def __init__(self, client: Client, *, observe: Observe | None = None, on_script_failed: Tell | None = None) -> None:
        self._client = client
        self._observe = observe or (lambda _script, _seconds: None)
        self._tell = on_script_failed or (lambda _script: None)

    @classmethod
    def connect(cls, url: str, *, observe: Observe | None = None, on_script_failed: Tell | None = None) -> Self:
        """Make a queue on a store's address, as `waitroom.store_address` reads it. Raises ValueError.

        Connections open when they are first needed. Nothing is retried but what a server has said it did not do.
        """
        return cls(Client.connect(url), observe=observe, on_script_failed=on_script_failed)

    @property
    def open_circuits(self) -> int:
        """How many parts of the store are being spared now, since they did not answer."""
        return self._client.open_circuits

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _call(self, script: str, room: str, now_us: int | None, epoch: str, *arguments: Argument) -> Reply:
        clock = "" if now_us is None else now_us
        started = time.perf_counter()
        try:
            reply = await run_script(self._client, load_scripts()[script], keys_of(room), clock, epoch, *arguments)
        except QueueUnavailableError:
            self._observe(script, None)
            raise
        except StoreRefusedError as refused:
            self._tell(script)
            log.exception("a script failed", script=script, room=room)
            raise ScriptFailedError(script, str(refused)) from refused
        self._observe(script, time.perf_counter() - started)
        return reply

    async def _read(self, command: Awaitable[Any]) -> Any:  # Any: redis-py's types allow more than it answers
        return await command

    async def _stream(self, key: str, *, most: int) -> list[dict[str, str]]:
        entries = await self._read(self._client.xrevrange(key, count=most))
        return [{name.decode(): value.decode() for name, value in fields.items()} for _, fields in entries]
