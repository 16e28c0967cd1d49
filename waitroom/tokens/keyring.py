"""The ring of secret keys: the newest signs, all verify, rotation needs no restart."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from waitroom.errors import ConfigurationError

SECRET_LENGTH = 32
REREAD_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Key:
    """One secret and the id by which rooms remember it."""

    key_id: str
    secret: bytes


class KeySource(Protocol):
    """Whatever can say which ring is in force now."""

    def current(self) -> "KeyRing":
        """Return the ring in force."""
        ...


@dataclass(frozen=True)
class KeyRing:
    """Keys, newest first."""

    keys: tuple[Key, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `id:secret` pairs, newest first, separated by commas or white space.

        Raises ConfigurationError, never naming a secret.
        """
        keys = tuple(_parse_key(part) for part in text.replace(",", " ").split())
        if not keys:
            raise ConfigurationError("The key ring is empty; `waitroom keys new` makes a key.")
        if len({key.key_id for key in keys}) < len(keys):
            raise ConfigurationError("Two keys of the ring have the same id; give each its own.")
        return cls(keys)

    @property
    def newest(self) -> Key:
        """The key that signs."""
        return self.keys[0]

    def find(self, key_id: str) -> Key | None:
        """Return the key with this id, if the ring has it."""
        return next((key for key in self.keys if key.key_id == key_id), None)

    def secrets_oldest_first(self) -> Sequence[bytes]:
        """The order that itsdangerous expects: it signs with the last."""
        return [key.secret for key in reversed(self.keys)]

    def current(self) -> "KeyRing":
        """Be one's own source."""
        return self


class KeyRingFile:
    """A ring kept in a file that is read again when it changes.

    A file that is gone or broken leaves the ring in force: a slip of the hand during a rotation
    must not end a sale.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # The time before the content: a change in between is then read again, not missed.
        self._modified_ns = path.stat().st_mtime_ns
        self._ring = _read_ring(path)
        self._looked_at = time.monotonic()

    def current(self) -> KeyRing:
        """Return the ring in force, looking at the file once a second at most."""
        if time.monotonic() - self._looked_at >= REREAD_SECONDS:
            self._looked_at = time.monotonic()
            self._reread()
        return self._ring

    def _reread(self) -> None:
        try:
            modified_ns = self._path.stat().st_mtime_ns
            if modified_ns != self._modified_ns:
                self._ring = _read_ring(self._path)
                self._modified_ns = modified_ns
        except (OSError, ConfigurationError):
            return


def _read_ring(path: Path) -> KeyRing:
    try:
        text = path.read_text()
    except UnicodeError:
        raise ConfigurationError("The key ring's file is no text of the form id:secret.") from None
    return KeyRing.parse(text)


def _parse_key(part: str) -> Key:
    key_id, colon, secret = part.partition(":")
    if not colon or not key_id:
        raise ConfigurationError("A key of the ring is not of the form id:secret.")
    if len(secret) < SECRET_LENGTH:
        raise ConfigurationError(
            f"The secret of key {key_id!r} is shorter than {SECRET_LENGTH} characters; "
            "`waitroom keys new` makes a good one."
        )
    return Key(key_id=key_id, secret=secret.encode())
