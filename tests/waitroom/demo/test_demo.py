"""`waitroom demo` as a process: it comes up, answers, goes on, and leaves nothing running."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from waitroom.embedded import EmbeddedPostgres, FolderLock

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not Path("/proc").exists(), reason="children are found by way of /proc"),
]
ADDRESS = re.compile(r"waiting room\s+(http://\S+)/r/demo")


class Demo:
    """A running demo in a folder, without a crowd, on ports of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        edge_port, checkout_port = four_free_ports()
        command = [sys.executable, "-m", "waitroom", "demo", "--no-crowd", "--lobby-seconds", "1", "--seats", "small"]
        ports = ["--edge-port", str(edge_port), "--checkout-port", str(checkout_port)]
        self.process = subprocess.Popen(
            [*command, *ports, "--folder", str(folder), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        self.seen = ""

    def wait_for(self, pattern: re.Pattern[str]) -> str:
        """Return the first group once the demo has printed it."""
        assert self.process.stdout is not None
        while (found := pattern.search(self.seen)) is None:
            line = self.process.stdout.readline()
            assert line, f"the demo ended:\n{self.seen}"
            self.seen += line
        return found.group(1)

    def url(self) -> str:
        """The edge's address, once everything is up."""
        return self.wait_for(ADDRESS)

    def children(self) -> list[int]:
        """The processes of every session that the demo has started."""
        return [
            pid for pid in all_pids() if str(self.folder) in command_or_environment(pid) and pid != self.process.pid
        ]

    def end_by_itself(self) -> int:
        """Return the exit code of a demo that nobody stops."""
        rest, _ = self.process.communicate()
        self.seen += rest
        return self.process.returncode

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the demo and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            return self.end_by_itself()
        return self.process.returncode


def is_unit(pid: int, name: str) -> bool:
    """Whether the process is a unit itself, not its leash."""
    return command_line(pid).startswith(f"{sys.executable}\0-m\0waitroom\0{name}\0")


def all_pids() -> list[int]:
    """Every process of this machine."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def command_line(pid: int) -> str:
    """The command of a process, empty when it has gone."""
    return read_of_process(pid, "cmdline")


def command_or_environment(pid: int) -> str:
    """What names the folder of a process, as far as it can be read."""
    return command_line(pid) + read_of_process(pid, "environ")


def read_of_process(pid: int, name: str) -> str:
    """A file of /proc, empty when the process has gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def four_free_ports() -> tuple[int, int]:
    """Two ports that are free, as are those 1000 above."""
    found: list[int] = []
    port = 20_000 + os.getpid() % 20_000
    while len(found) < 2:
        port += 2
        if all(is_free(number) for number in (port, port + 1000)):
            found.append(port)
    return found[0], found[1]


def is_free(port: int) -> bool:
    """Whether nothing listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for a demo; PostgreSQL's data of root, which lies elsewhere, goes with it."""
    yield tmp_path / "demo"
    EmbeddedPostgres(tmp_path / "demo" / "postgres").remove_data()


def epoch_at(url: str) -> str:
    """The epoch of the room, asked as a fan's page asks."""
    return str(httpx.get(f"{url}/v1/rooms/demo", trust_env=False).json()["epoch"])


@pytest.mark.timeout(240)
def test_the_demo_comes_up_resumes_and_leaves_nothing_running(folder: Path) -> None:
    """A first start ends in a page; SIGTERM ends everything; a second start goes on with the same round."""
    demo = Demo(folder)
    try:
        url = demo.url()
        page = httpx.get(f"{url}/r/demo", trust_env=False)
        assert page.status_code == 200
        assert "text/html" in page.headers["content-type"]
        first = epoch_at(url)
        assert demo.children()
    finally:
        assert demo.end() == 0, demo.seen
    assert demo.children() == []
    again = Demo(folder)
    try:
        assert epoch_at(again.url()) == first
        assert "the last round goes on" in again.seen
    finally:
        assert again.end(signal.SIGINT) == 0, again.seen


@pytest.mark.timeout(240)
def test_fresh_begins_anew_and_a_second_demo_is_refused(folder: Path) -> None:
    """--fresh makes a new round of the same stadium; a folder that is in use is named in one line."""
    demo = Demo(folder)
    try:
        first = epoch_at(demo.url())
    finally:
        demo.end()
    fresh = Demo(folder, "--fresh")
    try:
        assert epoch_at(fresh.url()) != first
        second = Demo(folder)
        assert second.end_by_itself() == 1
        assert str(folder) in second.seen
        assert second.seen.count("\n") == 1
    finally:
        fresh.end()


@pytest.mark.timeout(240)
@pytest.mark.chaos
def test_a_killed_demo_leaves_nothing_running(folder: Path) -> None:
    """SIGKILL of the demo ends its servers and units, and the folder can be used again."""
    demo = Demo(folder)
    try:
        demo.url()
        assert demo.children()
    finally:
        demo.end(signal.SIGKILL)
    while demo.children():
        time.sleep(0.05)
    with FolderLock(folder):
        pass


@pytest.mark.timeout(240)
@pytest.mark.chaos
def test_a_unit_that_dies_is_named(folder: Path) -> None:
    """When a unit dies, the demo says which, shows its log and ends with 1."""
    demo = Demo(folder)
    try:
        demo.url()
        edge = next(pid for pid in demo.children() if is_unit(pid, "edge"))
        os.kill(edge, signal.SIGKILL)
        assert demo.end_by_itself() == 1
    finally:
        demo.end(signal.SIGKILL)
    assert "edge ended by itself" in demo.seen
    assert demo.children() == []


def test_a_taken_port_is_named(folder: Path) -> None:
    """A port that is taken is named in one line with the option that chooses another; nothing was started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = Demo(folder, "--edge-port", str(port))
        assert demo.end_by_itself() == 1
    assert f"Port {port}" in demo.seen
    assert "--edge-port" in demo.seen
    assert not (folder / "postgres").exists()
