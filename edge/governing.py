"""Governing: this edge's part in slowing a room down while its checkout suffers."""

from waitroom.admission import INTERVAL_MS, governed_step
from waitroom.metrics import EdgeMetrics
from waitroom.queue import Queue, Snapshot
from waitroom.queue.results import Governed


async def govern(queue: Queue, snapshot: Snapshot, metrics: EdgeMetrics) -> None:
    """Propose the step that is due by this snapshot, if any; of many edges that do, one is heard.

    Raises QueueUnavailableError, and RoomMissingError when the room is gone.
    """
    metrics.room_governed(snapshot.room, factor=snapshot.rate.factor)
    step = governed_step(snapshot)
    if step is None:
        return
    answer = await queue.govern(
        snapshot.room,
        epoch=snapshot.epoch,
        seen_ms=snapshot.rate.step_ms,
        interval_ms=INTERVAL_MS,
        factor=step.factor,
        why=step.why,
    )
    if step.is_cut and isinstance(answer, Governed) and answer.is_new:
        metrics.rate_cut(snapshot.room, reason=step.why)
