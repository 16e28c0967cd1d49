"""Each kind of address leads to a server that answers; who may not in is told so, as an outage."""

from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.factories import ARoom, a_fan
from tests.stores import SERVICE, Make, Sentinel, StoreServer, program_of, until
from waitroom.embedded import free_port
from waitroom.errors import QueueUnavailableError
from waitroom.queue import Queue

PEM = serialization.Encoding.PEM
EVERYTHING = ("on", ">secret", "~*", "&*", "+@all")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StoreServer]:
    """A server with a user of its own, and a socket."""
    with StoreServer(tmp_path / "server", options={"unixsocket": str(tmp_path / "socket")}) as server:
        server.ask("ACL", "SETUSER", "waitroom", *EVERYTHING)
        yield server


@pytest.fixture
def sentinel(server: StoreServer, tmp_path: Path) -> Iterator[Sentinel]:
    """A Sentinel that answers its own user alone."""
    with Sentinel(tmp_path / "sentinel", primary_port=server.port, quorum=1) as sentinel:
        sentinel.ask("ACL", "SETUSER", "eye", *EVERYTHING)
        sentinel.ask("ACL", "SETUSER", "default", "off")
        yield sentinel


@pytest.fixture
def node(tmp_path: Path) -> Iterator[StoreServer]:
    """A cluster of one node, which does not know its own name and lets in nobody without a password."""
    with StoreServer(tmp_path / "node", options=in_a_cluster()) as node:
        node.ask("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        until(lambda: node.ask("CLUSTER INFO")["cluster_state"] == "ok")
        node.ask("ACL", "SETUSER", "waitroom", *EVERYTHING)
        node.ask("ACL", "SETUSER", "default", "off")
        yield node


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for this machine's own address, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a store of the tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path / "certificate.pem"
    path.write_bytes(made.public_bytes(PEM) + key.private_bytes(PEM, *form))
    return path


@pytest.fixture
def tls_port(certificate: Path, tmp_path: Path) -> Iterator[int]:
    """The port on which a server speaks TLS: Debian's, since not every build can."""
    port, file = free_port(), str(certificate)
    options = {"tls-port": str(port), "tls-cert-file": file, "tls-key-file": file, "tls-ca-cert-file": file}
    program = program_of(Make.REDIS_7)
    with StoreServer(tmp_path / "tls", program=program, options=options | {"tls-auth-clients": "no"}):
        yield port


def in_a_cluster() -> dict[str, str]:
    """What a node needs to be told."""
    return {"cluster-enabled": "yes", "cluster-port": str(free_port())}


@asynccontextmanager
async def queue_at(url: str) -> Any:  # Any: an asynchronous iterator, as the decorator wants it
    """A queue that is closed again."""
    queue = Queue.connect(url)
    yield queue
    await queue.close()


async def assert_serves(url: str) -> None:
    """A room can be made there, joined, listed and deleted."""
    async with queue_at(url) as queue:
        room = await ARoom.open(queue, "night")
        await room.join(a_fan())
        assert await queue.rooms() == ["night"]
        assert len(await queue.changes("night")) == 1
        assert await queue.delete("night")
        assert await queue.rooms() == []


async def test_a_socket(server: StoreServer, tmp_path: Path) -> None:
    """A server on this machine is reached by its socket, in the database that the address names."""
    await assert_serves(f"unix://waitroom:secret@{tmp_path / 'socket'}?db=3")
    async with queue_at(f"unix://{tmp_path / 'socket'}?db=3") as queue:
        await ARoom.open(queue, "night")
    assert server.client().info("keyspace").keys() == {"db3"}


@pytest.mark.redis
async def test_tls(tls_port: int, certificate: Path) -> None:
    """Under TLS the server's certificate is checked against the authority that the address names."""
    await assert_serves(f"rediss://127.0.0.1:{tls_port}/0?ssl_ca_certs={certificate}")
    async with queue_at(f"rediss://127.0.0.1:{tls_port}/0") as queue:
        with pytest.raises(QueueUnavailableError, match="certificate"):
            await queue.rooms()


async def test_sentinels_have_a_user_of_their_own(sentinel: Sentinel) -> None:
    """The data servers' user is not sent to the Sentinels, nor the other way round."""
    sentinels = f"127.0.0.1:{sentinel.port}/{SERVICE}?sentinel_username=eye&sentinel_password=secret"
    await assert_serves(f"redis+sentinel://waitroom:secret@{sentinels}")


async def test_a_service_that_nobody_watches(sentinel: Sentinel) -> None:
    """A misspelt service is named in the reason."""
    options = "sentinel_username=eye&sentinel_password=secret"
    async with queue_at(f"redis+sentinel://127.0.0.1:{sentinel.port}/nothing?{options}") as queue:
        with pytest.raises(QueueUnavailableError, match="no Sentinel names a primary of 'nothing'"):
            await queue.rooms()


async def test_a_named_server_that_is_a_replica(server: StoreServer, tmp_path: Path) -> None:
    """A server that a Sentinel names, and that is none any more, is not written to."""
    with Sentinel(tmp_path / "sentinel", primary_port=server.port, quorum=3) as sentinel:
        async with queue_at(f"redis+sentinel://127.0.0.1:{sentinel.port}/{SERVICE}") as queue:
            await queue.rooms()
            server.ask("REPLICAOF", "127.0.0.1", 1)
            for _ in range(2):
                with pytest.raises(QueueUnavailableError):
                    await queue._client.sadd("wr:rooms", "lost")


async def test_a_cluster_that_wants_a_password(node: StoreServer) -> None:
    """A node without a name is the one that was asked, with the same user."""
    await assert_serves(f"redis+cluster://waitroom:secret@127.0.0.1:{node.port}")


async def test_a_cluster_without_all_slots(tmp_path: Path) -> None:
    """A room whose slot nobody has is unavailable; the others go on."""
    options = in_a_cluster() | {"cluster-require-full-coverage": "no"}
    with StoreServer(tmp_path / "node", options=options) as node:
        node.ask("CLUSTER", "ADDSLOTSRANGE", 0, 8191)
        until(lambda: node.ask("CLUSTER INFO")["cluster_state"] == "ok")
        served, unserved = [], []
        async with queue_at(f"redis+cluster://127.0.0.1:{node.port}") as queue:
            for number in range(40):
                try:
                    await queue._client.sadd(f"key-{number}", "x")
                    served.append(number)
                except QueueUnavailableError as away:
                    unserved.append(str(away))
            assert queue.open_circuits == 1
    assert served
    assert "no node of the cluster has slot" in unserved[0]


@pytest.mark.parametrize("who", ["waitroom:wrong@", "nobody:secret@"])
async def test_a_wrong_password(server: StoreServer, who: str) -> None:
    """Who may not in is told so in the reason, and the secret is not in it."""
    async with queue_at(f"redis://{who}127.0.0.1:{server.port}") as queue:
        with pytest.raises(QueueUnavailableError, match=r"(?i)invalid username-password pair") as away:
            await queue.rooms()
    assert "wrong" not in str(away.value).lower().replace("wrongpass", "")
