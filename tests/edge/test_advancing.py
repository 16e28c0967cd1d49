"""The loop that takes rooms forward."""

import os
from pathlib import Path

from edge.advancing import MOST_TURNS, Advancing
from edge.boards import Boards
from edge.kept_rooms import KeptRooms
from edge.moved import Moved
from edge.outage import Outage
from edge.pace import BUSY
from edge.recovering import Recovering
from waitroom.clock import SystemClock
from waitroom.metrics import EdgeMetrics
from waitroom.queue import Drawing, Queue, SeedMissing, Snapshot, create_room
from waitroom.queue.draw import random_fan_id
from waitroom.queue.room_store import Advanced
from waitroom.rooms import RoomSettings
from waitroom.tokens import KeyRing

FANS = 1200
RING = KeyRing.parse("test:" + "k" * 48)
OTHER_RING = KeyRing.parse("other:" + "o" * 48)


class Watched(Queue):
    """The real queue on a clock that moves a second a look, and what each look asked and got."""

    def watch(self, *, start_us: int) -> None:
        """Begin at this moment."""
        self.asked: list[tuple[int, int]] = []
        self._now_us = start_us

    async def advance(self, room: str, *, interval_us: int, now_us: int | None = None) -> Advanced:
        """Advance on the clock of this test."""
        if now_us is None and interval_us > 0:
            self._now_us += 1_000_000
        advanced = await super().advance(room, interval_us=interval_us, now_us=now_us or self._now_us)
        self.asked.append((interval_us, advanced.turns))
        return advanced


def an_advancing(queue: Queue, ring: KeyRing) -> tuple[Advancing, Boards]:
    """A loop on this queue, not running."""
    boards = Boards()
    metrics = EdgeMetrics()
    recovering = Recovering(queue, KeptRooms(Path(os.devnull)), metrics=metrics, clock=SystemClock())
    outage = Outage(boards, clock=SystemClock(), metrics=metrics)
    return Advancing(
        queue, Drawing(queue, ring, owner="test"), boards, metrics, recovering, outage, Moved(queue)
    ), boards


async def test_more_turns_than_a_call_gives_come_in_one_look(valkey_url: str, room_name: str) -> None:
    """Where more turns are due than one call gives, the same look calls again, without waiting."""
    queue = Watched.connect(valkey_url)
    settings = RoomSettings(new_users_per_minute=FANS * 120, total_active_users=10 * FANS)
    start_us = 1_800_000_000_000_000
    queue.watch(start_us=start_us)
    await create_room(queue, RING, room_name, settings.changed({"paused": True}), who="test", now_us=start_us)
    for _ in range(3):
        await queue.join(room_name, [(random_fan_id(), 0) for _ in range(FANS // 3)], now_us=start_us)
    await queue.configure(room_name, fields={"paused": "0"}, who="test", expected=1, now_us=start_us)
    advancing, boards = an_advancing(queue, RING)
    await advancing._advance(room_name)
    assert queue.asked == [(BUSY.interval_us, MOST_TURNS), (0, MOST_TURNS), (0, FANS - 2 * MOST_TURNS)]
    assert boards.get(room_name).snapshot.counts.admitted == FANS
    await queue.delete(room_name)
    await queue.close()


async def test_an_edge_without_the_seeds_key_is_not_ready(queue: Queue, room_name: str) -> None:
    """A ring that lacks the key of a room's seed cannot draw it, and the edge says which key it is."""
    await create_room(queue, RING, room_name, RoomSettings(release_at=4_000_000_000_000), who="test")
    snapshot = Snapshot.parse(room_name, (await queue.advance(room_name, interval_us=0)).snapshot)
    assert await Drawing(queue, OTHER_RING, owner="test").step(snapshot) == SeedMissing("test")
    advancing, _ = an_advancing(queue, OTHER_RING)
    await advancing._advance(room_name)
    complaint = advancing._seed_complaint()
    assert complaint is not None
    assert "'test'" in complaint
    await queue.delete(room_name)
