"""Many edges watch over one room's checkout."""

from functools import partial

from edge.governing import govern
from tests.factories import a_ring
from tests.waitroom.queue.races import at_once
from waitroom.metrics import EdgeMetrics
from waitroom.queue import HealthReport, Queue, Snapshot, create_room
from waitroom.rooms import RoomSettings

SLOW = HealthReport(reporter="c", latency_ms=5000, requests=40, errors=0, in_use=3, pool=10, seats_left=9)


async def look(queue: Queue, room: str) -> Snapshot:
    """Advance now, on the store's own clock."""
    return Snapshot.parse(room, (await queue.advance(room, interval_us=0)).snapshot)


def cuts(metrics: EdgeMetrics, room: str) -> float | None:
    """How often this edge was heard."""
    return metrics.registry.get_sample_value("waitroom_rate_cuts_total", {"room": room, "reason": "latency"})


async def test_ten_edges_cut_once(queue: Queue, room_name: str) -> None:
    """Ten edges that see the same slow checkout make one cut, and one of them counts it; the reason is shown."""
    await create_room(queue, a_ring(), room_name, RoomSettings(new_users_per_minute=600), who="test")
    await queue.health(room_name, report=SLOW)
    snapshot, edges = await look(queue, room_name), [EdgeMetrics() for _ in range(10)]
    for _ in range(2):
        await at_once(*(partial(govern, queue, snapshot, metrics) for metrics in edges))
    assert sorted(cuts(metrics, room_name) or 0 for metrics in edges) == [0] * 9 + [1]
    slowed = (await look(queue, room_name)).to_json()["slowed"]
    assert slowed == {"per_minute": 420, "planned_per_minute": 600, "reason": "latency"}
    await govern(queue, await look(queue, room_name), edges[0])
    factor = edges[0].registry.get_sample_value("waitroom_room_governor_factor", {"room": room_name})
    assert factor == 0.7
    await queue.delete(room_name)


async def test_a_well_checkout_is_left_alone(queue: Queue, room_name: str) -> None:
    """Nothing is proposed, and the cuts are counted from zero."""
    await create_room(queue, a_ring(), room_name, RoomSettings(), who="test")
    metrics = EdgeMetrics()
    await govern(queue, await look(queue, room_name), metrics)
    assert cuts(metrics, room_name) == 0
    assert (await look(queue, room_name)).rate.step_ms == 0
    await queue.delete(room_name)


async def test_a_room_made_anew_is_not_slowed_for_the_old_one(queue: Queue, room_name: str) -> None:
    """A step for a room that was deleted and made again in the meantime is not taken."""
    await create_room(queue, a_ring(), room_name, RoomSettings(), who="test")
    await queue.health(room_name, report=SLOW)
    old, metrics = await look(queue, room_name), EdgeMetrics()
    await queue.delete(room_name)
    await create_room(queue, a_ring(), room_name, RoomSettings(), who="test")
    await govern(queue, old, metrics)
    assert cuts(metrics, room_name) == 0
    assert (await look(queue, room_name)).rate.factor == 1
    await queue.delete(room_name)
