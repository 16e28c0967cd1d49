"""Serving: a real process, its ports, and a stop that finishes what is in flight."""

import os
import signal
import socket
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.patience import PATIENCE_SECONDS, wait_until
from waitroom.embedded import Command, LeashedProcess, free_port
from waitroom.embedded.errors import PortTakenError
from waitroom.embedded.process import wait_until_ready
from waitroom.embedded.units import is_unit_ready
from waitroom.web.serving import Port, run

UNIT = """
import asyncio, sys
from pathlib import Path
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from waitroom.web.ops import create_ops_app
from waitroom.web.serving import Port, run

async def slow(request):
    print("in flight", flush=True)
    while not Path(sys.argv[3]).exists():
        await asyncio.sleep(0.02)
    return PlainTextResponse("finished")

async def why_not_ready():
    return None

port, ops_port = map(int, sys.argv[1:3])
ops = create_ops_app(why_not_ready=why_not_ready, registry=CollectorRegistry())
run(
    Port(app=Starlette(routes=[Route("/slow", slow)]), host="127.0.0.1", port=port),
    Port(app=ops, host="127.0.0.1", port=ops_port),
)
"""


@pytest.fixture
def ports() -> tuple[int, int]:
    """A port for the app and one for ops."""
    return free_port(), free_port()


def test_a_stop_finishes_what_is_in_flight(tmp_path: Path, ports: tuple[int, int]) -> None:
    """SIGTERM in the middle of a request: the answer still comes, whole, and the process ends with 0."""
    port, ops_port = ports
    unit, may_finish = tmp_path / "unit.py", tmp_path / "may finish"
    unit.write_text(UNIT)
    command = Command(name="unit", arguments=[sys.executable, unit, str(port), str(ops_port), may_finish])
    process = LeashedProcess(command, log=tmp_path / "log")
    wait_until_ready(process, lambda: is_unit_ready(ops_port), limit_seconds=PATIENCE_SECONDS)
    answers: list[httpx.Response] = []
    url = f"http://127.0.0.1:{port}/slow"
    asking = threading.Thread(target=lambda: answers.append(httpx.get(url, timeout=PATIENCE_SECONDS)))
    asking.start()
    wait_until(lambda: "in flight" in (tmp_path / "log").read_text())
    os.kill(process.pid, signal.SIGTERM)
    wait_until(lambda: not is_unit_ready(ops_port))
    may_finish.touch()
    asking.join()
    assert [answer.text for answer in answers] == ["finished"]
    assert "server" not in answers[0].headers
    assert process.wait(PATIENCE_SECONDS) == 0


def test_a_taken_port_is_named(ports: tuple[int, int]) -> None:
    """A port that another process listens on is told in words before anything starts."""
    port, _ = ports
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PortTakenError, match=str(port)):
        run(Port(app=lambda *_: None, host="127.0.0.1", port=port))  # type: ignore[arg-type]  # never called
