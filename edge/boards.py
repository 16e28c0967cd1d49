"""Boards: the last snapshot of every room, in memory, as ready bytes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from waitroom.queue import Document, Snapshot
from waitroom.web.problems import Problem


@dataclass(frozen=True, kw_only=True)
class Board:
    """One room as this edge last saw it; `taken_at` is on Python's monotonic clock."""

    snapshot: Snapshot
    taken_at: float

    @cached_property
    def document(self) -> Document:
        """The ready bytes, written for the first who asks: of many rooms most have nobody."""
        return Document.of(self.snapshot)

    def age_seconds(self, *, now: float) -> float:
        """How long ago the store said so."""
        return now - self.taken_at


class Boards:
    """What this edge shows of each room without asking anybody."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._boards: dict[str, Board] = {}
        self._texts: dict[str, str] = {}
        self.monotonic = monotonic

    def post(self, room: str, text: str) -> Board:
        """Show what the store said; a text that is shown already costs nothing."""
        if self._texts.get(room) != text:
            snapshot = Snapshot.parse(room, text)
            board = Board(snapshot=snapshot, taken_at=self.monotonic())
            self._boards[room], self._texts[room] = board, text
        return self._boards[room]

    def stand_in(self, snapshot: Snapshot) -> None:
        """Show a room as this edge makes it out while the store is away.

        It goes on ageing, and the store's next word stands again, be it the one of before.
        """
        taken_at = self._boards[snapshot.room].taken_at
        board = Board(snapshot=snapshot, taken_at=taken_at)
        self._boards[snapshot.room], self._texts[snapshot.room] = board, ""

    def keep_only(self, rooms: set[str]) -> set[str]:
        """Forget the rooms that are gone; returns their names."""
        gone = set(self._boards) - rooms
        for room in gone:
            del self._boards[room], self._texts[room]
        return gone

    def find(self, room: str) -> Board | None:
        """Return the board of a room, None before the first look."""
        return self._boards.get(room)

    def get(self, room: str) -> Board:
        """Return the board of a room, or raise Problem("room-missing")."""
        board = self._boards.get(room)
        if board is None:
            raise Problem("room-missing")
        return board

    def all(self) -> list[Board]:
        """Every board."""
        return list(self._boards.values())
