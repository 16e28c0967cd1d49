"""The beacon: a public source of randomness, the rule that fixes which of its rounds a draw takes, and its answers.

The form is drand's: `URL/public/ROUND` answers `{"round": 7, "randomness": "64 hex digits", "signature": "hex"}`. That
the randomness is the hash of the signature is checked; the signature itself (BLS) is not. Whoever doubts the value
compares it with the beacon's own archive, or verifies it with the beacon's own client.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from waitroom.clock import parse_rfc3339, rfc3339

LEAD_MS = 10_000
"""A draw takes the first round that is due at least so long after its root was published."""
LONGEST_SIGNATURE = 1024
ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-:\[\]]+(?:/[A-Za-z0-9._~\-]+)*/?")
VALUE = re.compile(r"[0-9a-f]{64}")
SIGNATURE = re.compile(r"(?:[0-9a-f]{2})+")


@dataclass(frozen=True, kw_only=True)
class BeaconValue:
    """What a beacon said in a round: 32 bytes, hex."""

    round: int
    value: str


class BeaconRule(BaseModel):
    """Which beacon a room's draw waits for, and when its rounds are; `genesis_at` is round 1, ms since 1970."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(min_length=1, max_length=200)
    period_seconds: int = Field(ge=1, le=3600, strict=True)
    genesis_at: Annotated[int, Field(ge=0, lt=2**45, strict=True)]

    @field_validator("url")
    @classmethod
    def _is_safe_address(cls, value: str) -> str:
        if not ADDRESS.fullmatch(value) or not _is_private_line(value):
            raise ValueError("a plain https:// address is needed, or http:// on this machine; no user, no query")
        return value.rstrip("/")

    def round_after(self, root_at_ms: int) -> int:
        """The first round that is due at least ten seconds after the root was published."""
        until_due_ms = root_at_ms + LEAD_MS - self.genesis_at
        return max(0, -(-until_due_ms // self._period_ms)) + 1

    def due_at_ms(self, number: int) -> int:
        """When a round is due, ms since 1970."""
        return self.genesis_at + (number - 1) * self._period_ms

    def address_of(self, number: int) -> str:
        """Where a round is read, now and later, by anyone."""
        return f"{self.url}/public/{number}"

    def to_text(self) -> str:
        """The rule as it is stored and published: JSON."""
        return self.model_dump_json()

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote; raises pydantic's ValidationError, a ValueError."""
        return cls.model_validate_json(text)

    def to_json(self) -> dict[str, Any]:  # Any: JSON values
        """The rule as it is published."""
        return self.model_dump() | {"genesis_at": rfc3339(self.genesis_at)}

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Self:  # Any: as above
        """Read what `to_json` wrote; raises ValueError, KeyError or TypeError."""
        return cls.model_validate(raw | {"genesis_at": parse_rfc3339(raw["genesis_at"])})

    @property
    def _period_ms(self) -> int:
        return self.period_seconds * 1000


def parse_beacon_answer(body: bytes, *, expected_round: int) -> BeaconValue:
    """Read a beacon's answer for a round; raises ValueError saying what is wrong with it."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("the answer is not JSON") from None
    if not isinstance(answer, dict) or type(answer.get("round")) is not int:
        raise ValueError("the answer names no round")
    if answer["round"] != expected_round:
        raise ValueError(f"the answer is of round {answer['round']}, not {expected_round}")
    value = check_beacon_value(answer.get("randomness"))
    if "signature" in answer:
        _check_signed(value, answer["signature"])
    return BeaconValue(round=expected_round, value=value)


def check_beacon_value(value: object) -> str:
    """Return a beacon's value: 32 bytes in lower-case hex; raises ValueError."""
    if not isinstance(value, str) or not VALUE.fullmatch(value):
        raise ValueError("a beacon's value is 32 bytes in lower-case hex")
    return value


def _check_signed(value: str, signature: object) -> None:
    if not isinstance(signature, str) or len(signature) > LONGEST_SIGNATURE or not SIGNATURE.fullmatch(signature):
        raise ValueError("the answer's signature is not hex")
    if hashlib.sha256(bytes.fromhex(signature)).hexdigest() != value:
        raise ValueError("the answer's randomness is not the hash of its signature")


def _is_private_line(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        return bool(host) and parts.port != 0 and (parts.scheme == "https" or _is_loopback(host))
    except ValueError:
        # What stands for the host or the port is none.
        return False


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
