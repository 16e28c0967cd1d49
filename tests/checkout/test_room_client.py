"""The room, as the checkout knows it: away or broken, the fans inside are served on."""

import pytest

from checkout.room_client import RoomClient
from tests.waitroom.queue.races import break_script
from waitroom.metrics import CheckoutMetrics
from waitroom.queue import Queue, Unknown


async def test_a_broken_script_stops_no_sale(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that breaks is counted and passed over: the checkout's own row stands guard."""
    metrics = CheckoutMetrics()
    room = RoomClient(queue, metrics=metrics)
    for verb in ("enter", "extend"):
        break_script(monkeypatch, verb, "return { nothing.at_all }")

    assert await room.enter("night", epoch="e", fan_id="f", session="s") == Unknown()
    await room.extend("night", epoch="e", fan_id="f", seconds=60)

    for verb in ("enter", "extend"):
        assert metrics.registry.get_sample_value("waitroom_room_calls_failed_total", {"verb": verb}) == 1
