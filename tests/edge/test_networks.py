"""From where joins come, as an edge counts them."""

import httpx
import pytest
from starlette.applications import Starlette

from edge.networks import OTHER, Networks
from tests.edge.conftest import MakeRoom
from tests.edge.test_api import join
from waitroom.errors import QueueUnavailableError
from waitroom.queue import Queue


async def test_joins_are_counted_by_network(
    edge_app: Starlette, client: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue
) -> None:
    """New fans count by the network that they come from, polls and standing places do not, and no address is kept."""
    room = await make_room()
    joined = [(await join(client, room)).json() for _ in range(3)]
    pass_ = {"Authorization": f"Bearer {joined[0]['pass']}"}
    assert (await client.post(f"/v1/rooms/{room}/join", headers=pass_)).status_code == 200
    await client.get(f"/v1/rooms/{room}")
    await client.post(f"/r/{room}/join", headers={"Sec-Fetch-Site": "same-origin"})
    networks: Networks = edge_app.state.networks
    await networks.flush()
    assert await edge_queue.joins_by_network(room) == {"all": 4, "127.0.0.0/24": 4}


async def test_what_the_store_does_not_take_is_let_go(
    edge_app: Starlette, client: httpx.AsyncClient, make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch whose reply was lost may have been counted, so it is not sent again, and the next one goes its way."""
    room, networks = await make_room(), edge_app.state.networks
    queue: Queue = edge_app.state.queue
    await join(client, room)

    async def away(*_args: object, **_options: object) -> None:
        raise QueueUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(queue, "networks", away)
        await networks.flush()
    await networks.flush()
    assert await queue.joins_by_network(room) == {}
    await join(client, room)
    await networks.flush()
    assert (await queue.joins_by_network(room))["all"] == 1


async def test_a_flood_of_networks_is_bounded(
    edge_app: Starlette, client: httpx.AsyncClient, make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond so many networks at a time the rest counts as one."""
    monkeypatch.setattr("edge.networks.MOST_TOLD_APART", 2)
    told = iter(["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24"])
    monkeypatch.setattr("edge.networks.wide_network", lambda _request, _trusted: next(told))
    room = await make_room()
    for _ in range(4):
        await join(client, room)
    await edge_app.state.networks.flush()
    counted = await edge_app.state.queue.joins_by_network(room)
    assert counted == {"all": 4, "192.0.2.0/24": 2, "198.51.100.0/24": 1, OTHER: 1}
