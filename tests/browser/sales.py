"""Sales for the journeys of a browser: real units, a room, and others who come, too."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.patience import PATIENCE_SECONDS, wait_until
from tests.product import Product
from waitroom.embedded import free_port

KEYS = "browser:" + "k" * 48
SIGNING_KEYS = "browser:" + "s" * 43


@dataclass(frozen=True, kw_only=True)
class Sale:
    """A room of one test on a running edge."""

    edge: str
    checkout: str
    room: str
    environment: dict[str, str]

    @property
    def page(self) -> str:
        """The waiting page's address."""
        return f"{self.edge}/r/{self.room}"

    @property
    def api(self) -> str:
        """The snapshot's address."""
        return f"{self.edge}/v1/rooms/{self.room}"

    def begin(self, *options: str, others: int) -> None:
        """Make the room, wait until the edge shows it, and let others join."""
        self._rooms("create", "--name", "The Long Night", *options)
        with httpx.Client(timeout=PATIENCE_SECONDS) as client:
            wait_until(lambda: client.get(self.api).status_code == 200)
            for _ in range(others):
                client.cookies.clear()
                key = {"Idempotency-Key": secrets.token_hex(16)}
                assert client.post(f"{self.api}/join", json={}, headers=key).status_code == 201

    def release(self) -> None:
        """Let the line through at this moment, and wait until the edge shows it."""
        self._rooms("release-now")
        with httpx.Client(timeout=PATIENCE_SECONDS) as client:
            wait_until(lambda: client.get(self.api).json()["phase"] == "open")

    def end(self) -> None:
        """Take the room away."""
        self._rooms("delete", "--yes", "--without-report")

    def _rooms(self, verb: str, *options: str) -> None:
        line = [sys.executable, "-m", "waitroom", "rooms", verb, self.room, *options]
        done = subprocess.run(line, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def sale_environment(*, redis_url: str, state_dir: str, database_url: str = "") -> dict[str, str]:
    """The settings of a sale's units."""
    ours = {"REDIS_URL": redis_url, "DATABASE_URL": database_url, "STATE_DIR": state_dir}
    ours |= {"KEYS": KEYS, "SIGNING_KEYS": SIGNING_KEYS}
    return dict(os.environ) | {f"WAITROOM_{name}": value for name, value in ours.items() if value}


@contextmanager
def run_edge(redis_url: str, folder: Path, *, checkout: str) -> Iterator[Product]:
    """Run an edge for as long as the context; its fans are sent on to `checkout`."""
    port = free_port()
    environment = sale_environment(redis_url=redis_url, state_dir=str(folder / "state"))
    addresses = {"WAITROOM_PUBLIC_URL": f"http://127.0.0.1:{port}", "WAITROOM_CHECKOUT_URL": checkout}
    product = Product(folder=folder, environment=environment | addresses)
    product.start_edge(port=port)
    try:
        yield product
    finally:
        product.stop()
