"""Moved: which fans gave their place to another device, as this edge knows it, so that an old pass costs no command.

The snapshot names the moment of the last move; only when that has risen are the newest moves read. What an edge has
read it keeps through a loss of the store.
"""

from dataclasses import dataclass, field

from waitroom.queue import Queue, Snapshot
from waitroom.tokens import QueuePass

MOST_REMEMBERED = 300_000
"""Fans of a room, some 50 MB; the old passes of more are told so by the store, when their place is near."""


@dataclass(kw_only=True)
class _Room:
    epoch: str
    read_to_ms: int = 0
    moves: dict[str, int] = field(default_factory=dict)


class Moved:
    """The fans who moved, by room."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._rooms: dict[str, _Room] = {}

    async def follow(self, snapshot: Snapshot) -> None:
        """Read who has moved since the last look, some thousand at a time.

        Raises QueueUnavailableError when the store does not answer: the next look goes on where this one stood.
        """
        last_ms = snapshot.last_moved_ms
        known = self._rooms.get(snapshot.room)
        if known is None or known.epoch != snapshot.epoch:
            known = self._rooms[snapshot.room] = _Room(epoch=snapshot.epoch)
        if last_ms < known.read_to_ms:
            # The store has lost what was read; what comes anew may have moments that passed before.
            known.read_to_ms = 0
        if last_ms <= known.read_to_ms:
            return
        moves, read_to_ms = await self._queue.moved_since(snapshot.room, known.read_to_ms)
        known.read_to_ms = min(read_to_ms, last_ms)
        for fan_id, number in moves.items():
            known.moves[fan_id] = max(number, known.moves.get(fan_id, 0))
        while len(known.moves) > MOST_REMEMBERED:
            del known.moves[next(iter(known.moves))]

    def note(self, room: str, fan_id: str, moves: int) -> None:
        """Know of a move that went through this edge at once."""
        known = self._rooms.get(room)
        if known is not None:
            known.moves[fan_id] = max(moves, known.moves.get(fan_id, 0))

    def forget(self, room: str) -> None:
        """Let go of a room that is no more."""
        self._rooms.pop(room, None)

    def is_away(self, room: str, held: QueuePass) -> bool:
        """Whether another device has the place of this pass, as far as is known here."""
        known = self._rooms.get(room)
        return known is not None and known.epoch == held.epoch and held.moves < known.moves.get(held.fan_id, 0)
