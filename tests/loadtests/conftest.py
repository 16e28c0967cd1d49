"""A real edge for the fans of these tests, with a database of the store of its own.

An edge advances every room that it finds, on the real clock; the rooms of other tests have clocks of their own.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.product import Product
from waitroom.queue import Queue

KEYS = "test:" + "k" * 48
SIGNING_KEYS = "test:" + "s" * 43


@pytest.fixture(scope="session")
def own_store_url(valkey_url: str) -> str:
    """The database that the edge works on."""
    return valkey_url.removesuffix("/0") + "/4"


@pytest.fixture
async def queue(own_store_url: str) -> AsyncIterator[Queue]:
    """The queue that the edge works on."""
    queue = Queue.connect(own_store_url)
    yield queue
    await queue.close()


@pytest.fixture(scope="session")
def edge_url(own_store_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an edge process."""
    folder: Path = tmp_path_factory.mktemp("edge")
    settings = {
        "WAITROOM_REDIS_URL": own_store_url,
        "WAITROOM_KEYS": KEYS,
        "WAITROOM_SIGNING_KEYS": SIGNING_KEYS,
        "WAITROOM_STATE_DIR": str(folder / "state"),
    }
    product = Product(folder=folder, environment=dict(os.environ) | settings)
    yield product.start_edge().url
    product.stop()
