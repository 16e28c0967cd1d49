"""Verification: recompute a draw from its proof, and name the check that fails.

A million entrants take 17 MB here: they are kept packed, and the Merkle tree is folded chunk by chunk.
"""

import hashlib
import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from waitroom.queue.draw import check_entrant, commitment_to, derive_draw_key, draw_band, draw_score, raw_fan_id
from waitroom.queue.merkle import CHUNK_ENTRANTS, ENTRANT_BYTES, Frontier, chunk_hash, pack_entrant, split_entrants
from waitroom.queue.scores import TIERS, pack_score
from waitroom.tokens import encode_base64url

HASH_BYTES = hashlib.sha256().digest_size
OnProgress = Callable[[int], None]
"""Told how many entrants have been read, after each chunk."""


class Check(StrEnum):
    """The checks, in the order in which they are made."""

    FORM = "form"
    COMMITMENT = "commitment"
    ENTRANTS = "entrants"
    COUNT = "count"
    ROOT = "root"
    DRAW_KEY = "draw_key"
    TEST_VECTOR = "test_vector"


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The proof does not hold: the first check that fails, and what is wrong."""

    check: Check
    detail: str


@dataclass(frozen=True, kw_only=True)
class Header:
    """What the proof says that the draw was made of."""

    room: str
    epoch: str
    commitment: bytes
    seed: bytes
    root: bytes
    count: int
    beacon: bytes
    draw_key: bytes
    vector: tuple[int, str, int]

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read the first line; raises ValueError, KeyError or TypeError when it is none."""
        raw: dict[str, Any] = json.loads(line)  # Any: JSON values
        vector = raw["test_vector"]
        check_entrant(vector["fan_id"], tier=vector["tier"])
        return cls(
            room=_text(raw["room"]),
            epoch=_text(raw["epoch"]),
            commitment=_hash(raw["commitment"]),
            seed=_hash(raw["seed"]),
            root=_hash(raw["root"]),
            count=_whole(raw["count"]),
            beacon=b"" if raw["beacon"] is None else bytes.fromhex(raw["beacon"]),
            draw_key=_hash(raw["draw_key"]),
            vector=(_whole(vector["tier"]), _text(vector["fan_id"]), _whole(vector["score"])),
        )


@dataclass(frozen=True, kw_only=True)
class Verified:
    """The proof holds; the order follows from it."""

    header: Header
    packed: bytes

    @property
    def count(self) -> int:
        """How many entrants were drawn."""
        return self.header.count

    @cached_property
    def scores(self) -> "array[int]":
        """The entrants' scores, in the lobby's order."""
        key = self.header.draw_key
        entrants = (self._entrant(index) for index in range(self.count))
        return array("q", (pack_score(tier=each[0], band=draw_band(key, each[1:])) for each in entrants))

    def order(self) -> Iterator[str]:
        """The fan ids in the drawn order; equal scores stand in the lobby's order, as in the store."""
        for index in sorted(range(self.count), key=self.scores.__getitem__):
            yield encode_base64url(self._entrant(index)[1:])

    def place_of(self, fan_id: str) -> tuple[int, int] | None:
        """A fan's score and rank (entrants drawn before), or None for who was not in the lobby."""
        index = self._find(fan_id)
        if index is None:
            return None
        score = self.scores[index]
        return score, sum((other, at) < (score, index) for at, other in enumerate(self.scores))

    def _entrant(self, index: int) -> bytes:
        return self.packed[index * ENTRANT_BYTES : (index + 1) * ENTRANT_BYTES]

    def _find(self, fan_id: str) -> int | None:
        try:
            raw = raw_fan_id(fan_id)
        except ValueError:
            return None
        for tier in TIERS:
            entrant = pack_entrant(tier=tier, raw_fan_id=raw)
            at = self.packed.find(entrant)
            # The same bytes may lie across two entrants.
            while at >= 0 and at % ENTRANT_BYTES:
                at = self.packed.find(entrant, at + 1)
            if at >= 0:
                return at // ENTRANT_BYTES
        return None


class _BrokenError(Exception):
    def __init__(self, check: Check, detail: str) -> None:
        super().__init__(detail)
        self.failed = Failed(check=check, detail=detail)


def verify(
    lines: Iterable[str],
    *,
    expected_commitment: str | None = None,
    on_progress: OnProgress = lambda _entrants: None,
) -> Verified | Failed:
    """Make every check, and stop at the first that fails.

    `expected_commitment` is the one that was published before the lobby opened, in hex: without it, the proof is
    only shown to agree with itself.
    """
    read = iter(lines)
    try:
        header = _read_header(next(read, ""))
        _check_commitment(header, expected_commitment)
        packed, root = _read_entrants(read, on_progress)
        _check(Check.COUNT, len(packed) // ENTRANT_BYTES, header.count)
        _check(Check.ROOT, root.hex(), header.root.hex())
        _check_draw_key(header)
    except _BrokenError as broken:
        return broken.failed
    return Verified(header=header, packed=packed)


def _read_header(line: str) -> Header:
    try:
        return Header.parse(line)
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise _BrokenError(Check.FORM, f"The first line does not say what the draw was made of ({wrong}).") from wrong


def _check_commitment(header: Header, expected: str | None) -> None:
    _check(Check.COMMITMENT, commitment_to(header.seed), header.commitment.hex())
    if expected is not None:
        _check(Check.COMMITMENT, header.commitment.hex(), expected.strip().lower())


def _check_draw_key(header: Header) -> None:
    draw_key = derive_draw_key(seed=header.seed, root=header.root, beacon=header.beacon)
    _check(Check.DRAW_KEY, draw_key.hex(), header.draw_key.hex())
    tier, fan_id, score = header.vector
    _check(Check.TEST_VECTOR, draw_score(draw_key, tier=tier, fan_id=fan_id), score)


def _read_entrants(lines: Iterator[str], on_progress: OnProgress) -> tuple[bytes, bytes]:
    packed, frontier = bytearray(), Frontier()
    last: tuple[int, str] | None = None
    chunk = bytearray()
    for number, line in enumerate(lines, start=1):
        last = _next_entrant(line, number=number, last=last)
        chunk += pack_entrant(tier=last[0], raw_fan_id=raw_fan_id(last[1]))
        if number % CHUNK_ENTRANTS == 0:
            _fold(frontier, chunk, packed)
            on_progress(number)
    if chunk:
        _fold(frontier, chunk, packed)
    on_progress(len(packed) // ENTRANT_BYTES)
    return bytes(packed), frontier.root()


def _fold(frontier: Frontier, chunk: bytearray, packed: bytearray) -> None:
    frontier.append(chunk_hash(split_entrants(bytes(chunk))))
    packed += chunk
    chunk.clear()


def _next_entrant(line: str, *, number: int, last: tuple[int, str] | None) -> tuple[int, str]:
    try:
        tier, fan_id = json.loads(line)
        entrant = (_whole(tier), _text(fan_id))
        check_entrant(entrant[1], tier=entrant[0])
    except (ValueError, TypeError, RecursionError) as wrong:
        raise _BrokenError(Check.FORM, f"Entrant {number} is not [tier, fan id] ({wrong}).") from wrong
    if last is not None and entrant <= last:
        told = "is there twice" if entrant == last else "is not in the lobby's order"
        raise _BrokenError(Check.ENTRANTS, f"Entrant {number} {told}.")
    return entrant


def _check(check: Check, computed: object, stated: object) -> None:
    if computed != stated:
        raise _BrokenError(check, f"It comes to {computed}, and the proof says {stated}.")


def _hash(value: str) -> bytes:
    raw = bytes.fromhex(value)
    if len(raw) != HASH_BYTES:
        raise ValueError(f"{HASH_BYTES} bytes in hex are needed")
    return raw


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is needed")
    return value


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError("a whole number is needed")
    return value
