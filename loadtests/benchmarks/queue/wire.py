"""Wire: commands to the store without a client library in the way, one at a time or in a pipeline."""

import socket
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import hiredis

from waitroom.embedded import EmbeddedValkey
from waitroom.queue.keys import keys_of
from waitroom.queue.scripts import load_scripts

READ_BYTES = 1 << 20
ANSWER_SECONDS = 300.0
WINDOW = 4
"""Commands on their way at a time in a pipeline: the store never waits for us."""

Value = str | bytes | int | float
Reply = Any  # Any: what the store replies


@dataclass(frozen=True, kw_only=True)
class Spent:
    """How long something took by the clock, and for how long the store's processor was at it: 0 where that is unknown.

    The second holds also when others use the machine.
    """

    seconds: float
    cpu_seconds: float


class WireError(Exception):
    """The store refused a command."""


class Wire:
    """A connection to the store, for measuring: scripts of the product by their names, and whatever else."""

    def __init__(self, valkey: EmbeddedValkey) -> None:
        self._processor = Path(f"/proc/{valkey.pid}/schedstat")
        self._socket = socket.create_connection(("127.0.0.1", valkey.port), timeout=ANSWER_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = hiredis.Reader()
        for script in load_scripts().values():
            self.call("SCRIPT", "LOAD", script.text)
        bare = files("loadtests.benchmarks.queue").joinpath("bare.lua").read_text()
        self.bare_sha: str = self.call("SCRIPT", "LOAD", bare).decode()

    def __enter__(self) -> Self:
        """Nothing more is opened."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._socket.close()

    def call(self, *command: Value) -> Reply:
        """Send one command and return its reply; raises WireError."""
        self._socket.sendall(hiredis.pack_command(command))  # type: ignore[arg-type] # its stub names a 1-tuple
        return self.next_reply()

    def timed(self, packed: bytes) -> tuple[Reply, Spent]:
        """Send one packed command; returns its reply and the time that it took."""
        began, busy = time.perf_counter(), self._busy_seconds()
        self._socket.sendall(packed)
        reply = self.next_reply()
        return reply, Spent(seconds=time.perf_counter() - began, cpu_seconds=self._busy_seconds() - busy)

    def pipeline(self, packed: Iterable[bytes], *, window: int = WINDOW) -> Iterator[Reply]:
        """Send packed commands, some of them ahead of their replies, and yield the replies in order."""
        ahead: deque[None] = deque()
        for command in packed:
            self._socket.sendall(command)
            ahead.append(None)
            if len(ahead) >= window:
                ahead.popleft()
                yield self.next_reply()
        for _ in ahead:
            yield self.next_reply()

    def drain(self, packed: Iterable[bytes], *, window: int = WINDOW) -> Spent:
        """Run a pipeline for its effect; returns the time that it took."""
        began, busy = time.perf_counter(), self._busy_seconds()
        for _ in self.pipeline(packed, window=window):
            pass
        return Spent(seconds=time.perf_counter() - began, cpu_seconds=self._busy_seconds() - busy)

    def info(self, section: str, name: str) -> float:
        """Read one number of INFO."""
        lines = dict(line.partition(":")[::2] for line in self.call("INFO", section).decode().split("\r\n"))
        return float(lines[name])

    def _busy_seconds(self) -> float:
        # The scheduler's own count, in nanoseconds: exact while the store waits for us. Zero where there is none.
        try:
            return int(self._processor.read_text().split()[0]) / 1e9
        except OSError:
            return 0.0

    def next_reply(self) -> Reply:
        """Wait for the next reply; raises WireError."""
        reply = self._reader.gets()
        while reply is False:
            self._reader.feed(self._socket.recv(READ_BYTES))
            reply = self._reader.gets()
        if isinstance(reply, hiredis.ReplyError):
            raise WireError(str(reply))
        return reply


def pack(*command: Value) -> bytes:
    """Write a command as it travels."""
    return bytes(hiredis.pack_command(command))  # type: ignore[arg-type] # its stub names a 1-tuple


def pack_script(name: str, room: str, *arguments: Value, now_us: int | str = "") -> bytes:
    """Write the call of one of the product's scripts, of any epoch."""
    keys = keys_of(room)
    return pack("EVALSHA", load_scripts()[name].sha, len(keys), *keys, now_us, "", *arguments)


def in_batches(values: Sequence[bytes], size: int) -> Iterator[Sequence[bytes]]:
    """Cut a list into pieces of this size; the last may be shorter."""
    return (values[first : first + size] for first in range(0, len(values), size))
