"""The running product: real edges and a real checkout as processes, for journeys and for what scrapes them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.patience import PATIENCE_SECONDS
from waitroom.embedded import Command, LeashedProcess, free_port
from waitroom.embedded.process import wait_until_ready
from waitroom.embedded.units import is_unit_ready


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One process and where it listens."""

    process: LeashedProcess
    port: int
    ops_port: int

    @property
    def url(self) -> str:
        """Where fans reach it."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(kw_only=True)
class Product:
    """Some edges and one checkout on one store and one database."""

    folder: Path
    environment: dict[str, str]
    edges: list[Unit] = field(default_factory=list)
    checkouts: list[Unit] = field(default_factory=list)
    consoles: list[Unit] = field(default_factory=list)
    workers: list[Unit] = field(default_factory=list)

    def start_edge(self, *, port: int | None = None) -> Unit:
        """Start one more edge and wait until it can serve."""
        unit = self._start("edge", port=port)
        self.edges.append(unit)
        return unit

    def start_checkout(self, *, port: int | None = None) -> Unit:
        """Start a checkout and wait until it can serve."""
        unit = self._start("checkout", port=port)
        self.checkouts.append(unit)
        return unit

    def start_console(self, *, port: int | None = None) -> Unit:
        """Start a console and wait until it can serve; the environment has admin keys."""
        unit = self._start("console", port=port)
        self.consoles.append(unit)
        return unit

    def start_worker(self) -> Unit:
        """Start a worker, which listens on its ops port alone, and wait until it can work."""
        unit = self._start("worker", port=None)
        self.workers.append(unit)
        return unit

    def stop(self) -> None:
        """Stop everything at once."""
        units = [*self.edges, *self.checkouts, *self.consoles, *self.workers]
        for unit in units:
            unit.process.ask_to_stop()
        for unit in units:
            unit.process.wait()

    def _start(self, name: str, *, port: int | None) -> Unit:
        port, ops_port = port or free_port(), free_port()
        ports = ["--ops-port", str(ops_port), *([] if name == "worker" else ["--port", str(port)])]
        command = Command(
            name=name,
            arguments=[sys.executable, "-m", "waitroom", name, *ports],
            environment=self.environment,
        )
        process = LeashedProcess(command, log=self.folder / f"{name}-{port}.log")
        wait_until_ready(process, lambda: is_unit_ready(ops_port), limit_seconds=PATIENCE_SECONDS)
        return Unit(process=process, port=port, ops_port=ops_port)


@contextmanager
def run_product(folder: Path, environment: dict[str, str], *, edges: int = 1) -> Iterator[Product]:
    """Run edges and a checkout whose addresses know of each other; `environment` holds stores and keys."""
    edge_port, checkout_port = free_port(), free_port()
    addresses = {
        "WAITROOM_PUBLIC_URL": f"http://127.0.0.1:{edge_port}",
        "WAITROOM_CHECKOUT_URL": f"http://127.0.0.1:{checkout_port}",
    }
    product = Product(folder=folder, environment=environment | addresses)
    try:
        product.start_checkout(port=checkout_port)
        product.start_edge(port=edge_port)
        for _ in range(edges - 1):
            product.start_edge()
        yield product
    finally:
        product.stop()
