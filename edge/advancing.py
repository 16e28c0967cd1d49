"""Advancing: the loop that takes every room forward; harmless on ten edges at once."""

import asyncio
import random
from contextlib import suppress

import structlog

from edge.boards import Board, Boards
from edge.governing import govern
from edge.moved import Moved
from edge.outage import Outage
from edge.pace import BUSY, BUSY_SECONDS, Pace, next_pace
from edge.recovering import Recovering
from waitroom.errors import QueueUnavailableError, RoomMissingError, StoreRefusedError
from waitroom.metrics import EdgeMetrics
from waitroom.queue import Drawing, Queue, SeedMissing

MOST_TURNS = 500
"""What one call of `advance` gives at most (`_turns.lua`)."""
ROOMS_SECONDS = 0.5
BACK_OFF_SECONDS = 1.0
AWAKE_SECONDS = 2.0
"""For so long after a join through this edge its room is busy, whatever the looks say: the join is on its way."""

log = structlog.get_logger()


class Advancing:
    """Keeps the boards fresh, and the rooms moving, for as long as it runs."""

    def __init__(
        self,
        queue: Queue,
        drawing: Drawing,
        boards: Boards,
        metrics: EdgeMetrics,
        recovering: Recovering,
        outage: Outage,
        moved: Moved,
    ) -> None:
        self._queue = queue
        self._outage = outage
        self._moved = moved
        self._recovering = recovering
        self._drawing = drawing
        self._boards = boards
        self._metrics = metrics
        self._loops: dict[str, asyncio.Task[None]] = {}
        self.why_not_ready: str | None = "The rooms have not been read yet."
        self._seedless: dict[str, str] = {}
        self._paces: dict[str, Pace] = {}
        self._alarms: dict[str, asyncio.Event] = {}
        self._awake_until: dict[str, float] = {}

    def wake(self, room: str) -> None:
        """Look at the room at once, and often for a while: something happens in it."""
        self._awake_until[room] = self._boards.monotonic() + AWAKE_SECONDS
        if room in self._alarms:
            self._alarms[room].set()

    async def run(self) -> None:
        """Follow the list of rooms; each room has a loop of its own, so that a slow one holds up nobody."""
        try:
            while True:
                try:
                    self._follow(set(await self._queue.rooms()) | self._recovering.rooms())
                    self.why_not_ready = self._seed_complaint()
                    await asyncio.sleep(ROOMS_SECONDS)
                except (QueueUnavailableError, StoreRefusedError) as away:
                    # An edge that lets fans in must be reached.
                    self.why_not_ready = None if self._outage.is_letting_in() else str(away)
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
            self._paces.pop(room, None)
            self._awake_until.pop(room, None)
            self._outage.back(room)
            self._moved.forget(room)
            self._metrics.room_gone(room)

    async def _advance_for_ever(self, room: str) -> None:
        while True:
            try:
                await self._advance(room)
                await self._rest(room)
            except RoomMissingError:
                # Deleted, or just put back.
                await asyncio.sleep(BUSY_SECONDS)
            except QueueUnavailableError:
                self._outage.lost(room)
                await asyncio.sleep(BACK_OFF_SECONDS)
            except Exception:
                # A room that cannot be read must neither stop its own loop for good nor pass unseen.
                log.exception("room not advanced", room=room)
                await asyncio.sleep(BACK_OFF_SECONDS)

    def _pace(self, room: str) -> Pace:
        is_awake = self._boards.monotonic() < self._awake_until.get(room, 0)
        return BUSY if is_awake else self._paces.get(room, BUSY)

    async def _rest(self, room: str) -> None:
        pace = self._pace(room)
        if self._drawing.is_busy(room):
            # The step of its draw has taken the second that a snapshot may be old, and goes on.
            return
        if pace is BUSY:
            await asyncio.sleep(BUSY_SECONDS)
            return
        alarm = self._alarms[room] = asyncio.Event()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(pace.seconds * random.uniform(0.6, 1)):  # noqa: S311 - edges fall out of step
                    await alarm.wait()
        finally:
            del self._alarms[room]

    async def _advance(self, room: str) -> None:
        pace, before = self._pace(room), self._boards.find(room)
        try:
            advanced = await self._queue.advance(room, interval_us=pace.interval_us)
        except RoomMissingError:
            await self._recovering.restore(room)
            raise
        self._outage.back(room)
        self._metrics.turns_given(room, turns=advanced.turns)
        while advanced.turns >= MOST_TURNS:
            # A call gives so many at most; at a very high rate more are due already.
            advanced = await self._queue.advance(room, interval_us=0)
            self._metrics.turns_given(room, turns=advanced.turns)
        board = self._boards.post(room, advanced.snapshot)
        self._paces[room] = next_pace(pace, before=before.snapshot if before else None, now=board.snapshot)
        self._show(board)
        await self._moved.follow(board.snapshot)
        await govern(self._queue, board.snapshot, self._metrics)
        await self._recovering.look(board.snapshot)
        # Before the freeze, which the advance itself latches, there is nothing to draw; the seed must be at hand.
        is_frozen = board.snapshot.is_frozen
        missing = await self._drawing.step(board.snapshot) if is_frozen else self._drawing.seed_of(board.snapshot)
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
        overdue = snapshot.draw.overdue_seconds(now_ms=snapshot.now_ms)
        self._metrics.beacon_overdue_seen(snapshot.room, seconds=overdue)
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
