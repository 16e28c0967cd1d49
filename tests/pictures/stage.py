"""A product of its own to take pictures of: a store, a database, an edge and a console, and an organizer."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.patience import PATIENCE_SECONDS
from tests.product import Product
from waitroom.embedded import EmbeddedPostgres, EmbeddedValkey, free_port
from waitroom.tokens import encode_base64url

NAME = "anna"
PASSWORD = "seven green turtles"
SECRET = "p" * 40
Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where the edge and the console are, and a way to their calls."""

    edge: str
    console: str

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Call the console's API as a machine that is an admin."""
        headers = {"Authorization": f"Bearer {SECRET}"}
        address = f"{self.console}/v1/admin{path}"
        response = httpx.request(method, address, json=body, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False)
        assert response.is_success, response.text
        document: Json = response.json() if response.content else {}
        return document

    def room_once(self, room: str, is_so: Callable[[Json], bool]) -> Json:
        """Return the room as soon as it is so."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so(found := self.call("GET", f"/rooms/{room}")):
            assert time.monotonic() < deadline, f"{room} did not come so far: {found}"
            time.sleep(0.2)
        return found


@contextmanager
def set_stage(folder: Path) -> Iterator[Stage]:
    """Start everything in a folder, with servers of its own; stop it at the end."""
    with (
        EmbeddedValkey(folder / "valkey") as valkey,
        EmbeddedPostgres(folder / "postgres", durable=False) as postgres,
        run_units(folder, redis_url=valkey.url, database_url=postgres.url) as stage,
    ):
        yield stage


@contextmanager
def run_units(folder: Path, *, redis_url: str, database_url: str) -> Iterator[Stage]:
    """Start an edge, a checkout and a console that know of each other, with the organizer `anna`."""
    ports = {name: free_port() for name in ("edge", "checkout", "console")}
    addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    environment = dict(os.environ) | {
        "WAITROOM_REDIS_URL": redis_url,
        "WAITROOM_DATABASE_URL": database_url,
        "WAITROOM_KEYS": "pictures:" + "k" * 48,
        "WAITROOM_SIGNING_KEYS": "pictures:" + encode_base64url(b"s" * 32),
        "WAITROOM_ADMIN_KEYS": f"olga:admin:{SECRET}",
        "WAITROOM_STATE_DIR": str(folder / "state"),
        "WAITROOM_PUBLIC_URL": addresses["edge"],
        "WAITROOM_CHECKOUT_URL": addresses["checkout"],
        "WAITROOM_CONSOLE_URL": addresses["console"],
    }
    _add_organizer(environment)
    product = Product(folder=folder, environment=environment)
    try:
        product.start_checkout(port=ports["checkout"])
        product.start_edge(port=ports["edge"])
        product.start_console(port=ports["console"])
        yield Stage(edge=addresses["edge"], console=addresses["console"])
    finally:
        product.stop()


def _add_organizer(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "waitroom", "people", "add", NAME, "--role", "admin", "--stdin"]
    subprocess.run(command, input=f"{PASSWORD}\n", text=True, check=True, capture_output=True, env=environment)
