"""`waitroom demo` as a process: it comes up, answers, goes on, and leaves nothing running."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from tests.patience import PATIENCE_SECONDS, wait_until
from waitroom.cli.demo import demo as demo_command
from waitroom.embedded import EmbeddedPostgres, FolderLock
from waitroom.queue import Queue, close_room

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not Path("/proc").exists(), reason="children are found by way of /proc"),
]
MARK = "DEMO_OF_THIS_TEST"
"""In the environment of a demo and of all that it starts."""
EVERYTHING = 12
"""Valkey, PostgreSQL, edge, console, checkout and worker, each with its leash."""
ADDRESS = re.compile(r"waiting room\s+(http://\S+)/r/demo")
CONSOLE = re.compile(r"console\s+(http://\S+)\s+sign in as organizer with \S+\n")
PASSWORD = re.compile(r"sign in as organizer with (\S+)\n")


class Demo:
    """A running demo in a folder, without a crowd unless asked for, on ports of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        names = ("--edge-port", "--console-port", "--checkout-port")
        command = [sys.executable, "-m", "waitroom", "demo", "--fans", "0", "--lobby-seconds", "1", "--seats", "small"]
        ports = [text for name, port in zip(names, free_ports(), strict=True) for text in (name, str(port))]
        self.process = subprocess.Popen(
            [*command, *ports, "--folder", str(folder), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1", MARK: str(folder)},
            start_new_session=True,
        )
        self.seen = ""
        self._known: set[int] = set()

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

    def processes(self) -> set[int]:
        """Every process that the demo has started, and those that they have started, as far as they live.

        The servers rewrite what /proc shows of them, so they are found as children of their leashes.
        """
        marked = {pid for pid in all_pids() if f"{MARK}={self.folder}" in read_of_process(pid, "environ")}
        found = marked | {child for pid in marked for child in children_of(pid)} | self._known
        self._known = {pid for pid in found - {self.process.pid} if read_of_process(pid, "cmdline")}
        return self._known

    def end_by_itself(self) -> int:
        """Return the exit code of a demo that nobody stops."""
        assert self.process.stdout is not None
        if not self.process.stdout.closed:
            self.seen += self.process.communicate()[0]
        return self.process.returncode

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the demo and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.end_by_itself()


def all_pids() -> list[int]:
    """Every process of this machine."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def children_of(pid: int) -> list[int]:
    """The processes that a process has started itself."""
    return [int(child) for child in read_of_process(pid, f"task/{pid}/children").split()]


def read_of_process(pid: int, name: str) -> str:
    """A file of /proc, empty when the process has gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def free_ports() -> list[int]:
    """Three ports that are free, as are those 1000 above."""
    found: list[int] = []
    # Below the ports that outgoing connections take, and apart from another worker's.
    port = 20_000 + os.getpid() * 16 % 10_000
    while len(found) < 3:
        port += 2
        if all(is_free(number) for number in (port, port + 1000)):
            found.append(port)
    return found


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
    return str(httpx.get(f"{url}/v1/rooms/demo", timeout=PATIENCE_SECONDS, trust_env=False).json()["epoch"])


def organizer_at(url: str, password: str) -> str:
    """The role of the organizer who signs in with what the screen says."""
    body = {"name": "organizer", "password": password}
    response = httpx.post(f"{url}/v1/admin/session", json=body, timeout=PATIENCE_SECONDS, trust_env=False)
    return str(response.json()["role"])


@pytest.mark.timeout(600)
def test_the_demo_comes_up_resumes_and_leaves_nothing_running(folder: Path) -> None:
    """A first start ends in a page; SIGTERM ends everything; a second start goes on with the same round."""
    demo = Demo(folder)
    try:
        url = demo.url()
        page = httpx.get(f"{url}/r/demo", timeout=PATIENCE_SECONDS, trust_env=False)
        assert page.status_code == 200
        assert "text/html" in page.headers["content-type"]
        first = epoch_at(url)
        assert organizer_at(demo.wait_for(CONSOLE), demo.wait_for(PASSWORD)) == "admin"
        assert len(demo.processes()) >= EVERYTHING
    finally:
        assert demo.end() == 0, demo.seen
    wait_until(lambda: not demo.processes())
    again = Demo(folder)
    try:
        assert epoch_at(again.url()) == first
        assert "the last round goes on" in again.seen
        assert organizer_at(again.wait_for(CONSOLE), demo.wait_for(PASSWORD)) == "admin"
    finally:
        assert again.end(signal.SIGINT) == 0, again.seen


@pytest.mark.timeout(600)
def test_fresh_begins_anew_as_often_as_one_likes(folder: Path) -> None:
    """--fresh makes a new round of the same stadium, also several times a day."""
    epochs = set()
    for options in ((), ("--fresh",), ("--fresh",)):
        demo = Demo(folder, *options)
        try:
            epochs.add(epoch_at(demo.url()))
        finally:
            demo.end()
    assert len(epochs) == 3


@pytest.mark.timeout(600)
def test_a_second_demo_in_the_folder_is_refused(folder: Path) -> None:
    """A folder that is in use is named in one line, and the first demo goes on."""
    demo = Demo(folder)
    try:
        url = demo.url()
        second = Demo(folder)
        assert second.end_by_itself() == 1
        assert str(folder) in second.seen
        assert second.seen.count("\n") == 1
        assert epoch_at(url)
    finally:
        demo.end()


@pytest.mark.timeout(600)
@pytest.mark.chaos
def test_a_killed_demo_leaves_nothing_running(folder: Path) -> None:
    """SIGKILL of the demo ends its servers and units, and the folder can be used again."""
    demo = Demo(folder)
    try:
        demo.url()
        assert len(demo.processes()) >= EVERYTHING
    finally:
        demo.end(signal.SIGKILL)
    wait_until(lambda: not demo.processes())
    with FolderLock(folder):
        pass


@pytest.mark.timeout(600)
@pytest.mark.chaos
@pytest.mark.parametrize(("name", "program"), [("edge", "waitroom\0edge"), ("Valkey", "valkey-server")])
def test_a_part_that_dies_is_named(folder: Path, name: str, program: str) -> None:
    """When a unit or a server dies, the demo says which, shows its log and ends with 1."""
    demo = Demo(folder)
    try:
        demo.url()
        commands = {pid: read_of_process(pid, "cmdline") for pid in demo.processes()}
        part = next(pid for pid, text in commands.items() if program in text and "leash.py" not in text)
        os.kill(part, signal.SIGKILL)
        assert demo.end_by_itself() == 1
    finally:
        demo.end(signal.SIGKILL)
    assert f"{name} ended by itself" in demo.seen
    wait_until(lambda: not demo.processes())


@pytest.mark.timeout(600)
async def test_a_round_that_is_over_gives_way_to_the_next(folder: Path) -> None:
    """A running demo offers a fresh round by itself once the last is closed, and the crowd comes again."""
    demo = Demo(folder, "--pause-seconds", "0", "--fans", "3")
    try:
        url = demo.url()
        first = epoch_at(url)
        queue = Queue.connect(redis_url_of(folder))
        await close_room(queue, "demo", who="test")
        await queue.close()
        while epoch_at(url) == first:
            await asyncio.sleep(0.1)
        demo.wait_for(re.compile(r"(3 simulated fans are on their way)[\s\S]*3 simulated fans are on their way"))
    finally:
        demo.end()
    assert demo.seen.count("a fresh round: ") == 2


def redis_url_of(folder: Path) -> str:
    """The address of the demo's Valkey, as it notes it for a shell."""
    found = re.search(r"WAITROOM_REDIS_URL='(.+)'", (folder / "environment").read_text())
    assert found
    return found.group(1)


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


def test_a_crowd_cannot_come_to_another_machine() -> None:
    """A host that is not loopback is refused unless nobody is to be simulated."""
    result = CliRunner().invoke(demo_command, ["--host", "192.0.2.7"])
    assert result.exit_code == 2
    assert "--no-crowd" in result.output
