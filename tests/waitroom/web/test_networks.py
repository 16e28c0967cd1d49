"""From which network a request comes."""

from ipaddress import ip_network

import pytest
from starlette.requests import HTTPConnection

from waitroom.web.networks import client_network, wide_network

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def a_request(peer: str | None, *forwarded: str) -> HTTPConnection:
    """A request from a peer, with these headers."""
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    client = None if peer is None else (peer, 4000)
    return HTTPConnection({"type": "http", "headers": headers, "client": client})


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("192.0.2.7", [], "192.0.2.7"),
        ("192.0.2.7", ["198.51.100.1"], "192.0.2.7"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, nonsense"], "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("fd00::1", ["2001:db8:1:2::9"], "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", [], "192.0.2.7"),
        ("testclient", ["198.51.100.1"], "unknown"),
        (None, ["198.51.100.1"], "unknown"),
    ],
)
def test_network(peer: str | None, forwarded: list[str], network: str) -> None:
    """The first hop that is no proxy of ours is the client; what it says of itself is not believed."""
    assert client_network(a_request(peer, *forwarded), PROXIES) == network


def test_without_listed_proxies_nothing_is_believed() -> None:
    """A forged header moves nobody to another network."""
    assert client_network(a_request("10.0.0.1", "198.51.100.1"), ()) == "10.0.0.1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("192.0.2.7", [], "192.0.2.0/24"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.0/24"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1::/48"),
        ("::ffff:192.0.2.7", [], "192.0.2.0/24"),
        ("testclient", [], "unknown"),
    ],
)
def test_wide_network(peer: str, forwarded: list[str], network: str) -> None:
    """For counting an address is cut to what a provider hands out together."""
    assert wide_network(a_request(peer, *forwarded), PROXIES) == network
