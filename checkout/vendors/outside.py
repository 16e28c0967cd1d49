"""Calls to addresses that vendors have given us: never into our own networks, never for long, never for much.

What a name resolves to is looked at when the connection is made, and that very address is connected to: a name that
says one thing when it is checked and another when it is used gains nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from time import monotonic

import httpcore

from checkout.errors import CheckoutError

WHOLE_SECONDS = 10.0
HEADERS = {"content-type": "application/json", "user-agent": "waitroom-webhooks/1", "accept": "*/*"}
MOST_ANSWER_BYTES = 4096
"""An answer is read so far, to free the connection; nobody looks at it."""
EMBEDDING = tuple(
    ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10", "192.0.0.0/24")
)
"""Addresses that lead to others, or to nobody in particular."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class AddressRefusedError(CheckoutError):
    """A vendor's address leads into a network that webhooks may not reach."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a call: the status that was answered, or why there was none."""

    status: int | None
    failure: str | None
    milliseconds: int


class Outside:
    """Makes the calls; `allowed` are private networks that may be reached all the same."""

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            # A connection a call: vendors are many, and none of them is to see another's.
            max_keepalive_connections=0,
            network_backend=GuardedNetwork(tuple(allowed)),
        )

    async def post(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> Outcome:
        """Post; redirects are not followed, and whatever goes wrong out there is an outcome."""
        started_at, status, failure = monotonic(), None, None
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                status = await self._post(url, body, headers)
        except TimeoutError:
            failure = f"no answer within {WHOLE_SECONDS:.0f} s"
        except AddressRefusedError as refused:
            failure = str(refused)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as broken:
            failure = f"no answer ({type(broken).__name__})"
        else:
            failure = None if 200 <= status < 300 else f"answered {status}"
        return Outcome(status=status, failure=failure, milliseconds=round(1000 * (monotonic() - started_at)))

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        sent = list((HEADERS | dict(headers)).items())
        times = dict.fromkeys(("connect", "read", "write", "pool"), WHOLE_SECONDS)
        async with self._pool.stream("POST", url, headers=sent, content=body, extensions={"timeout": times}) as answer:
            read = 0
            async for part in answer.aiter_stream():
                read += len(part)
                if read > MOST_ANSWER_BYTES:
                    break
            return int(answer.status)


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves, refuses what is not public, and connects to the address that was looked at."""

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        self._allowed = allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that may be reached; raises AddressRefusedError without one."""
        reachable = [address for address in await _resolve(host, port) if self._may_reach(address)]
        if not reachable:
            raise AddressRefusedError("the address leads into a network that webhooks may not reach")
        return await self._network.connect_tcp(str(reachable[0]), port, timeout, local_address, socket_options)

    def _may_reach(self, address: Address) -> bool:
        return is_public(address) or any(address in network for network in self._allowed)


def is_public(address: Address) -> bool:
    """Say whether an address is one of the internet at large, and leads to no other."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if any(address in network for network in EMBEDDING):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def _resolve(host: str, port: int) -> list[Address]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # An IPv6 address of a link carries the link's name behind a percent sign.
    return [ip_address(str(address[0]).partition("%")[0]) for *_, address in found]
