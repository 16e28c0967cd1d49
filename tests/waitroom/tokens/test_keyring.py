"""The ring of keys, and the file that it may be kept in."""

import os
from pathlib import Path

import pytest

from tests.factories import a_pass
from waitroom.errors import ConfigurationError
from waitroom.tokens import KeyRing, KeyRingFile, QueuePassSigner, TokenForged

OLD, NEW = "old:" + "o" * 32, "new:" + "n" * 32


def test_parse() -> None:
    """Keys come newest first, between commas or white space; a secret may hold colons."""
    ring = KeyRing.parse(f" {NEW},\n{OLD} c:{':' * 32}\n")
    assert [key.key_id for key in ring.keys] == ["new", "old", "c"]
    assert ring.newest.secret == b"n" * 32
    assert ring.secrets_oldest_first() == [b":" * 32, b"o" * 32, b"n" * 32]
    assert ring.find("old") == ring.keys[1]
    assert ring.find("none") is None
    assert ring.current() is ring


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" , ", "empty"),
        ("x" * 40, "id:secret"),
        (":" + "x" * 40, "id:secret"),
        ("k:tooshort", "shorter than 32"),
        (f"{OLD} {OLD}", "same id"),
    ],
)
def test_wrong_rings(text: str, said: str) -> None:
    """A wrong ring is refused in words that show no secret."""
    with pytest.raises(ConfigurationError, match=said) as refused:
        KeyRing.parse(text)
    assert "tooshort" not in str(refused.value)
    assert "x" * 40 not in str(refused.value)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ring's file that is looked at on every use."""
    monkeypatch.setattr("waitroom.tokens.keyring.REREAD_SECONDS", 0)
    path = tmp_path / "keys"
    path.write_text(OLD)
    return path


def write(path: Path, content: bytes) -> None:
    """Write the file anew, later than before whatever the file system's clock does."""
    modified = path.stat().st_mtime_ns if path.exists() else 0
    path.write_bytes(content)
    os.utime(path, ns=(modified + 10**9, modified + 10**9))


def test_rotation_without_a_restart(path: Path) -> None:
    """A changed file is in force at the next look, for signers that run."""
    keys = KeyRingFile(path)
    signer, held = QueuePassSigner(keys), a_pass()
    old = signer.sign(held)
    write(path, f"{NEW} {OLD}".encode())
    assert signer.read(old) == held
    new = signer.sign(held)
    write(path, NEW.encode())
    assert signer.read(new) == held
    with pytest.raises(TokenForged):
        signer.read(old)


@pytest.mark.parametrize("content", [b"", b"half of a ke", b"\xff\xfe\x00secret", f"{OLD} {OLD}".encode(), b"\0" * 50])
def test_a_broken_file_leaves_the_ring_in_force(path: Path, content: bytes) -> None:
    """A slip of the hand ends no sale, and its mending is seen."""
    keys = KeyRingFile(path)
    write(path, content)
    assert keys.current().newest.key_id == "old"
    write(path, NEW.encode())
    assert keys.current().newest.key_id == "new"


def test_a_file_that_is_gone_leaves_the_ring_in_force(path: Path) -> None:
    """A file moved away, and put back, ends no sale."""
    keys = KeyRingFile(path)
    path.unlink()
    assert keys.current().newest.key_id == "old"
    path.mkdir()
    assert keys.current().newest.key_id == "old"
    path.rmdir()
    path.write_text(NEW)
    assert keys.current().newest.key_id == "new"


def test_looks_once_a_second(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks the file is left alone."""
    monkeypatch.setattr("waitroom.tokens.keyring.REREAD_SECONDS", 3600)
    keys = KeyRingFile(path)
    write(path, NEW.encode())
    assert keys.current().newest.key_id == "old"


def test_a_broken_file_at_the_start(path: Path) -> None:
    """Nothing starts on a broken ring."""
    for content in (b"nonsense", b"\xff\xfe"):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError):
            KeyRingFile(path)
