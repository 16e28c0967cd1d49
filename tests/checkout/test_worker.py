"""The worker as a whole: its loops go on, each by itself, and end when they are asked to."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from checkout.outbox import Outbox, TaskName
from checkout.worker import create_ops_app, create_worker, running
from waitroom.embedded import Command, LeashedProcess, free_port
from waitroom.embedded.process import wait_until_ready
from waitroom.embedded.units import is_unit_ready
from waitroom.settings import PREFIX, Settings

READY_SECONDS = 60.0


class Breaks:
    """A loop that breaks at its first run."""

    def __init__(self) -> None:
        self.runs = 0
        self.goes_on = asyncio.Event()
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Break once, then go on until the stop."""
        self.runs += 1
        if self.runs == 1:
            raise KeyError("a fault")
        self.goes_on.set()
        await self._stopped.wait()

    def stop(self) -> None:
        """End."""
        self._stopped.set()


def environment_of(settings: Settings, **changes: str) -> Mapping[str, str]:
    """What a worker process needs."""
    assert settings.keys is not None
    assert settings.signing_keys is not None
    values = {
        "REDIS_URL": settings.redis_url,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "KEYS": settings.keys.get_secret_value(),
        "SIGNING_KEYS": settings.signing_keys.get_secret_value(),
        "STATE_DIR": str(settings.state_dir),
    } | changes
    return dict(os.environ) | {f"{PREFIX}{name}": value for name, value in values.items()}


def start_worker(folder: Path, settings: Settings, **changes: str) -> LeashedProcess:
    """Start a worker as a process and wait until it can work."""
    ops_port = free_port()
    arguments = [sys.executable, "-m", "waitroom", "worker", "--ops-port", str(ops_port)]
    command = Command(name="worker", arguments=arguments, environment=environment_of(settings, **changes))
    process = LeashedProcess(command, log=folder / f"worker-{ops_port}.log")
    wait_until_ready(process, lambda: is_unit_ready(ops_port), limit_seconds=READY_SECONDS)
    return process


@pytest.mark.journey
def test_a_worker_is_a_process_that_comes_and_goes(checkout_settings: Settings, tmp_path: Path) -> None:
    """It is ready once it can work, and ends in order when it is asked to."""
    process = start_worker(tmp_path, checkout_settings)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(READY_SECONDS) == 0, process.last_lines()


async def test_a_loop_that_breaks_begins_anew_and_ends_no_other(checkout_settings: Settings) -> None:
    """A fault in one of the worker's loops is logged, and that loop goes on after a moment."""
    breaks = Breaks()
    worker = create_worker(checkout_settings)
    async with running(replace(worker, loops=(*worker.loops, breaks))):
        await asyncio.wait_for(breaks.goes_on.wait(), READY_SECONDS)
    assert breaks.runs == 2


async def test_a_worker_without_its_database_says_so(checkout_settings: Settings) -> None:
    """It is alive and not ready, with the reason."""
    away = checkout_settings.model_copy(update={"database_url": SecretStr("postgresql://nobody@127.0.0.1:1/nothing")})
    app = create_ops_app(create_worker(away))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ops.test") as client,
    ):
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
    assert (alive.status_code, ready.status_code) == (200, 503)
    assert ready.json()["reason"] == "PostgreSQL did not answer."


def test_a_worker_runs_every_task(checkout_settings: Settings) -> None:
    """What SQL can defer, a worker does."""
    outbox = create_worker(checkout_settings).loops[0]
    assert isinstance(outbox, Outbox)
    assert set(outbox.tasks) == set(TaskName)
