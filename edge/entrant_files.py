"""Files of entrants: the drawn list of a room in `STATE_DIR/rooms`, 17 bytes each, and the scores beside it.

`ROOM.EPOCH.entrants` is whole and leads to the draw's root: it is written under a temporary name, checked and renamed.
`ROOM.EPOCH.scores` holds the scores of each chunk, sorted, 8 bytes each: a rank is one bisection a chunk.
Everything here blocks; what walks a whole list is for a worker.
"""

import mmap
import os
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from waitroom.queue.entrant_list import entrant_at
from waitroom.queue.merkle import CHUNK_ENTRANTS, ENTRANT_BYTES, Frontier
from waitroom.queue.packing import packed_hash, packed_scores

CHUNK_BYTES = CHUNK_ENTRANTS * ENTRANT_BYTES
FOLDER_MODE = 0o700
SCORE_BYTES = 8


@dataclass(frozen=True, kw_only=True)
class EntrantList:
    """One list, mapped into memory: as many readers as there are share what the system keeps of the file."""

    packed: mmap.mmap
    scores: memoryview
    roots: tuple[bytes, ...]

    @classmethod
    def open(cls, entrants: Path, scores: Path, roots: list[bytes]) -> Self:
        """Map both files; raises OSError or ValueError."""
        return cls(packed=_map(entrants), scores=memoryview(_map(scores)).cast("q"), roots=tuple(roots))

    def chunk(self, index: int) -> bytes:
        """The packed entrants of a chunk."""
        return self.packed[index * CHUNK_BYTES : (index + 1) * CHUNK_BYTES]

    def rank(self, score: int) -> int:
        """How many entrants were drawn before this score."""
        count = len(self.scores)
        starts = range(0, count, CHUNK_ENTRANTS)
        return sum(bisect_left(self.scores, score, at, min(at + CHUNK_ENTRANTS, count)) - at for at in starts)

    def holds(self, tier: int, fan_id: str) -> bool:
        """Whether the fan is among the entrants."""
        low, high = 0, len(self.packed) // ENTRANT_BYTES
        while low < high:
            middle = (low + high) // 2
            if self._at(middle) < (tier, fan_id):
                low = middle + 1
            else:
                high = middle
        return low * ENTRANT_BYTES < len(self.packed) and self._at(low) == (tier, fan_id)

    def _at(self, index: int) -> tuple[int, str]:
        return entrant_at(self.packed[index * ENTRANT_BYTES : (index + 1) * ENTRANT_BYTES], 0)


def chunk_roots(entrants: Path) -> list[bytes]:
    """Read a file of entrants and return the Merkle root of each chunk: what a worker does."""
    with entrants.open("rb") as file:
        return [packed_hash(chunk) for chunk in _chunks(file)]


def root_over(roots: list[bytes]) -> str:
    """The root of the whole list, hex."""
    frontier = Frontier()
    for root in roots:
        frontier.append(root)
    return frontier.root().hex()


def write_scores(entrants: Path, scores: Path, draw_key: bytes) -> None:
    """Write the sorted scores of each chunk beside the list: what a worker does."""
    with entrants.open("rb") as source, written_whole(scores) as file:
        for chunk in _chunks(source):
            file.write(array("q", sorted(packed_scores(draw_key, chunk))).tobytes())


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Write a file, mode 0600, that takes its name when it is whole; raises OSError."""
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK_BYTES), b"")


def _map(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
