"""Valkey as a child of ours."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from waitroom.embedded import EmbeddedValkey, FolderInUseError, PortTakenError, free_port


def client(server: EmbeddedValkey) -> "redis.Redis":
    """A client of the server, to be closed."""
    return redis.Redis.from_url(server.url)


@pytest.fixture
def listener() -> Iterator[int]:
    """A port that something listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield int(taken.getsockname()[1])


def test_answers_on_the_port_it_was_given(tmp_path: Path) -> None:
    """A server listens on the asked port of the loopback interface."""
    port = free_port()
    with EmbeddedValkey(tmp_path, port=port) as server, client(server) as asked:
        assert server.url == f"redis://127.0.0.1:{port}/0"
        assert asked.ping()


def test_keeps_appended_data_over_a_kill_and_an_end(tmp_path: Path) -> None:
    """With an append-only file what was flushed is there after SIGKILL, and after a whole new start."""
    with EmbeddedValkey(tmp_path, append_only=True) as server:
        with client(server) as asked:
            asked.set("seats", "two")
            asked.execute_command("WAITAOF", 1, 0, 60_000)
        server.kill()
        assert not server.is_running
        server.restart()
        with client(server) as asked:
            assert asked.get("seats") == b"two"
    with EmbeddedValkey(tmp_path, append_only=True) as server, client(server) as asked:
        assert asked.get("seats") == b"two"


def test_forgets_without_the_file(tmp_path: Path) -> None:
    """Without an append-only file a restart begins empty."""
    with EmbeddedValkey(tmp_path) as server:
        with client(server) as asked:
            asked.set("seats", "two")
        server.restart()
        with client(server) as asked:
            assert asked.get("seats") is None


def test_refuses_a_folder_in_use(tmp_path: Path) -> None:
    """A second server on one folder is refused in one line that names the folder; the first goes on."""
    with EmbeddedValkey(tmp_path) as first:
        with pytest.raises(FolderInUseError, match=str(tmp_path)) as refused:
            EmbeddedValkey(tmp_path).open()
        assert "\n" not in str(refused.value)
        assert first.is_running


def test_refuses_a_taken_port(tmp_path: Path, listener: int) -> None:
    """A taken port is named in one line, and the folder is free again."""
    with pytest.raises(PortTakenError, match=str(listener)) as refused:
        EmbeddedValkey(tmp_path, port=listener).open()
    assert "\n" not in str(refused.value)
    with EmbeddedValkey(tmp_path) as server:
        assert server.is_running


def test_closes_twice(tmp_path: Path) -> None:
    """Closing again changes nothing."""
    server = EmbeddedValkey(tmp_path).open()
    server.close()
    server.close()
    assert not server.is_running
