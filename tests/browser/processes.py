"""Real units for the journeys of a browser: each a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from waitroom.embedded import Command, LeashedProcess, free_port
from waitroom.embedded.units import is_unit_ready

PATIENCE_SECONDS = 30
KEYS = "test:" + "k" * 48
SIGNING_KEYS = "test:c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M"


@dataclass(frozen=True, kw_only=True)
class Units:
    """Where the units of one journey are, and the settings that they share."""

    edge_port: int
    checkout_port: int
    environment: dict[str, str]
    folder: Path

    @property
    def edge(self) -> str:
        """The waiting room's address."""
        return f"http://127.0.0.1:{self.edge_port}"

    @property
    def checkout(self) -> str:
        """The checkout's address."""
        return f"http://127.0.0.1:{self.checkout_port}"

    def command(self, *arguments: str) -> str:
        """Run a command of ours and return what it printed."""
        line = [sys.executable, "-m", "waitroom", *arguments]
        done = subprocess.run(line, env=self.environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout


def plan_units(*, redis_url: str, folder: Path, database_url: str = "") -> Units:
    """Choose ports and settings."""
    edge_port, checkout_port = free_port(), free_port()
    ours = {
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "KEYS": KEYS,
        "SIGNING_KEYS": SIGNING_KEYS,
        "STATE_DIR": str(folder / "state"),
        "PUBLIC_URL": f"http://127.0.0.1:{edge_port}",
        "CHECKOUT_URL": f"http://127.0.0.1:{checkout_port}",
    }
    environment = dict(os.environ) | {f"WAITROOM_{name}": value for name, value in ours.items() if value}
    return Units(edge_port=edge_port, checkout_port=checkout_port, environment=environment, folder=folder)


@contextmanager
def running(units: Units, unit: str, *, port: int) -> Iterator[None]:
    """Run `waitroom edge` or `waitroom checkout` until the block ends."""
    ops_port = free_port()
    line = [sys.executable, "-m", "waitroom", unit, "--port", str(port), "--ops-port", str(ops_port)]
    log = units.folder / f"{unit}.log"
    process = LeashedProcess(Command(name=unit, arguments=line, environment=units.environment), log=log)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_unit_ready(ops_port):
            assert process.is_running, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.stop()
