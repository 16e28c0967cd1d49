"""Run one command that ends when the process holding this leash ends.

A small program of its own, run by file name with the standard library alone, so that it starts in a few
hundredths of a second. Standard input is the leash: at its end, which comes also when the holder is
killed, the command is stopped gracefully and then killed. A byte on it is an order: `s` stop, `h` hurry,
`k` kill. The command's process id is printed on standard output; its output goes to standard error.
The command runs in a session of its own, so that Ctrl-C reaches only the holder.
"""

import argparse
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
STOP, HURRY, KILL, LET_GO = b"s", b"h", b"k", b""
LOOK_SECONDS = 1.0


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the options; what follows `--` is the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--signal", type=int, default=int(signal.SIGTERM), help="the graceful one")
    parser.add_argument("--grace", type=float, default=10.0, help="seconds before the command is killed")
    parser.add_argument("--user", type=int)
    parser.add_argument("--group", type=int)
    parser.add_argument("command", nargs="+")
    return parser.parse_args(arguments)


def die_with_parent(stop_signal: int) -> Callable[[], None] | None:
    """Return what the child calls before its program: Linux then signals it when the leash is killed."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)

    return ask_kernel


def start(options: argparse.Namespace) -> subprocess.Popen[bytes]:
    """Start the command, under another user when one is named."""
    return subprocess.Popen(  # noqa: S603 - the command is our own caller's
        options.command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        stderr=sys.stderr.fileno(),
        start_new_session=True,
        user=options.user,
        group=options.group,
        extra_groups=None if options.user is None else [],
        umask=0o077,
        # This process has one thread, so the function between fork and exec is safe.
        preexec_fn=die_with_parent(options.signal),  # noqa: PLW1509
    )


class Leash:
    """Watch the holder and the command; whichever ends first ends the other's wait."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._stop_signal: int = options.signal
        self._grace: float = options.grace
        self._kill_at: float | None = None
        self._holder = os.getppid()
        self._rope = sys.stdin.fileno()
        self._inputs = [self._rope, wake_on_signals()]
        self._child = start(options)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop())

    @property
    def child_pid(self) -> int:
        """The command's process id."""
        return self._child.pid

    def watch(self) -> int:
        """Return the command's exit code once it has ended."""
        while self._child.poll() is None:
            readable, _, _ = select.select(self._inputs, [], [], self._patience_seconds())
            for descriptor in readable:
                self._read(descriptor)
            # The rope's other end may have leaked into a fork of the holder: look for the holder too.
            if os.getppid() != self._holder:
                self._stop()
            if self._kill_at is not None and time.monotonic() >= self._kill_at:
                self._child.kill()
        code = self._child.returncode
        return code if code >= 0 else 128 - code

    def _patience_seconds(self) -> float:
        if self._kill_at is None:
            return LOOK_SECONDS
        return min(LOOK_SECONDS, max(0.01, self._kill_at - time.monotonic()))

    def _read(self, descriptor: int) -> None:
        order = os.read(descriptor, 1)
        if descriptor == self._rope:
            self._obey(order)

    def _obey(self, order: bytes) -> None:
        if order == LET_GO:
            self._inputs.remove(self._rope)
        if order in {STOP, LET_GO}:
            self._stop()
        elif order == HURRY:
            self._kill_at = time.monotonic()
        elif order == KILL:
            self._child.kill()

    def _stop(self) -> None:
        if self._kill_at is None:
            self._kill_at = time.monotonic() + self._grace
            self._child.send_signal(self._stop_signal)


def wake_on_signals() -> int:
    """Return a descriptor that becomes readable when the child ends or a signal comes; Ctrl-C is ignored."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return read_end


def main() -> int:
    """Run the command on the leash; 127 when it cannot be run at all."""
    try:
        leash = Leash(parse(sys.argv[1:]))
    except OSError as refused:
        print(f"{refused.filename or sys.argv[-1]}: {refused.strerror}", file=sys.stderr)  # noqa: T201
        return 127
    with contextlib.suppress(BrokenPipeError):
        print(leash.child_pid, flush=True)  # noqa: T201 - the holder reads it
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return leash.watch()


if __name__ == "__main__":
    sys.exit(main())
