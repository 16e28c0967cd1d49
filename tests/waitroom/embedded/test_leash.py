"""What is on a leash ends with the one who holds it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from waitroom.embedded import Command, EmbeddedPostgres, FolderInUseError, FolderLock, LeashedProcess, ServerFailedError

HOLDER = """
import json, sys, time
from pathlib import Path
from waitroom.embedded import EmbeddedPostgres, EmbeddedValkey
folder = Path(sys.argv[1])
with EmbeddedValkey(folder / "valkey") as valkey, EmbeddedPostgres(folder / "postgres", durable=False) as postgres:
    print(json.dumps([valkey.pid, postgres.pid]), flush=True)
    time.sleep(600)
"""
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


def is_alive(pid: int) -> bool:
    """Whether the process exists; one that nobody has waited for yet counts as gone."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until_gone(*pids: int) -> None:
    """Return when none of them exists; the test's own time limit bounds it."""
    while any(is_alive(pid) for pid in pids):
        time.sleep(0.02)


def wait_for_text(path: Path, text: str) -> None:
    """Return when the file has the text."""
    while text not in (path.read_text() if path.exists() else ""):
        time.sleep(0.02)


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[LeashedProcess]:
    """A process that ignores SIGTERM, with little patience for it."""
    command = Command(name="stubborn", arguments=[sys.executable, "-c", STUBBORN], grace_seconds=0.2)
    process = LeashedProcess(command, log=tmp_path / "log")
    wait_for_text(tmp_path / "log", "up")
    yield process
    process.kill()


@pytest.mark.chaos
def test_a_killed_holder_leaves_nothing_running(tmp_path: Path) -> None:
    """When the process that started the servers is killed, they end, and their folders are free again."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        pids = json.loads(holder.stdout.readline())
        assert all(is_alive(pid) for pid in pids)
        holder.kill()
    wait_until_gone(*pids)
    for name in ("valkey", "postgres"):
        wait_until_lockable(tmp_path / name)
    EmbeddedPostgres(tmp_path / "postgres").remove_data()


@pytest.mark.chaos
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child of its parent's death")
def test_a_killed_leash_takes_its_command_along(tmp_path: Path) -> None:
    """When the leash itself is killed, the kernel ends the command."""
    process = LeashedProcess(Command(name="sleeper", arguments=["sleep", "600"]), log=tmp_path / "log")
    parent = int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGKILL)
    wait_until_gone(process.pid)
    process.wait()


def test_a_stubborn_command_is_killed_after_its_grace(stubborn: LeashedProcess) -> None:
    """A command that ignores the polite signal is killed."""
    stubborn.stop()
    assert stubborn.exit_code == 128 + signal.SIGKILL


def test_a_hurry_does_not_wait_for_the_grace(tmp_path: Path) -> None:
    """Being told to hurry ends a graceful stop at once."""
    command = Command(name="stubborn", arguments=[sys.executable, "-c", STUBBORN], grace_seconds=600)
    process = LeashedProcess(command, log=tmp_path / "log")
    wait_for_text(tmp_path / "log", "up")
    process.ask_to_stop()
    process.hurry()
    assert process.wait(timeout_seconds=60) == 128 + signal.SIGKILL


def test_ctrl_c_does_not_reach_the_command(tmp_path: Path) -> None:
    """The command lives in a session of its own, so that only the holder hears Ctrl-C."""
    process = LeashedProcess(Command(name="sleeper", arguments=["sleep", "600"]), log=tmp_path / "log")
    assert os.getsid(process.pid) not in {os.getsid(0), 0}
    process.stop()


def test_a_command_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """What cannot be run is an error that names it."""
    with pytest.raises(ServerFailedError, match="no-such-program"):
        LeashedProcess(Command(name="nothing", arguments=["/no-such-program"]), log=tmp_path / "log")


def test_the_exit_code_is_the_commands(tmp_path: Path) -> None:
    """The holder learns how the command ended, and reads its last lines."""
    command = Command(name="failing", arguments=["sh", "-c", "echo last words; exit 3"])
    process = LeashedProcess(command, log=tmp_path / "log")
    assert process.wait() == 3
    assert process.last_lines() == "last words"


def test_the_leash_keeps_the_folder_while_the_command_lives(tmp_path: Path) -> None:
    """A folder stays taken until the command has ended, even when its holder has let go."""
    lock = FolderLock(tmp_path / "folder").acquire()
    process = LeashedProcess(Command(name="sleeper", arguments=["sleep", "600"]), log=tmp_path / "log", lock=lock)
    lock.release()
    with pytest.raises(FolderInUseError):
        FolderLock(tmp_path / "folder").acquire()
    process.stop()
    with FolderLock(tmp_path / "folder"):
        pass


def wait_until_lockable(folder: Path) -> None:
    """Return when the folder can be locked; the test's own time limit bounds it."""
    while True:
        try:
            with FolderLock(folder):
                return
        except FolderInUseError:
            time.sleep(0.02)
