"""Client: every command of the queue goes through here, and every failure of the store leaves here by its own name."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal, NoReturn

from redis.commands import AsyncCoreCommands
from redis.exceptions import DataError, NoScriptError, RedisError, ResponseError

from waitroom.errors import QueueUnavailableError, StoreRefusedError
from waitroom.queue.servers.circuit import Circuit
from waitroom.queue.servers.cluster import ClusterRoute
from waitroom.queue.servers.faults import AWAY, REFUSED, code_of
from waitroom.queue.servers.routes import OneServer, Route
from waitroom.queue.servers.sentinels import SentinelRoute
from waitroom.queue.servers.server import ANSWER_SECONDS, Words
from waitroom.store_address import StoreAddress, StoreKind

ROUTES: Mapping[StoreKind, type[Route]] = {
    StoreKind.SERVER: OneServer,
    StoreKind.SOCKET: OneServer,
    StoreKind.SENTINEL: SentinelRoute,
    StoreKind.CLUSTER: ClusterRoute,
}
SCRIPTS = frozenset({"EVAL", "EVALSHA"})


class Client(AsyncCoreCommands):
    """redis-py's commands over a store of any kind.

    A call takes at most `ANSWER_SECONDS`. Raises QueueUnavailableError when the store did not answer, may not serve
    or is being spared: the call may or may not have happened. Raises StoreRefusedError when a server finds the call
    itself wrong, and lets NoScriptError through.
    """

    _is_async_client: Literal[True] = True

    def __init__(self, route: Route) -> None:
        self._route = route
        self._circuits: dict[str, Circuit] = {}

    @classmethod
    def connect(cls, url: str) -> "Client":
        """Make the client of an address; nothing is opened before the first call. Raises ValueError."""
        address = StoreAddress.parse(url)
        return cls(ROUTES[address.kind](address))  # type: ignore[call-arg] # a protocol says nothing of how it is made

    @property
    def open_circuits(self) -> int:
        """How many parts of the store are being spared now."""
        now = self._route.shards()
        return sum(circuit.is_open for shard, circuit in self._circuits.items() if shard in now)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._route.close()

    async def execute_command(self, *words: Any, **options: Any) -> Any:  # Any: what redis-py sends and reads
        """Send one command to where its key is, unless that part of the store is being spared."""
        key = key_of(words)
        shard = self._route.shard_of(key)
        circuit = self._circuits.setdefault(shard, Circuit())
        refuse_open(circuit)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._route.run(key, words, options)
        except DataError:
            raise
        except NoScriptError:
            # It is well, and the text that comes next may not be refused.
            circuit.succeeded()
            raise
        except ResponseError as refusal:
            self._refused(refusal, circuit, shard)
        except (RedisError, OSError, TimeoutError) as broken:
            self._failed(broken, circuit, shard)
        circuit.succeeded()
        return answer

    def _refused(self, refusal: ResponseError, circuit: Circuit, shard: str) -> NoReturn:
        code = code_of(refusal)
        if code in AWAY:
            self._failed(refusal, circuit, shard)
        circuit.succeeded()
        if code in REFUSED:
            raise QueueUnavailableError(f"The queue's store refuses calls for now: {refusal}") from refusal
        raise StoreRefusedError(f"The queue's store finds the call wrong: {refusal}") from refusal

    def _failed(self, broken: Exception, circuit: Circuit, shard: str) -> NoReturn:
        circuit.failed()
        self._route.suspect(shard)
        reason = str(broken) or f"no answer within {ANSWER_SECONDS:g} s"
        raise QueueUnavailableError(f"The queue's store did not answer: {reason}") from broken


def refuse_open(circuit: Circuit) -> None:
    """Raise QueueUnavailableError while the circuit is open and no probe is due."""
    wait = circuit.seconds_to_wait()
    if wait > 0:
        raise QueueUnavailableError(
            f"The queue's store failed {circuit.failures} times in a row; it is tried again in {wait:.1f} s."
        )


def key_of(words: Words) -> str:
    """The first key of a command; empty for one without."""
    position = 3 if words[0] in SCRIPTS else 1
    return str(words[position]) if len(words) > position else ""
