"""The server that the machine's rooms are on."""

from collections.abc import Iterator

import pytest

from tests.waitroom.queue.machine.ground import World


@pytest.fixture
def world(valkey_url: str) -> Iterator[World]:
    """This worker's Valkey."""
    world = World.on(valkey_url)
    yield world
    world.client.close()
