"""The running product on stores of its own."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from checkout.seeding import Tier, seed_stadium
from loadtests.fan import Door
from tests.patience import PATIENCE_SECONDS
from tests.product import Product, run_product
from waitroom.embedded import EmbeddedValkey
from waitroom.queue import Queue, create_room
from waitroom.rooms import RoomSettings
from waitroom.tokens import KeyRing

KEYS = "journey:" + "k" * 48
SIGNING_KEYS = "journey:" + "s" * 43
SMALL_STADIUM = (
    Tier(category="floor", name="Floor", price=12_500, sections=("1", "2"), rows=10, seats_per_row=30, distance=10),
    Tier(category="upper", name="Upper", price=4_500, sections=("201", "202"), rows=10, seats_per_row=30, distance=90),
)
"""1,200 seats."""


@dataclass(frozen=True, kw_only=True)
class Sale:
    """A small on-sale: two edges, one checkout, a queue to look at them from behind."""

    product: Product
    queue: Queue
    database_url: str

    def door(self) -> Door:
        """Where fans go: all edges, as a balancer would offer them."""
        return Door(
            edges=[unit.url for unit in self.product.edges], checkouts=[unit.url for unit in self.product.checkouts]
        )

    async def open_room(self, **settings: object) -> str:
        """Make the room `demo` and return its epoch, once every edge shows it."""
        chosen = RoomSettings.model_validate(settings)
        epoch = await create_room(self.queue, KeyRing.parse(KEYS), "demo", chosen, who="journey")
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            for edge in self.product.edges:
                while (await client.get(f"{edge.url}/v1/rooms/demo")).status_code != 200:
                    await asyncio.sleep(0.1)
        return epoch


@pytest.fixture(autouse=True)
def _patient_fans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fans come back for as long as a test waits: a busy machine may put them off often."""
    monkeypatch.setattr("loadtests.calls.TRIES", 100)
    monkeypatch.setattr("loadtests.calls.LONGEST_PAUSE_SECONDS", 1.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A Valkey for this journey alone."""
    with EmbeddedValkey(tmp_path / "valkey") as valkey:
        yield valkey


@pytest.fixture
async def sale(store: EmbeddedValkey, database_url: str, tmp_path: Path) -> AsyncIterator[Sale]:
    """Two edges and a checkout, with a small stadium to sell."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await seed_stadium(connection, tiers=SMALL_STADIUM)
    environment = dict(os.environ) | {
        "WAITROOM_REDIS_URL": store.url,
        "WAITROOM_DATABASE_URL": database_url,
        "WAITROOM_KEYS": KEYS,
        "WAITROOM_SIGNING_KEYS": SIGNING_KEYS,
        "WAITROOM_STATE_DIR": str(tmp_path / "state"),
    }
    queue = Queue.connect(store.url)
    with run_product(tmp_path, environment, edges=2) as product:
        yield Sale(product=product, queue=queue, database_url=database_url)
    await queue.close()
