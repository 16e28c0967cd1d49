"""The rows that are measured over HTTP, and the room that they meet."""

import asyncio
import json
import os
import secrets
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.benchmarks.apps import ANSWER
from loadtests.benchmarks.cores import cpu_seconds
from loadtests.benchmarks.generator import KEY, Load, Outcome, run_generator
from waitroom.embedded import Command, LeashedProcess, free_port
from waitroom.embedded.process import wait_until_ready
from waitroom.queue import Queue, create_room
from waitroom.rooms import RoomSettings
from waitroom.settings import PREFIX, Settings

ROOM = "bench"
IN_LINE = 3000
"""Fans before the one whose place is asked: a place is read from the curve, not from its exact head."""
CONNECTIONS = 64
NOWHERE = "/nowhere"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: which app it asks, what, and the status that every answer must have."""

    name: str
    app: str
    method: str
    path: str
    status: str
    body: str = ""
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where things run: a core for the server, another for all else; settings for both apps."""

    folder: Path
    settings: Mapping[str, str]
    server_core: int | None
    other_core: int | None


@dataclass(frozen=True, kw_only=True)
class Served:
    """An app that is being served."""

    port: int
    process: LeashedProcess


class UnfitError(Exception):
    """An answer was not what it must be, so the figure would mean nothing."""


def rows(held_pass: str) -> list[Row]:
    """The rows, in the order of the table; `held_pass` is of a fan deep in the line."""
    room, with_key = f"/v1/rooms/{ROOM}", (f"Idempotency-Key: {KEY.decode()}", "Accept: application/json")
    return [
        Row(name="bare route", app="bare", method="POST", path="/bare", body="{}", headers=with_key, status="201"),
        Row(name="join", app="edge", method="POST", path=f"{room}/join", body="{}", headers=with_key, status="201"),
        Row(
            name="place",
            app="edge",
            method="GET",
            path=f"{room}/place",
            headers=(f"Authorization: Bearer {held_pass}",),
            status="200",
        ),
        Row(name="snapshot", app="edge", method="GET", path=room, status="200"),
    ]


@contextmanager
def run_apps(bench: Bench, server: str) -> Iterator[dict[str, Served]]:
    """Serve both apps with this server, the edge first: the bare route repeats its answer."""
    with ExitStack() as stack:
        edge = start_app(bench, "edge", server, stack)
        body, cookie = _join(edge.port)
        (bench.folder / "answer.json").write_text(json.dumps({"body": body, "cookie": cookie}))
        yield {"edge": edge, "bare": start_app(bench, "bare", server, stack)}


def fill_line(bench: Bench, port: int) -> str:
    """Let many fans join, which also warms the edge up; returns a pass from the middle of the line."""
    headers = (f"Idempotency-Key: {KEY.decode()}",)
    load = Load.of("POST", f"/v1/rooms/{ROOM}/join", port=port, body="{}", headers=headers, core=bench.other_core)
    joined = 0.0
    while joined < IN_LINE:
        joined += measure(load, first_key=secrets.randbits(100)).statuses.get("201", 0)
    held = str(json.loads(_join(port)[0])["pass"])
    measure(load, first_key=secrets.randbits(100))
    return held


def measure_row(bench: Bench, row: Row, served: Served, *, seconds: float) -> Outcome:
    """Load one row for some seconds; raises UnfitError when any answer is not what it must be."""
    before = cpu_seconds(served.process.pid)
    load = Load.of(
        row.method,
        row.path,
        port=served.port,
        body=row.body,
        headers=row.headers,
        seconds=seconds,
        core=bench.other_core,
        connections=CONNECTIONS,
    )
    outcome = measure(load, first_key=secrets.randbits(100))
    if set(outcome.statuses) != {row.status} or outcome.broken:
        raise UnfitError(f"{row.name}: {outcome.statuses}, {outcome.broken} connections broke")
    if before is not None:
        outcome.server_seconds = (cpu_seconds(served.process.pid) or before) - before
    return outcome


def measure(load: Load, *, first_key: int) -> Outcome:
    """Run the generator with keys that nobody had before."""
    return run_generator(Load(**{**vars(load), "first_key": first_key}))


def settings_for(redis_url: str, folder: Path) -> dict[str, str]:
    """The environment of the apps: ours without settings of another deployment."""
    values = {
        "REDIS_URL": redis_url,
        "KEYS": "bench:" + secrets.token_hex(24),
        "SIGNING_KEYS": "bench:" + secrets.token_urlsafe(32),
        "STATE_DIR": str(folder / "state"),
        "CONFIG": os.devnull,
    }
    ours = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return ours | {f"{PREFIX}{name}": value for name, value in values.items()}


def chosen_settings(environment: Mapping[str, str]) -> Settings:
    """The same as the apps read it."""
    ours = {name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)}
    return Settings.model_validate({name: value for name, value in ours.items() if name != "config"})


async def make_room(settings: Mapping[str, str]) -> None:
    """Open a room that gives no turns, so that every join stands in line."""
    chosen = chosen_settings(settings)
    queue = Queue.connect(chosen.redis_url)
    await create_room(queue, chosen.key_source(), ROOM, RoomSettings(total_active_users=0), who="bench")
    await queue.close()


def prepare(bench: Bench) -> None:
    """Make the room."""
    asyncio.run(make_room(bench.settings))


def start_app(bench: Bench, app: str, server: str, stack: ExitStack) -> Served:
    """Serve one app on the server's core until the stack ends."""
    port, core = free_port(), [] if bench.server_core is None else [str(bench.server_core)]
    command = Command(
        name=f"{app} on {server}",
        arguments=[sys.executable, "-m", "loadtests.benchmarks.serve", app, server, str(port), *core],
        environment={**bench.settings, ANSWER: str(bench.folder / "answer.json")},
        grace_seconds=5,
    )
    process = LeashedProcess(command, log=bench.folder / f"{app}-{server}.log")
    stack.callback(process.stop)
    path = f"/v1/rooms/{ROOM}" if app == "edge" else NOWHERE
    wait_until_ready(process, lambda: _answers(port, path), limit_seconds=30)
    return Served(port=port, process=process)


def _join(port: int) -> tuple[str, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/rooms/{ROOM}/join",
        data=b"{}",
        headers={"Idempotency-Key": secrets.token_hex(16), "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
        return answer.read().decode(), answer.headers["Set-Cookie"]


def _answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2):
            return True
    except urllib.error.HTTPError as error:
        # The other apps are asked for what they do not have, and the edge knows a room only once it has looked at it.
        return path == NOWHERE and error.code == 404
    except OSError:
        return False
