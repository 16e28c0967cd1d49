"""Everything is killed at once, as in a power cut: the store without its file, and every edge; the disks are left."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.patience import PATIENCE_SECONDS
from tests.product import Product, Unit, run_product
from waitroom.embedded import EmbeddedValkey
from waitroom.queue import Queue, change_room, create_room, look_at_room
from waitroom.queue.recovery import LEAST_SECONDS
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings
from waitroom.tokens import KeyRing

ROOM = "night"
FANS = 30
WRITTEN_SECONDS = 7
"""Longer than the seconds within which an edge writes what has moved."""

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def valkey(tmp_path: Path) -> EmbeddedValkey:
    """A store of this test alone, which keeps no file."""
    return EmbeddedValkey(tmp_path / "valkey")


@pytest.fixture
async def product(
    valkey: EmbeddedValkey, settings: Settings, database_url: str, tmp_path: Path
) -> AsyncIterator[Product]:
    """Two edges and a checkout as processes."""
    assert settings.keys is not None
    assert settings.signing_keys is not None
    with valkey:
        environment = dict(os.environ) | {
            "WAITROOM_REDIS_URL": valkey.url,
            "WAITROOM_DATABASE_URL": database_url,
            "WAITROOM_KEYS": settings.keys.get_secret_value(),
            "WAITROOM_SIGNING_KEYS": settings.signing_keys.get_secret_value(),
            "WAITROOM_STATE_DIR": str(tmp_path / "state"),
        }
        with run_product(tmp_path, environment, edges=2) as product:
            yield product


async def snapshot(client: httpx.AsyncClient, unit: Unit) -> dict[str, Any]:  # Any: JSON values
    """The room as an edge shows it; nothing when it does not."""
    answer = await client.get(f"{unit.url}/v1/rooms/{ROOM}")
    document: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
    return document


async def until_shown(client: httpx.AsyncClient, unit: Unit, **members: object) -> dict[str, Any]:  # Any: as above
    """Wait until an edge shows the room with these members."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            shown = await snapshot(client, unit)
            if shown and all(shown[name] == value for name, value in members.items()):
                return shown
            await asyncio.sleep(0.1)


async def place(client: httpx.AsyncClient, unit: Unit, queue_pass: str) -> dict[str, Any]:  # Any: as above
    """Present a pass."""
    headers = {"Authorization": f"Bearer {queue_pass}"}
    answer = await client.get(f"{unit.url}/v1/rooms/{ROOM}/place", headers=headers)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_power_cut(product: Product, valkey: EmbeddedValkey, settings: Settings) -> None:
    """Edges that start again put the room back from their folder, for the whole of the shipped recovery."""
    queue = Queue.connect(valkey.url)
    chosen = RoomSettings(name="The night", new_users_per_minute=0)
    ring = settings.key_source()
    assert isinstance(ring, KeyRing)
    epoch = await create_room(queue, ring, ROOM, chosen, who="test")
    async with httpx.AsyncClient() as client:
        first = product.edges[0]
        await until_shown(client, first, epoch=epoch)
        joins = [await client.post(f"{first.url}/v1/rooms/{ROOM}/join", json={}) for _ in range(1)]
        passes = [joins[0].json()["pass"]]
        for _ in range(FANS - 1):
            client.cookies.clear()
            passes.append((await client.post(f"{first.url}/v1/rooms/{ROOM}/join", json={})).json()["pass"])
        client.cookies.clear()
        await change_room(queue, ROOM, {"message": "Doors at eight"}, who="test")
        await until_shown(client, first, waiting=FANS, message="Doors at eight")
        await asyncio.sleep(WRITTEN_SECONDS)

        for unit in product.edges:
            unit.process.kill()
        valkey.kill()
        await queue.close()
        await asyncio.to_thread(valkey.restart)
        product.edges.clear()
        again = await asyncio.to_thread(product.start_edge)

        shown = await until_shown(client, again, epoch=epoch, message="Doors at eight")
        assert shown["recovering_until"] is not None
        newcomer = (await client.post(f"{again.url}/v1/rooms/{ROOM}/join", json={})).json()
        client.cookies.clear()
        for queue_pass in reversed(passes):
            assert (await place(client, again, queue_pass))["ahead"] is None
        behind = Queue.connect(valkey.url)
        assert (await look_at_room(behind, ROOM)).counts.waiting == FANS + 1
        await change_room(behind, ROOM, {"new_users_per_minute": 6000}, who="test")
        await asyncio.sleep(LEAST_SECONDS / 2)
        assert (await snapshot(client, again))["admitted"] == 0
        await change_room(behind, ROOM, {"new_users_per_minute": 0}, who="test")
        async with asyncio.timeout(LEAST_SECONDS + PATIENCE_SECONDS):
            while (await snapshot(client, again))["recovering_until"] is not None:
                await asyncio.sleep(0.5)
        assert [(await place(client, again, each))["ahead"] for each in passes[:20]] == list(range(20))
        last = await place(client, again, newcomer["pass"])
        assert (last["state"], last["ahead"]) == ("waiting", FANS)
        await behind.close()
