"""A child process on a leash: it ends with us, however we end."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from waitroom.embedded import leash
from waitroom.embedded.errors import ServerFailedError
from waitroom.embedded.locks import FolderLock

LAST_LINES = 12
LAST_BYTES = 16_384


@dataclass(frozen=True, kw_only=True)
class Account:
    """The user that a command runs as instead of ours; only root can ask for it."""

    name: str
    user_id: int
    group_id: int


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to run, and how it ends: `stop_signal` asks, and after `grace_seconds` it is killed."""

    name: str
    arguments: Sequence[str | Path]
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 10.0
    account: Account | None = None
    environment: Mapping[str, str] | None = None
    folder: Path | None = None


class LeashedProcess:
    """Run `command`, its output appended to `log`, until `stop`, `kill`, or our own end.

    A `lock` is held by the leash too, so that its folder stays taken until the command has ended.
    """

    def __init__(self, command: Command, *, log: Path, lock: FolderLock | None = None) -> None:
        self.name = command.name
        self.log = log
        with log.open("ab") as output:
            self._leash = subprocess.Popen(  # noqa: S603 - the command is our own caller's
                [sys.executable, "-I", "-S", leash.__file__, *_options(command), "--", *map(str, command.arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=True,
                env=None if command.environment is None else dict(command.environment),
                cwd=command.folder,
                pass_fds=[] if lock is None else [lock.fileno()],
            )
        self.pid = self._read_pid()

    @property
    def is_running(self) -> bool:
        """Whether the command has not ended yet."""
        return self._leash.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The command's exit code, 128 + n after signal n, None while it runs."""
        return self._leash.poll()

    def stop(self) -> None:
        """Ask the command to end gracefully and wait for it; a repeat changes nothing."""
        self.ask_to_stop()
        self.wait()

    def ask_to_stop(self) -> None:
        """Ask the command to end gracefully, without waiting."""
        self._order(leash.STOP)

    def hurry(self) -> None:
        """Kill the command if a graceful end takes too long for the one who waits."""
        self._order(leash.HURRY)

    def kill(self) -> None:
        """End the command by SIGKILL, as a crash would, and wait until it is gone."""
        self._order(leash.KILL)
        self.wait()

    def wait(self, timeout_seconds: float | None = None) -> int:
        """Return the command's exit code once it has ended; raises TimeoutError after the time-out."""
        try:
            code = self._leash.wait(timeout_seconds)
        except subprocess.TimeoutExpired as expired:
            raise TimeoutError(f"{self.name} still runs after {timeout_seconds} s") from expired
        self._close_rope()
        return code

    def last_lines(self) -> str:
        """Return the end of the log."""
        return tail(self.log)

    def failed(self, reason: str) -> ServerFailedError:
        """Return the error that shows the end of the log."""
        return ServerFailedError(self.name, reason, log=self.log, last_lines=self.last_lines())

    def _read_pid(self) -> int:
        assert self._leash.stdout is not None
        with self._leash.stdout as lines:
            line = lines.readline()
        if not line.strip().isdigit():
            self.wait()
            raise self.failed("could not be run")
        return int(line)

    def _order(self, order: bytes) -> None:
        assert self._leash.stdin is not None
        # A leash whose command has just ended reads no more orders.
        with contextlib.suppress(BrokenPipeError, ValueError):
            os.write(self._leash.stdin.fileno(), order)

    def _close_rope(self) -> None:
        if self._leash.stdin is not None:
            self._leash.stdin.close()


def tail(log: Path) -> str:
    """Return the last lines of a log file, or nothing when there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LAST_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-LAST_LINES:])


def wait_until_ready(process: LeashedProcess, is_ready: Callable[[], bool], *, limit_seconds: float) -> None:
    """Return when `is_ready` says so; raises ServerFailedError when the process ends or the limit passes."""
    deadline = time.monotonic() + limit_seconds
    while not is_ready():
        if not process.is_running:
            raise process.failed(f"ended with code {process.exit_code} before it was ready")
        if time.monotonic() > deadline:
            process.kill()
            raise process.failed(f"was not ready within {limit_seconds:.0f} s")
        time.sleep(0.02)


def _options(command: Command) -> list[str]:
    options = ["--signal", str(int(command.stop_signal)), "--grace", str(command.grace_seconds)]
    if command.account is None:
        return options
    return [*options, "--user", str(command.account.user_id), "--group", str(command.account.group_id)]
