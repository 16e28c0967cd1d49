"""The route through a cluster: a map of the slots, redirections followed, each node with its own bounded pool.

redis-py's own cluster client is not used: it sends ASKING on one connection and the command on another, and at
every fifth MOVED and every CLUSTERDOWN it closes the connections of all nodes under the calls of others.
"""

import asyncio
import random
import time
from typing import Any

from redis.asyncio import Redis
from redis.crc import key_slot
from redis.exceptions import AskError, MovedError, RedisError, TryAgainError
from redis.exceptions import ConnectionError as RedisConnectionError

from waitroom.queue.servers.errands import Errands
from waitroom.queue.servers.server import Options, Words, open_server, send
from waitroom.queue.servers.slots import SlotMap, read_slots
from waitroom.store_address import Host, StoreAddress

ASK_SECONDS = 0.5
"""How long a node may take to tell the map."""
AGAIN_SECONDS = 0.1
"""A map so new is not asked for again."""
TRY_AGAIN_SECONDS = 0.02
MOST_REDIRECTIONS = 16
UNKNOWN = "unknown"


class ClusterRoute:
    """The route to the node that has a key's slot."""

    def __init__(self, address: StoreAddress) -> None:
        self._address = address
        self._servers: dict[Host, Redis] = {}
        self._map = SlotMap()
        self._lock = asyncio.Lock()
        self._errands = Errands()
        self._suspects: set[Host] = set()
        self._looked_at = float("-inf")

    def shard_of(self, key: str) -> str:
        """The node that has the key's slot, as far as is known."""
        owner = self._map.owner(slot_of(key))
        return UNKNOWN if owner is None else str(owner)

    def shards(self) -> set[str]:
        """The nodes that have slots, as far as is known."""
        return {str(owner) for owner in self._map.owners()} | ({UNKNOWN} if self._map.has_gaps() else set())

    async def run(self, key: str, words: Words, options: Options) -> Any:  # Any: redis-py's own answers
        """Send the command to the slot's owner; a node that redirects has not executed it."""
        slot = slot_of(key)
        host, is_asking, redirections = await self._owner(slot), False, 0
        while redirections < MOST_REDIRECTIONS:
            try:
                return await self._send(host, words, options, is_asking=is_asking)
            except MovedError as moved:
                host, is_asking = _place(moved, host), False
                self._learn(slot, host)
                redirections += 1
            except AskError as ask:
                host, is_asking = _place(ask, host), True
                redirections += 1
            except TryAgainError:
                # The slot's keys are on their way; the caller's time limit ends this.
                await asyncio.sleep(TRY_AGAIN_SECONDS)
                host, is_asking = await self._owner(slot), False
        raise RedisConnectionError("the nodes of the cluster send this call in circles")

    def suspect(self, shard: str) -> None:
        """Ask for the map before the next call, and that node last."""
        self._suspects |= {host for host in self._servers if str(host) == shard}
        self._map.is_stale = True

    async def close(self) -> None:
        """Close all connections."""
        await self._errands.close()
        for server in self._servers.values():
            await server.aclose()

    async def _send(self, host: Host, words: Words, options: Options, *, is_asking: bool) -> Any:  # Any: as above
        server = self._server(host)
        if not is_asking:
            return await send(server, *words, **options)
        # ASKING holds for the next command of its own connection alone.
        async with server.client() as connection:
            await send(connection, "ASKING")
            return await send(connection, *words, **options)

    def _server(self, host: Host) -> Redis:
        if host not in self._servers:
            self._servers[host] = open_server(self._address, host)
        return self._servers[host]

    def _learn(self, slot: int, owner: Host) -> None:
        self._map.move(slot, owner)
        # Where one slot has moved others have.
        if not self._errands.are_running:
            self._errands.run(self._look_unless_just_done())

    async def _owner(self, slot: int) -> Host:
        if self._map.is_stale:
            await self._look_unless_just_done()
        owner = self._map.owner(slot)
        if owner is None:
            self._map.is_stale = True
            raise RedisConnectionError(f"no node of the cluster has slot {slot}")
        return owner

    async def _look_unless_just_done(self) -> None:
        async with self._lock:
            if time.monotonic() - self._looked_at > AGAIN_SECONDS:
                await self._look()

    async def _look(self) -> None:
        broken: Exception | None = None
        for host in self._whom_to_ask():
            try:
                async with asyncio.timeout(ASK_SECONDS):
                    ranges = await send(self._server(host), "CLUSTER SLOTS")
            except (RedisError, OSError, TimeoutError) as failure:
                self._suspects.add(host)
                broken = failure
                continue
            self._use(read_slots(ranges, told_by=host))
            return
        raise RedisConnectionError(f"no node of the cluster answers: {broken}") from broken

    def _whom_to_ask(self) -> list[Host]:
        known = list({*self._map.owners(), *self._address.hosts})
        random.shuffle(known)
        return sorted(known, key=lambda host: host in self._suspects)

    def _use(self, found: SlotMap) -> None:
        self._map = found
        self._looked_at = time.monotonic()
        self._suspects.clear()
        for host in self._servers.keys() - found.owners() - set(self._address.hosts):
            self._errands.run(self._servers.pop(host).aclose())


def slot_of(key: str) -> int:
    """The slot of a key, by its hash tag."""
    return key_slot(key.encode())


def _place(redirection: AskError, told_by: Host) -> Host:
    # A node that does not know its own name leaves it out: it is the one that was asked.
    return Host(redirection.host or told_by.name, redirection.port)
