"""Python's own time; scripts use the store's."""

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """Tells the time in whole milliseconds since 1970."""

    def now_ms(self) -> int:
        """Return the milliseconds since 1970."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Return the milliseconds since 1970."""
        return time.time_ns() // 1_000_000


class FrozenClock:
    """A clock for tests: it moves when told to."""

    def __init__(self, now_ms: int = 1_800_000_000_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Return the milliseconds since 1970."""
        return self._now_ms

    def advance(self, *, ms: int) -> None:
        """Move by `ms` milliseconds, backwards when negative."""
        self._now_ms += ms


def rfc3339(ms: int) -> str:
    """Write milliseconds since 1970 as RFC 3339 in UTC with milliseconds."""
    return f"{_to_the_second(ms // 1000)}.{ms % 1000:03d}Z"


@lru_cache(maxsize=64)
def _to_the_second(seconds: int) -> str:
    # Most answers of a moment name the same few seconds.
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def parse_rfc3339(text: str) -> int:
    """Read a time with a zone as milliseconds since 1970.

    Raises ValueError when the text is no such time or has no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write it like 2027-01-31T19:00:00Z")
    return round(moment.timestamp() * 1000)


def read_moment(text: str, *, now_ms: int) -> int:
    """Read `now`, an offset like `+5m`, or RFC 3339 with a zone; raises ValueError."""
    if text == "now":
        return now_ms
    if text.startswith("+"):
        units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
        if text[-1] not in units or not text[1:-1].isdigit():
            raise ValueError(f"{text!r} is no offset; write it like +90s, +5m, +2h or +1d")
        return now_ms + round(timedelta(**{units[text[-1]]: int(text[1:-1])}).total_seconds() * 1000)
    return parse_rfc3339(text)
