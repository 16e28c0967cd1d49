"""One server: its bounded pool of connections, without retries of the client's own."""

from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from waitroom.queue.servers.packing import PlainConnection, SocketConnection, TlsConnection
from waitroom.store_address import Host, StoreAddress, StoreKind

ANSWER_SECONDS = 2.0
CONNECT_SECONDS = 1.0
MOST_CONNECTIONS = 32
MOST_TO_A_SENTINEL = 2

Words = tuple[Any, ...]  # Any: what redis-py can send
Options = dict[str, Any]  # Any: what redis-py's own readers of answers take


def open_server(address: StoreAddress, host: Host | None = None) -> Redis:
    """Make the client of one data server; connections open when they are first needed.

    Nothing is retried: a write whose reply was lost would run again unseen. The time-out of an answer is our own
    (`Client`): redis-py's goes through `asyncio.wait_for`, which on Python 3.11 may swallow a cancellation, and a
    loop that should stop then runs on.
    """
    place = _place(address, host)
    who = {"username": address.username, "password": address.password, "db": address.database}
    return _open(place | who, most=MOST_CONNECTIONS)


def open_sentinel(address: StoreAddress, host: Host) -> Redis:
    """Make the client of one Sentinel, which has a password of its own or none."""
    who = {"username": address.sentinel_username, "password": address.sentinel_password}
    return _open(_place(address, host) | who, most=MOST_TO_A_SENTINEL)


async def send(server: Redis, *words: Any, **options: Any) -> Any:  # Any: what redis-py sends and reads
    """Send one command to this server, once."""
    return await server.execute_command(*words, **options)  # type: ignore[no-untyped-call] # redis-py's has no types


def _open(options: Options, *, most: int) -> Redis:
    pool = BlockingConnectionPool(
        max_connections=most,
        timeout=ANSWER_SECONDS,
        socket_timeout=None,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        **options,
    )
    return Redis.from_pool(pool)


def _place(address: StoreAddress, host: Host | None) -> Options:
    if address.kind is StoreKind.SOCKET:
        return {"connection_class": SocketConnection, "path": address.path}
    kind: type[AbstractConnection] = TlsConnection if address.is_tls else PlainConnection
    host = host or address.hosts[0]
    return {"connection_class": kind, "host": host.name, "port": host.port, **address.tls_options}
