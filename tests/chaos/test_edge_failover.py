"""A real edge behind Sentinels: fans join over HTTP while the primary is killed."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from loadtests.calls import open_client
from tests.patience import PATIENCE_SECONDS
from tests.product import Product, Unit
from tests.stores import QUORUM, SentinelStore, run_sentinels
from waitroom.queue import Queue, create_room
from waitroom.rooms import RoomSettings
from waitroom.tokens import KeyRing, encode_base64url

KEYS = "chaos:" + "k" * 48
ROOM = "/v1/rooms/night"
FANS = 12
AFTERWARDS = 60

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]


class Front:
    """What fans get at the edge's door."""

    def __init__(self, edge: Unit, client: httpx.AsyncClient) -> None:
        self._edge = edge
        self._client = client
        self.statuses: Counter[int] = Counter()
        self.joined: list[tuple[float, str]] = []
        self.stop = False

    async def join_for_ever(self, task: int) -> None:
        """Join as one fan after the other; whoever is put off comes again with the same key."""
        number = 0
        while not self.stop:
            if await self._join(f"fan-{task}-{number:08d}-of-the-night"):
                number += 1

    async def look_for_ever(self) -> None:
        """Look at the snapshot, as every waiting fan does: it is served all the while."""
        while not self.stop:
            response = await self._client.get(f"{self._edge.url}{ROOM}")
            assert response.status_code == 200, response.text
            await asyncio.sleep(0.1)

    async def readiness(self) -> tuple[int, str]:
        """What a balancer is told."""
        response = await self._client.get(f"http://127.0.0.1:{self._edge.ops_port}/readyz")
        return response.status_code, response.text

    async def _join(self, key: str) -> bool:
        self._client.cookies.clear()
        response = await self._client.post(f"{self._edge.url}{ROOM}/join", json={}, headers={"Idempotency-Key": key})
        self.statuses[response.status_code] += 1
        if response.status_code == 503:
            assert int(response.headers["retry-after"]) > 0
            assert response.json()["type"] == "/problems/queue-unavailable"
            await asyncio.sleep(0.1)
            return False
        assert response.status_code in {200, 201}, response.text
        self.joined.append((time.monotonic(), response.json()["fan_id"]))
        return True


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SentinelStore]:
    """Sentinels, a primary and two replicas."""
    with run_sentinels(tmp_path / "store") as store:
        yield store


@pytest.fixture
def product(store: SentinelStore, tmp_path: Path) -> Iterator[Product]:
    """An edge process that knows the Sentinels' address alone."""
    ours = {
        "REDIS_URL": store.url,
        "KEYS": KEYS,
        "SIGNING_KEYS": "chaos:" + encode_base64url(b"s" * 32),
        "STATE_DIR": str(tmp_path / "state"),
    }
    product = Product(folder=tmp_path, environment=dict(os.environ) | {f"WAITROOM_{n}": v for n, v in ours.items()})
    yield product
    product.stop()


async def test_fans_join_through_a_failover(
    store: SentinelStore, product: Product, tell: Callable[[str], None]
) -> None:
    """Fans are put off with 503 and Retry-After and never see a 500; the snapshot is served throughout; joins go on."""
    queue = Queue.connect(store.url)
    await create_room(queue, KeyRing.parse(KEYS), "night", RoomSettings(new_users_per_minute=0), who="test")
    await queue.close()
    edge = await asyncio.to_thread(product.start_edge)
    async with open_client() as client, asyncio.timeout(2 * PATIENCE_SECONDS):
        front = Front(edge, client)
        async with asyncio.TaskGroup() as group:
            await until_known(client, edge)
            fans = [group.create_task(front.join_for_ever(number)) for number in range(FANS)]
            group.create_task(front.look_for_ever())
            while len(front.joined) < AFTERWARDS:
                await asyncio.sleep(0.05)
            # Nobody takes over until the edge was seen without a store.
            await asyncio.to_thread(store.agree_with, 2 * QUORUM)
            await asyncio.to_thread(store.primary.kill)
            killed_at = time.monotonic()
            status, reason = await not_ready(front)
            await asyncio.to_thread(store.agree_with, QUORUM)
            while sum(at > killed_at for at, _ in front.joined) < AFTERWARDS:
                await asyncio.sleep(0.05)
            front.stop = True
            await asyncio.gather(*fans)
        gap = max(after - before for before, after in pairwise([at for at, _ in front.joined]))
    tell(f"{dict(front.statuses)}, {gap:.1f} s without joins; not ready: {reason}")
    assert status == 503
    assert front.statuses.keys() <= {200, 201, 503}
    assert front.statuses[503] > 0, "nobody noticed"
    assert len({fan_id for _, fan_id in front.joined}) == len(front.joined)


async def until_known(client: httpx.AsyncClient, edge: Unit) -> None:
    """Wait until the edge knows the room."""
    while (await client.get(f"{edge.url}{ROOM}")).status_code != 200:
        await asyncio.sleep(0.05)


async def not_ready(front: Front) -> tuple[int, str]:
    """Wait until the edge says why it cannot serve."""
    while (told := await front.readiness())[0] == 200:
        await asyncio.sleep(0.02)
    return told
