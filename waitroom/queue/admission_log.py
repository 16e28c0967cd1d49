"""Verification of the admission log: recompute its chain, and name the first line that does not fit. Pure.

Every entry holds the hash of all before it, and the snapshot shows the last one (`log`): who has seen that can tell
when a line was changed, taken out, put in or cut off afterwards. The log of a long sale is trimmed at its beginning;
the first entry that is left is then taken on trust, all after it are not.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

FIELDS = ("n", "at_ms", "turns", "first", "last", "per_minute", "share", "by")
"""What is hashed, in this order (`_log.lua`)."""
CLOCK_TOLERANCE_SECONDS = 5.0
"""How far the store's clock may have been set back between two entries."""
ROUNDING_MS = 1
KEPT_ENTRIES = 200_000
"""A log that is longer is trimmed at its beginning, a shorter one never."""
Entry = Mapping[str, str]


class LogCheck(StrEnum):
    """The checks of a line, in their order, and of the whole."""

    FORM = "form"
    NUMBER = "number"
    CHAIN = "chain"
    TIME = "time"
    RATE = "rate"
    COUNT = "count"
    HEAD = "head"


@dataclass(frozen=True, kw_only=True)
class LogBroken:
    """The first check that fails; `number` is that of the entry, None when it is about the whole."""

    check: LogCheck
    number: int | None
    detail: str


@dataclass(frozen=True, kw_only=True)
class LogHolds:
    """The chain holds from entry `first` to `last`, for so many turns; `first` is above 1 where the log was trimmed."""

    first: int
    last: int
    turns: int
    head: str


class _BrokenError(Exception):
    def __init__(self, check: LogCheck, detail: str) -> None:
        self.check, self.detail = check, detail
        super().__init__(detail)


def entry_hash(previous: str, entry: Entry) -> str:
    """Hash an entry's values, as text, behind the hash of all before it."""
    return hashlib.sha256("|".join([previous, *(entry[name] for name in FIELDS)]).encode()).hexdigest()


class LogVerification:
    """Checks a log entry by entry, oldest first; whoever is told LogBroken stops.

    The rate is checked coarsely: the turns of any stretch of time are at most `per_minute / 60 / share` a second, plus
    one second's worth, by the rates and shares that the log itself states.
    """

    def __init__(
        self,
        *,
        commitment: str,
        seen_head: str | None = None,
        clock_tolerance_seconds: float = CLOCK_TOLERANCE_SECONDS,
    ) -> None:
        self._seen_head = seen_head
        self._is_seen = seen_head is None
        self._tolerance_ms = clock_tolerance_seconds * 1000
        self._head = commitment
        self._first = 0
        self._last = 0
        self._turns = 0
        self._at_ms: int | None = None
        self._bucket = _Bucket()

    def read(self, entry: Entry) -> LogBroken | None:
        """Check the next entry; answers what is wrong with it, None when it fits."""
        try:
            self._read(entry)
        except _BrokenError as broken:
            found = entry.get("n", "")
            return LogBroken(check=broken.check, number=int(found) if found.isdigit() else None, detail=broken.detail)
        return None

    def end(self, *, head: str | None = None, count: int | None = None) -> LogHolds | LogBroken:
        """Check the whole: that it ends with `head` as number `count`, where given, and held the hash once seen."""
        kept = self._last - self._first + 1
        head_here = self._head if self._last else ""
        if self._first > 1 and kept < KEPT_ENTRIES:
            detail = f"it begins with entry {self._first}, and only beyond {KEPT_ENTRIES:,} entries is a log trimmed"
            return LogBroken(check=LogCheck.COUNT, number=None, detail=detail)
        if count is not None and self._last != count:
            detail = f"it ends with entry {self._last}; the room says {count}"
            return LogBroken(check=LogCheck.COUNT, number=None, detail=detail)
        if head is not None and head_here != head:
            detail = f"the last hash is {head_here or 'none'}; the room says {head or 'none'}"
            return LogBroken(check=LogCheck.HEAD, number=None, detail=detail)
        if not self._is_seen:
            detail = f"no entry has the hash {self._seen_head} that was seen"
            return LogBroken(check=LogCheck.HEAD, number=None, detail=detail)
        return LogHolds(first=self._first, last=self._last, turns=self._turns, head=head_here)

    def _read(self, entry: Entry) -> None:
        if missing := [name for name in (*FIELDS, "hash") if not isinstance(entry.get(name), str)]:
            raise _BrokenError(LogCheck.FORM, f"{', '.join(missing)} missing")
        try:
            number, at_ms, turns = (int(entry[name]) for name in ("n", "at_ms", "turns"))
            per_minute, share = float(entry["per_minute"]), float(entry["share"])
        except ValueError as wrong:
            raise _BrokenError(LogCheck.FORM, str(wrong)) from None
        self._check_number(number)
        self._check_chain(entry, number)
        self._check_time(at_ms, number)
        elapsed_ms = 0 if self._at_ms is None else max(0, at_ms - self._at_ms)
        self._bucket.take(turns, elapsed_ms=elapsed_ms, per_minute=per_minute, share=share)
        self._first = self._first or number
        self._last, self._at_ms = number, at_ms
        self._turns += turns
        self._is_seen = self._is_seen or entry["hash"] == self._seen_head

    def _check_number(self, number: int) -> None:
        if self._last and number != self._last + 1:
            what = "a line is missing" if number > self._last else "a line was put in, or stands twice"
            raise _BrokenError(LogCheck.NUMBER, f"entry {number} follows entry {self._last}: {what}")

    def _check_chain(self, entry: Entry, number: int) -> None:
        is_first_of_a_trimmed_log = not self._last and number > 1
        if not is_first_of_a_trimmed_log and entry_hash(self._head, entry) != entry["hash"]:
            raise _BrokenError(LogCheck.CHAIN, f"the hash of entry {number} does not follow from it and those before")
        self._head = entry["hash"]

    def _check_time(self, at_ms: int, number: int) -> None:
        if self._at_ms is not None and at_ms < self._at_ms - self._tolerance_ms:
            seconds = (self._at_ms - at_ms) / 1000
            raise _BrokenError(LogCheck.TIME, f"entry {number} is {seconds:g} seconds before the one that it follows")


class _Bucket:
    """What may have been left of one second's worth, at the most favourable of the rates before and after."""

    def __init__(self) -> None:
        self._used = 0.0
        self._per_ms = 0.0
        self._depth = 0.0

    def take(self, turns: int, *, elapsed_ms: float, per_minute: float, share: float) -> None:
        if turns < 1 or per_minute <= 0 or not 0.5 <= share <= 1:
            raise _BrokenError(LogCheck.RATE, f"{turns} turns at {per_minute:g} a minute and share {share:g}")
        per_ms, depth = per_minute / 60_000 / share, max(1.0, per_minute / 60) / share
        refill_per_ms, most = max(per_ms, self._per_ms), max(depth, self._depth)
        self._used = max(0.0, self._used - (elapsed_ms + ROUNDING_MS) * refill_per_ms) + turns
        if self._used > most + 1e-6:
            seconds = elapsed_ms / 1000
            detail = f"{turns} turns after {seconds:g} seconds are more than {per_minute:g} a minute allow"
            raise _BrokenError(LogCheck.RATE, detail)
        self._used, self._per_ms, self._depth = min(self._used, depth), per_ms, depth
