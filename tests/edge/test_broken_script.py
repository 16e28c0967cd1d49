"""A script that breaks is a mistake of ours: fans are told so, it is counted, and nobody takes it for an outage."""

import httpx
import pytest
from starlette.applications import Starlette

from tests.edge.conftest import MakeRoom
from tests.waitroom.queue.races import break_script


async def test_a_broken_script_is_a_500(
    client: httpx.AsyncClient, edge_app: Starlette, make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is 500 and asks nobody to come back soon; the counter names the script; the edge stays ready."""
    room = await make_room()
    break_script(monkeypatch, "join", "return { nothing.at_all }")

    response = await client.post(f"/v1/rooms/{room}/join", json={}, headers={"Idempotency-Key": "k" * 32})

    assert (response.status_code, response.json()["type"]) == (500, "/problems/internal-error")
    assert "retry-after" not in response.headers
    registry = edge_app.state.metrics.registry
    assert registry.get_sample_value("waitroom_scripts_failed_total", {"script": "join"}) == 1
    assert registry.get_sample_value("waitroom_store_errors_total", {"script": "join"}) in {None, 0}
    assert registry.get_sample_value("waitroom_store_circuits_open") == 0
    assert edge_app.state.advancing.why_not_ready is None
