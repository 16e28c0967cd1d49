"""A real edge for the fans of these tests."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from waitroom.embedded import Command, LeashedProcess, free_port
from waitroom.embedded.process import wait_until_ready
from waitroom.embedded.units import is_unit_ready

KEYS = "test:" + "k" * 48
SIGNING_KEYS = "test:" + "s" * 43


@pytest.fixture(scope="session")
def edge_url(valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an edge process on this worker's Valkey."""
    folder: Path = tmp_path_factory.mktemp("edge")
    port, ops_port = free_port(), free_port()
    settings = {
        "WAITROOM_REDIS_URL": valkey_url,
        "WAITROOM_KEYS": KEYS,
        "WAITROOM_SIGNING_KEYS": SIGNING_KEYS,
        "WAITROOM_STATE_DIR": str(folder / "state"),
    }
    arguments = [sys.executable, "-m", "waitroom", "edge", "--port", str(port), "--ops-port", str(ops_port)]
    command = Command(name="edge", arguments=arguments, environment=os.environ | settings)
    edge = LeashedProcess(command, log=folder / "log")
    wait_until_ready(edge, lambda: is_unit_ready(ops_port), limit_seconds=30)
    yield f"http://127.0.0.1:{port}"
    edge.stop()
