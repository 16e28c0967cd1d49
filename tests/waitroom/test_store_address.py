"""The store's address: every form that works, and nothing that would silently mean something else."""

import pytest

from waitroom.store_address import Host, StoreAddress, StoreKind


@pytest.mark.parametrize(
    ("text", "kind", "hosts", "shown"),
    [
        ("redis://h", StoreKind.SERVER, [("h", 6379)], "redis://h:6379"),
        ("redis://10.0.0.1:7000/3", StoreKind.SERVER, [("10.0.0.1", 7000)], "redis://10.0.0.1:7000?db=3"),
        ("redis://[::1]:6380/0", StoreKind.SERVER, [("::1", 6380)], "redis://[::1]:6380"),
        ("rediss://u:p@store.test/1", StoreKind.SERVER, [("store.test", 6379)], "rediss://store.test:6379?db=1"),
        ("unix:///run/v.sock?db=2", StoreKind.SOCKET, [], "unix:///run/v.sock?db=2"),
        (
            "redis+sentinel://a,b:7/svc",
            StoreKind.SENTINEL,
            [("a", 26379), ("b", 7)],
            "redis+sentinel://a:26379,b:7/svc",
        ),
        ("redis+cluster://a,b:7", StoreKind.CLUSTER, [("a", 6379), ("b", 7)], "redis+cluster://a:6379,b:7"),
        ("rediss+cluster://a?ssl_ca_certs=/ca.pem", StoreKind.CLUSTER, [("a", 6379)], "rediss+cluster://a:6379"),
    ],
)
def test_forms(text: str, kind: StoreKind, hosts: list[tuple[str, int]], shown: str) -> None:
    """Each scheme says how the server is found; what is shown has no user and no secret."""
    address = StoreAddress.parse(text)
    assert (address.kind, address.hosts) == (kind, tuple(Host(*host) for host in hosts))
    assert str(address) == shown
    assert address.is_tls is text.startswith("rediss")


def test_who_asks() -> None:
    """User and passwords are percent-encoded; the Sentinels have their own, and none is in what is printed."""
    address = StoreAddress.parse(
        "redis+sentinel://us%3Aer:p%40ss@a/svc?db=4&sentinel_username=eye&sentinel_password=s%26cret"
    )
    assert (address.username, address.password) == ("us:er", "p@ss")
    assert (address.sentinel_username, address.sentinel_password) == ("eye", "s&cret")
    assert (address.service, address.database) == ("svc", 4)
    assert not any(secret in f"{address} {address!r}" for secret in ("us:er", "p@ss", "eye", "s&cret"))


def test_a_password_alone() -> None:
    """Most stores have a password and no user."""
    address = StoreAddress.parse("redis://:secret@h")
    assert (address.username, address.password) == (None, "secret")


def test_tls_options() -> None:
    """What TLS needs is passed on as it is."""
    address = StoreAddress.parse("rediss+sentinel://a/s?ssl_ca_certs=/ca.pem&ssl_check_hostname=no")
    assert address.tls_options == {"ssl_ca_certs": "/ca.pem", "ssl_check_hostname": False}


@pytest.mark.parametrize(
    "text",
    [
        "redis://h/secret",
        "redis://h/1/secret",
        "redis://h/-1",
        "redis://h/²",
        "redis://h?db=secret",
        "redis://h?secret=1",
        "redis://h?secret",
        "redis://a,b",
        "redis://",
        "redis://h:0",
        "redis://h:70000",
        "redis://h#secret",
        "redis:h",
        "http://secret",
        "unix://secret/v.sock",
        "unix:///",
        "redis+sentinel://a",
        "redis+sentinel://a/svc/secret",
        "redis+sentinel://a,,b/svc",
        "redis+cluster://a/1",
        "redis+cluster://a?db=0",
        "redis+cluster://a?ssl_ca_certs=/secret",
        "rediss://h?ssl_check_hostname=secret",
        "redis://user:secret@",
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    """What would mean another database, another server or nothing is refused, without showing a value."""
    with pytest.raises(ValueError, match=r"[a-z]") as wrong:
        StoreAddress.parse(text)
    if "=" not in text and "?secret" not in text:
        assert "secret" not in str(wrong.value)
