"""A real Prometheus that scrapes a real small sale and its console, and what it has seen."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from dashboards import scraping
from dashboards.generate import FOLDER
from loadtests.onsale import OnSale, clean_environment
from tests.patience import PATIENCE_SECONDS
from tests.product import Product, Unit
from waitroom.embedded import Command, LeashedProcess, free_port
from waitroom.embedded.process import wait_until_ready

INTERVAL = "1s"
ORGANIZER, PASSWORD = "olga", "seven green turtles"
Series = dict[str, list[float]]


@dataclass(frozen=True, kw_only=True)
class Prometheus:
    """Where it listens, and since when it looks."""

    url: str
    since: float

    def range_of(self, expr: str) -> Series:
        """What an expression was, second by second, since the beginning; a key for each of its series."""
        found = self._ask("query_range", query=expr, start=self.since, end=time.time(), step=1)
        return {str(series["metric"]): [float(value) for _, value in series["values"]] for series in found}

    def now(self, expr: str) -> list[float]:
        """What an expression is now."""
        return [float(series["value"][1]) for series in self._ask("query", query=expr)]

    def firing(self) -> set[str]:
        """The alerts that have fired at any time since the beginning."""
        firing = 'ALERTS{alertstate="firing"}'
        found = self._ask("query_range", query=firing, start=self.since, end=time.time(), step=1)
        return {series["metric"]["alertname"] for series in found}

    def _ask(self, question: str, **values: str | float) -> list[dict[str, Any]]:  # Any: JSON values
        answer = httpx.get(f"{self.url}/api/v1/{question}", params=values, timeout=PATIENCE_SECONDS, trust_env=False)
        found: list[dict[str, Any]] = answer.raise_for_status().json()["data"]["result"]
        return found


@contextmanager
def run_console(folder: Path, sale: OnSale) -> Iterator[Unit]:
    """Run a console beside the sale, into which one organizer may sign in."""
    settings = {
        "WAITROOM_REDIS_URL": sale.valkey.url,
        "WAITROOM_DATABASE_URL": sale.postgres.url,
        "WAITROOM_KEYS": " ".join(f"{key.key_id}:{key.secret.decode()}" for key in sale.keys.keys),
        "WAITROOM_CONFIG": os.devnull,
    }
    product = Product(folder=folder, environment=clean_environment() | settings)
    add = [sys.executable, "-m", "waitroom", "people", "add", ORGANIZER, "--role", "admin", "--stdin"]
    subprocess.run(add, input=PASSWORD, env=product.environment, text=True, capture_output=True, check=True)
    try:
        yield product.start_console()
    finally:
        product.stop()


@contextmanager
def run_prometheus(program: str, folder: Path, sale: OnSale, *, console: Unit) -> Iterator[Prometheus]:
    """Run Prometheus on the committed rules and the scrape example, at the sale's own ports."""
    port = free_port()
    shutil.copy(FOLDER / "prometheus" / "rules.yaml", folder)
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(_config(sale, console)))
    arguments = [
        program,
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    process = LeashedProcess(Command(name="prometheus", arguments=arguments), log=folder / "prometheus.log")
    try:
        wait_until_ready(process, lambda: _is_ready(port), limit_seconds=PATIENCE_SECONDS)
        yield Prometheus(url=f"http://127.0.0.1:{port}", since=time.time())
    finally:
        process.stop()


def _config(sale: OnSale, console: Unit) -> dict[str, Any]:  # Any: YAML values
    ports = {
        "waitroom-edge": sale.edge_ops_port,
        "waitroom-console": console.ops_port,
        "waitroom-checkout": sale.checkout_ops_port,
        "waitroom-worker": sale.worker_ops_port,
    }
    config = scraping.to_document()
    config["global"] = dict.fromkeys(config["global"], INTERVAL)
    for job in config["scrape_configs"]:
        job["static_configs"] = [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}]
    return config


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/-/ready", timeout=2, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
