"""The route by Sentinels: ask them all, believe the newest, and look again when the primary fails."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from waitroom.queue.servers.errands import Errands
from waitroom.queue.servers.faults import code_of
from waitroom.queue.servers.routes import WHOLE_STORE
from waitroom.queue.servers.server import Options, Words, open_sentinel, open_server, send
from waitroom.store_address import Host, StoreAddress

ASK_SECONDS = 0.5
"""How long a Sentinel, or the server it names, may take to answer."""
AGAIN_SECONDS = 0.1
"""What was found so recently is not looked for again."""
TRUST_SECONDS = 1.0
"""After so long the Sentinels are asked anew beside the calls: a primary that is cut off does not know it."""


@dataclass(frozen=True)
class Named:
    """The primary that one Sentinel names, with its configuration's number: the higher, the newer."""

    epoch: int
    primary: Host


def newest(answers: Iterable[Named | None]) -> Named | None:
    """Return the answer to believe; None when no Sentinel has one."""
    return max((answer for answer in answers if answer is not None), key=lambda each: each.epoch, default=None)


class SentinelRoute:
    """The route to the primary of one service."""

    def __init__(self, address: StoreAddress) -> None:
        self._address = address
        self._sentinels = [open_sentinel(address, host) for host in address.hosts]
        self._lock = asyncio.Lock()
        self._errands = Errands()
        self._host: Host | None = None
        self._server: Redis | None = None
        self._is_suspect = False
        self._looked_at = float("-inf")

    def shard_of(self, key: str) -> str:  # noqa: ARG002 - every key is at the primary
        """The one part."""
        return WHOLE_STORE

    def shards(self) -> set[str]:
        """The one part."""
        return {WHOLE_STORE}

    async def run(self, key: str, words: Words, options: Options) -> Any:  # noqa: ARG002 - as above; Any: redis-py's
        """Send the command to the primary; whoever refuses as a replica has not executed it."""
        server = await self._primary()
        try:
            return await send(server, *words, **options)
        except ResponseError as refusal:
            if code_of(refusal) != "READONLY":
                raise
            self._is_suspect = True
            newer = await self._primary()
            if newer is server:
                raise
        return await send(newer, *words, **options)

    def suspect(self, shard: str) -> None:  # noqa: ARG002 - there is one
        """Ask the Sentinels before the next call."""
        self._is_suspect = True

    async def close(self) -> None:
        """Close all connections."""
        await self._errands.close()
        servers = [*self._sentinels, self._server] if self._server else self._sentinels
        for server in servers:
            await server.aclose()

    async def _primary(self) -> Redis:
        if self._server is None or self._is_suspect:
            await self._look_after(AGAIN_SECONDS)
        elif self._age_seconds() > TRUST_SECONDS and not self._errands.are_running:
            self._errands.run(self._look_after(TRUST_SECONDS))
        assert self._server is not None
        return self._server

    def _age_seconds(self) -> float:
        return time.monotonic() - self._looked_at

    async def _look_after(self, seconds: float) -> None:
        async with self._lock:
            # Whoever waited for the lock takes what its holder found.
            if self._age_seconds() > seconds:
                await self._look()

    async def _look(self) -> None:
        named = newest(await asyncio.gather(*map(self._ask, self._sentinels)))
        if named is None:
            raise RedisConnectionError(f"no Sentinel names a primary of {self._address.service!r}")
        server = self._server if named.primary == self._host else open_server(self._address, named.primary)
        assert server is not None
        try:
            await _refuse_replica(server, named.primary)
        except BaseException:
            if server is not self._server:
                await server.aclose()
            raise
        self._use(named.primary, server)

    def _use(self, host: Host, server: Redis) -> None:
        before, self._server, self._host = self._server, server, host
        self._is_suspect = False
        self._looked_at = time.monotonic()
        if before is not None and before is not server:
            # Calls under way break: that server no longer speaks for the store.
            self._errands.run(before.aclose())

    async def _ask(self, sentinel: Redis) -> Named | None:
        service = self._address.service
        try:
            async with asyncio.timeout(ASK_SECONDS):
                # While a failover ends, the first answer is ahead of the second; its number is the new one already.
                found = await send(sentinel, "SENTINEL GET-MASTER-ADDR-BY-NAME", service)
                known = await send(sentinel, "SENTINEL MASTER", service)
        except (RedisError, OSError, TimeoutError):
            return None
        return Named(int(known["config-epoch"]), _host_of(*found)) if found else None


async def _refuse_replica(server: Redis, host: Host) -> None:
    try:
        async with asyncio.timeout(ASK_SECONDS):
            role = await send(server, "ROLE")
    except TimeoutError:
        raise RedisConnectionError(f"the primary at {host} does not answer") from None
    if role[0] not in {b"master", "master"}:
        raise RedisConnectionError(f"the server at {host} is no primary yet")


def _host_of(name: bytes | str, port: bytes | str | int) -> Host:
    return Host(name.decode() if isinstance(name, bytes) else name, int(port))
