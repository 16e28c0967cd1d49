"""The public beacon of a draw: which round counts, by a rule that is fixed when the room is made."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MOST_ADDRESS = 300
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def _is_beacon_address(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not is_safe or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("an https:// address without user, query and fragment is needed")
    return url.rstrip("/")


class BeaconRule(BaseModel):
    """Where a drand-shaped beacon answers (`URL/public/ROUND`), and when its rounds come."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, Field(max_length=MOST_ADDRESS), AfterValidator(_is_beacon_address)]
    period_seconds: Annotated[int, Field(ge=1, le=3600)]
    genesis_at: Annotated[int, Field(ge=0, lt=2**45)]
    """The time of round 1, milliseconds since 1970."""
