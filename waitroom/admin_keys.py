"""Admin keys: who may do what in the console, as machines say it: `name:role:secret`, separated by commas."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from waitroom.errors import ConfigurationError

SHORTEST_SECRET = 32
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


class Role(StrEnum):
    """What a holder may do; each role may do all that those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Whether this role may do what `needed` may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, kw_only=True)
class AdminKey:
    """One key; its secret is kept as a hash alone."""

    name: str
    role: Role
    secret_hash: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name:role:secret`; raises ConfigurationError without naming the secret."""
        parts = text.split(":", 2)
        if len(parts) < len(("name", "role", "secret")) or not NAME.fullmatch(parts[0]):
            raise ConfigurationError("an admin key is name:role:secret, the name of lower-case letters and digits.")
        name, role, secret = parts
        if role not in set(Role):
            raise ConfigurationError(f"the admin key {name!r} has no role: one of {', '.join(Role)}.")
        if len(secret) < SHORTEST_SECRET:
            raise ConfigurationError(f"the secret of the admin key {name!r} is shorter than {SHORTEST_SECRET}.")
        return cls(name=name, role=Role(role), secret_hash=_hash(secret))


@dataclass(frozen=True)
class AdminKeys:
    """All keys of a deployment."""

    keys: tuple[AdminKey, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read keys separated by commas or lines; raises ConfigurationError."""
        keys = tuple(AdminKey.parse(part) for part in text.replace(",", " ").split())
        names = [key.name for key in keys]
        if len(set(names)) < len(names):
            raise ConfigurationError("two admin keys have the same name; the change log could not tell them apart.")
        if not keys:
            raise ConfigurationError("there is no admin key; `waitroom keys new` makes one.")
        return cls(keys)

    def find(self, secret: str) -> AdminKey | None:
        """Return the key of this secret. Every key is compared, in a time that says nothing about any of them."""
        given, found = _hash(secret), None
        for key in self.keys:
            if hmac.compare_digest(key.secret_hash, given):
                found = key
        return found


def _hash(secret: str) -> bytes:
    # The secrets are long and random, so that a plain hash cannot be searched.
    return hashlib.sha256(secret.encode()).digest()
