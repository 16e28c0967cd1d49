"""Routes: which server a call goes to."""

from typing import Any, Protocol

from waitroom.queue.servers.server import Options, Words, open_server, send
from waitroom.store_address import StoreAddress

WHOLE_STORE = "store"


class Route(Protocol):
    """A way to the server that has a key; time limits and the meaning of errors are the `Client`'s."""

    def shard_of(self, key: str) -> str:
        """Name the part of the store that this key's calls would go to now: it may be sick alone."""
        ...

    def shards(self) -> set[str]:
        """All parts that calls may go to now."""
        ...

    async def run(self, key: str, words: Words, options: Options) -> Any:  # Any: redis-py's own answers
        """Send a command to the key's server; what a server has not executed may be sent to another, nothing else."""
        ...

    def suspect(self, shard: str) -> None:
        """Look for the server anew before the next call: this one failed."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class OneServer:
    """The route to a server that stands alone."""

    def __init__(self, address: StoreAddress) -> None:
        self._server = open_server(address)

    def shard_of(self, key: str) -> str:  # noqa: ARG002 - every key is here
        """The one part."""
        return WHOLE_STORE

    def shards(self) -> set[str]:
        """The one part."""
        return {WHOLE_STORE}

    async def run(self, key: str, words: Words, options: Options) -> Any:  # noqa: ARG002 - as above; Any: as above
        """Send the command."""
        return await send(self._server, *words, **options)

    def suspect(self, shard: str) -> None:
        """Do nothing: a connection that broke is opened anew by the next call."""

    async def close(self) -> None:
        """Close all connections."""
        await self._server.aclose()
