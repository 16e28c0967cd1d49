"""Passwords: argon2id beside the loop, two at a time, and what may not be one.

The parameters are the second choice of RFC 9106, section 4: 64 MiB, three passes, four lanes.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

SHORTEST: Final = 12
LONGEST_BYTES: Final = 1024
AT_ONCE: Final = 2
"""So many hashes are made at the same moment: 128 MiB, and a burst of sign-ins leaves the machine its other work."""
MOST_WAITING: Final = 32
OBVIOUS: Final = frozenset(
    {
        "password", "passwort", "passw0rd", "waitroom", "waitingroom", "letmein", "welcome", "changeme", "organizer",
        "organiser", "administrator", "admin", "console", "tickets", "qwertyuiop", "qwertzuiop", "iloveyou", "secret",
        "correcthorsebatterystaple", "1234567890", "0123456789", "123456", "abcdefgh", "abc123", "111111", "000000",
    }
)  # fmt: skip
"""What is no password, also repeated, numbered or spaced."""
SHORTEST_WORD: Final = 4
LEFT_OVER: Final = 8
DIFFERENT: Final = 5
"""So many characters, so many different ones, are to be left beside the obvious."""
PARAMETERS = RFC_9106_LOW_MEMORY


class TooBusyError(Exception):
    """So many passwords are being checked that one more would have to wait for long."""


class Passwords:
    """Makes and checks hashes, at most two at a time."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(PARAMETERS)
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobody: str | None = None

    async def make_hash(self, password: str) -> str:
        """Return the hash of a password. Raises TooBusyError."""
        async with self._one():
            return await asyncio.to_thread(self._hasher.hash, password)

    async def is_right(self, password: str, password_hash: str | None) -> bool:
        """Tell whether a password fits a hash; without a hash that takes as long, and it never does."""
        async with self._one():
            return await asyncio.to_thread(self._verify, password, password_hash)

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether a hash was made with other parameters than those in force."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password: str, password_hash: str | None) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody")
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    @asynccontextmanager
    async def _one(self) -> AsyncIterator[None]:
        if self._waiting >= MOST_WAITING:
            raise TooBusyError
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1


def complaint_about(password: str, *, known: Iterable[str]) -> str | None:
    """Return what is wrong with a new password, None when it will do; `known` are names around it, as of rooms."""
    if len(password.encode(errors="surrogatepass")) > LONGEST_BYTES:
        return f"is longer than {LONGEST_BYTES} bytes"
    if len(password) < SHORTEST:
        return f"has fewer than {SHORTEST} characters"
    left = _without_words(password.lower(), {*OBVIOUS, *(part for name in known for part in _words_of(name))})
    if len(left) < LEFT_OVER or len(set(left)) < DIFFERENT:
        return "is one of the first that others would try"
    return None


def _without_words(letters: str, words: set[str]) -> str:
    # What is left when the obvious is taken out is what others would have to guess.
    left = "".join(letters.split())
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return left


def _words_of(name: str) -> list[str]:
    lower = name.lower()
    return [word for word in {lower, *re.split(r"[._@-]+", lower)} if len(word) >= SHORTEST_WORD]
