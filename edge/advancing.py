"""Advancing: the loop that takes every room forward; harmless on ten edges at once."""

import asyncio
from contextlib import suppress

import structlog

from edge.boards import Board, Boards
from edge.governing import govern
from edge.recovering import Recovering
from waitroom.errors import QueueUnavailableError, RoomMissingError, StoreRefusedError
from waitroom.metrics import EdgeMetrics
from waitroom.queue import Drawing, Queue, SeedMissing

INTERVAL_US = 200_000
LOOK_SECONDS = INTERVAL_US / 1e6
MOST_TURNS = 500
"""What one call of `advance` gives at most (`_turns.lua`)."""
ROOMS_SECONDS = 0.5
BACK_OFF_SECONDS = 1.0

log = structlog.get_logger()


class Advancing:
    """Keeps the boards fresh, and the rooms moving, for as long as it runs."""

    def __init__(
        self, queue: Queue, drawing: Drawing, boards: Boards, metrics: EdgeMetrics, recovering: Recovering
    ) -> None:
        self._queue = queue
        self._recovering = recovering
        self._drawing = drawing
        self._boards = boards
        self._metrics = metrics
        self._loops: dict[str, asyncio.Task[None]] = {}
        self.why_not_ready: str | None = "The rooms have not been read yet."
        self._seedless: dict[str, str] = {}

    async def run(self) -> None:
        """Follow the list of rooms; each room has a loop of its own, so that a slow one holds up nobody."""
        try:
            while True:
                try:
                    self._follow(set(await self._queue.rooms()) | self._recovering.rooms())
                    self.why_not_ready = self._seed_complaint()
                    await asyncio.sleep(ROOMS_SECONDS)
                except (QueueUnavailableError, StoreRefusedError) as away:
                    self.why_not_ready = str(away)
                    await asyncio.sleep(BACK_OFF_SECONDS)
        finally:
            await self._stop()

    def _follow(self, rooms: set[str]) -> None:
        for room in rooms - self._loops.keys():
            self._loops[room] = asyncio.create_task(self._advance_for_ever(room), name=f"advance {room}")
        for room in self._loops.keys() - rooms:
            self._loops.pop(room).cancel()
        for room in self._boards.keep_only(rooms):
            self._seedless.pop(room, None)
            self._metrics.room_gone(room)

    async def _advance_for_ever(self, room: str) -> None:
        while True:
            try:
                await self._advance(room)
                await asyncio.sleep(LOOK_SECONDS)
            except RoomMissingError:
                # Deleted, or just put back.
                await asyncio.sleep(LOOK_SECONDS)
            except QueueUnavailableError:
                await asyncio.sleep(BACK_OFF_SECONDS)
            except Exception:
                # A room that cannot be read must neither stop its own loop for good nor pass unseen.
                log.exception("room not advanced", room=room)
                await asyncio.sleep(BACK_OFF_SECONDS)

    async def _advance(self, room: str) -> None:
        try:
            advanced = await self._queue.advance(room, interval_us=INTERVAL_US)
        except RoomMissingError:
            await self._recovering.restore(room)
            raise
        self._metrics.turns_given(room, turns=advanced.turns)
        while advanced.turns >= MOST_TURNS:
            # A call gives so many at most; at a very high rate more are due already.
            advanced = await self._queue.advance(room, interval_us=0)
            self._metrics.turns_given(room, turns=advanced.turns)
        board = self._boards.post(room, advanced.snapshot)
        self._show(board)
        await govern(self._queue, board.snapshot, self._metrics)
        await self._recovering.look(board.snapshot)
        missing = await self._drawing.step(board.snapshot)
        if isinstance(missing, SeedMissing):
            self._seedless[room] = missing.key_id
        else:
            self._seedless.pop(room, None)

    def _show(self, board: Board) -> None:
        snapshot, counts = board.snapshot, board.snapshot.counts
        fans = {state: getattr(counts, state) for state in ("lobby", "waiting", "admitted", "active")}
        self._metrics.room_seen(snapshot.room, fans=fans, totals=snapshot.totals, is_admitting=snapshot.may_admit)
        self._metrics.room_rate_seen(
            snapshot.room,
            per_minute=snapshot.rate.per_minute,
            measured=snapshot.measured_per_minute or 0,
            ceiling=snapshot.rate.ceiling,
        )
        age = board.age_seconds(now=self._boards.monotonic())
        self._metrics.snapshot_aged(snapshot.room, seconds=age)

    def _seed_complaint(self) -> str | None:
        if not self._seedless:
            return None
        room, key_id = next(iter(self._seedless.items()))
        return f"The key ring lacks the key {key_id!r} that the seed of room {room!r} comes from."

    async def _stop(self) -> None:
        for loop in self._loops.values():
            loop.cancel()
        for loop in self._loops.values():
            with suppress(asyncio.CancelledError):
                await loop
