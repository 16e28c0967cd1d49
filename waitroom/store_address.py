"""Where the queue's store is, in one address: one server, a primary that Sentinels name, or a cluster.

| address | store |
|---|---|
| `redis://host:6379/0` | one server; `rediss://` under TLS, `unix:///path` by a socket |
| `redis+sentinel://host:26379,host:26379/service` | the primary of `service`, as these Sentinels name it |
| `redis+cluster://host:6379,host:6379` | a cluster, of which these nodes are asked first |

`user:password@` stands before the hosts, percent-encoded. Options follow a `?`: `db`, `sentinel_username`,
`sentinel_password`, and under TLS (`rediss+sentinel://`, `rediss+cluster://`) `ssl_ca_certs`, `ssl_certfile`,
`ssl_keyfile`, `ssl_check_hostname`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl, unquote

ADDRESS = re.compile(
    r"(?P<scheme>[a-z]+(?:\+[a-z]+)?)://(?:(?P<user>[^/?#]*)@)?(?P<hosts>[^/?#]*)(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?"
)
HOST = re.compile(r"(?P<name>[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?")
TLS_OPTIONS = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname"})
YES, NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})


class StoreKind(StrEnum):
    """How the server that has a room is found."""

    SERVER = "server"
    SOCKET = "socket"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


SCHEMES: Mapping[str, tuple[StoreKind, bool]] = {
    "redis": (StoreKind.SERVER, False),
    "rediss": (StoreKind.SERVER, True),
    "unix": (StoreKind.SOCKET, False),
    "redis+sentinel": (StoreKind.SENTINEL, False),
    "rediss+sentinel": (StoreKind.SENTINEL, True),
    "redis+cluster": (StoreKind.CLUSTER, False),
    "rediss+cluster": (StoreKind.CLUSTER, True),
}
"""Each scheme with its kind, and whether it is under TLS."""
KNOWN_OPTIONS: Mapping[StoreKind, frozenset[str]] = {
    StoreKind.SERVER: frozenset({"db"}),
    StoreKind.SOCKET: frozenset({"db"}),
    StoreKind.SENTINEL: frozenset({"db", "sentinel_username", "sentinel_password"}),
    StoreKind.CLUSTER: frozenset(),
}
DEFAULT_PORTS = {StoreKind.SENTINEL: 26379}
FORMS = "redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://"


@dataclass(frozen=True, order=True)
class Host:
    """One server's name or number, and its port."""

    name: str
    port: int

    def __str__(self) -> str:
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class StoreAddress:
    """What an address says, read once; `parse` makes it."""

    kind: StoreKind
    hosts: tuple[Host, ...] = ()
    path: str = ""
    service: str = ""
    database: int = 0
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    sentinel_username: str | None = field(default=None, repr=False)
    sentinel_password: str | None = field(default=None, repr=False)
    is_tls: bool = False
    tls_options: Mapping[str, str | bool] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "StoreAddress":
        """Read an address. Raises ValueError, which says what is wrong and never shows a secret."""
        found = ADDRESS.fullmatch(text)
        if found is None or found["scheme"] not in SCHEMES:
            raise ValueError(f"an address that starts with {FORMS} is needed")
        kind, is_tls = SCHEMES[found["scheme"]]
        options = _read_options(found["query"] or "", kind=kind, is_tls=is_tls)
        username, password = _read_user(found["user"] or "")
        path = unquote(found["path"] or "")
        return cls(
            kind=kind,
            hosts=_read_hosts(found["hosts"], kind=kind),
            path=_read_socket(path) if kind is StoreKind.SOCKET else "",
            service=_read_service(path) if kind is StoreKind.SENTINEL else "",
            database=_read_database(path, options, kind=kind),
            username=username,
            password=password,
            sentinel_username=options.get("sentinel_username"),
            sentinel_password=options.get("sentinel_password"),
            is_tls=is_tls,
            tls_options=_read_tls(options),
        )

    def __str__(self) -> str:
        """The address without user and secrets, as it may be shown."""
        scheme = next(name for name, kind in SCHEMES.items() if kind == (self.kind, self.is_tls))
        hosts = ",".join(map(str, self.hosts))
        tail = self.path or (f"/{self.service}" if self.service else "")
        return f"{scheme}://{hosts}{tail}" + (f"?db={self.database}" if self.database else "")


def _read_hosts(text: str, *, kind: StoreKind) -> tuple[Host, ...]:
    if kind is StoreKind.SOCKET:
        if text:
            raise ValueError("a socket's address has three slashes: unix:///run/valkey.sock")
        return ()
    hosts = tuple(_read_host(part, default=DEFAULT_PORTS.get(kind, 6379)) for part in text.split(","))
    if kind is StoreKind.SERVER and len(hosts) > 1:
        raise ValueError("one host is wanted; several are for redis+sentinel:// and redis+cluster://")
    return hosts


def _read_host(text: str, *, default: int) -> Host:
    found = HOST.fullmatch(text)
    port = default if found is None or found["port"] is None else int(found["port"])
    if found is None or not 0 < port < 65536:
        raise ValueError("a host is wanted, as in store.example:6379 or [::1]:6379, separated by commas")
    return Host(found["name"].strip("[]"), port)


def _read_user(text: str) -> tuple[str | None, str | None]:
    username, _, password = text.partition(":")
    return unquote(username) or None, unquote(password) or None


def _read_socket(path: str) -> str:
    if path in {"", "/"}:
        raise ValueError("the path of a socket is missing, as in unix:///run/valkey.sock")
    return path


def _read_service(path: str) -> str:
    service = path.removeprefix("/")
    if not service or "/" in service:
        raise ValueError("the service's name is missing, as in redis+sentinel://host:26379/service")
    return service


def _read_database(path: str, options: Mapping[str, str], *, kind: StoreKind) -> int:
    in_path = path.removeprefix("/") if kind in {StoreKind.SERVER, StoreKind.CLUSTER} else ""
    text = in_path or options.get("db", "0")
    if not text.isdecimal() or not text.isascii():
        raise ValueError("the database is a number, as in redis://host:6379/0")
    if kind is StoreKind.CLUSTER and int(text):
        raise ValueError("a cluster has the database 0 alone")
    return int(text)


def _read_options(query: str, *, kind: StoreKind, is_tls: bool) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    known = KNOWN_OPTIONS[kind] | (TLS_OPTIONS if is_tls else frozenset())
    unknown = sorted({name for name, _ in pairs} - known)
    if unknown:
        raise ValueError(f"this address takes no option {', '.join(unknown)}")
    return dict(pairs)


def _read_tls(options: Mapping[str, str]) -> dict[str, str | bool]:
    chosen: dict[str, str | bool] = {name: value for name, value in options.items() if name in TLS_OPTIONS}
    check = options.get("ssl_check_hostname", "yes").lower()
    if check not in YES | NO:
        raise ValueError("ssl_check_hostname is yes or no")
    return chosen | ({"ssl_check_hostname": check in YES} if "ssl_check_hostname" in options else {})
