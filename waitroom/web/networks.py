"""From which network a request comes; forwarded headers are believed from listed proxies alone. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from socket import AF_INET, inet_pton

from starlette.requests import HTTPConnection

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
UNKNOWN = "unknown"
IPV6_PREFIX = 64
WIDE_IPV6_SHIFT = 128 - 48


def client_network(connection: HTTPConnection, trusted: Sequence[Network]) -> str:
    """Return the network of a request's client: one IPv4 address, or an IPv6 /64, which is what a household gets.

    Not an IPv4 /24: behind one address of a mobile carrier stand thousands of fans as it is, and its neighbours are
    no more to blame.
    """
    address = _client_address(connection, trusted)
    if address is None:
        return UNKNOWN
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, IPV6_PREFIX), strict=False))


def wide_network(connection: HTTPConnection, trusted: Sequence[Network]) -> str:
    """Return the wider network of a request's client, for counting: an IPv4 /24 or an IPv6 /48.

    That is what one provider hands out together: enough to see where joins come from, too little to see who joined.
    """
    address = _client_address(connection, trusted)
    if address is None:
        return UNKNOWN
    # Every join comes by here: a network made by the library would take several times as long.
    if isinstance(address, IPv4Address):
        first, second, third, _ = address.packed
        return f"{first}.{second}.{third}.0/24"
    return f"{IPv6Address(int(address) >> WIDE_IPV6_SHIFT << WIDE_IPV6_SHIFT)}/48"


def _client_address(connection: HTTPConnection, trusted: Sequence[Network]) -> Address | None:
    # The last hop is known, each one before it is told by the next: the first that is no proxy of ours is the client.
    address = _parse(connection.client.host) if connection.client else None
    hops: list[str] | None = None
    while address is not None and any(address in network for network in trusted):
        if hops is None:
            hops = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
        told = _parse(hops.pop()) if hops else None
        if told is None:
            break
        address = told
    return address


def _parse(text: str) -> Address | None:
    # The system's own reader takes a fraction of the library's time, and every join comes by here.
    text = text.strip()
    try:
        return IPv4Address(inet_pton(AF_INET, text))
    except (OSError, ValueError):
        pass
    try:
        address = IPv6Address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address
