"""A load generator in a process of its own: keep-alive connections, each with one request on its way at a time.

It is closed-loop by default: it finds the most a server can do. With `offered_per_second` requests are due by the
clock, whether the server keeps up or not, and an answer's time counts from then. It needs nothing but Python.

    python -m loadtests.benchmarks.generator < load.json
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

from loadtests.benchmarks.cores import pin
from loadtests.benchmarks.loops import loop_factory

KEY = b"{key}"
"""Where a request has this, each repetition has another 32 hex digits."""
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
SETTLE_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Load:
    """What to send, over how many connections, for how long, and from which core."""

    port: int
    request: str
    connections: int = 64
    seconds: float = 1.0
    core: int | None = None
    host: str = "127.0.0.1"
    first_key: int = 0
    prepared: str | None = None
    """A file of requests, a JSON string a line, each of which is sent once; instead of `request`."""
    offered_per_second: float | None = None

    @classmethod
    def of(cls, method: str, path: str, *, port: int, body: str = "", **options: object) -> "Load":
        """Make the load of one request; `headers` are lines such as `Accept: */*`."""
        headers = options.pop("headers", ())
        assert isinstance(headers, tuple)
        lines = [f"{method} {path} HTTP/1.1", "Host: bench.example", *headers]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return cls(port=port, request="\r\n".join([*lines, "", body]), **options)  # type: ignore[arg-type] # named above


@dataclass(kw_only=True)
class Outcome:
    """What came back: how often each status, how long each answer took, and how busy this process was."""

    seconds: float
    busy: float
    statuses: dict[str, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    broken: int = 0
    server_seconds: float | None = None
    """Processor time that the server took for it, where the system tells."""

    @property
    def per_server_second(self) -> float:
        """Answers a second of the server's own time: what it is worth whoever else is on its core."""
        return sum(self.statuses.values()) / (self.server_seconds or self.seconds)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return sum(self.statuses.values()) / self.seconds

    def quantile(self, share: float) -> float:
        """The latency in seconds that this share of the answers stayed under."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class GeneratorError(Exception):
    """The load could not be sent; the message is the generator's own last words."""


class Tally:
    """What all connections count together, until the end is called."""

    def __init__(self) -> None:
        self.statuses: Counter[bytes] = Counter()
        self.latencies: list[float] = []
        self.broken = 0
        self.is_over = False
        self.open = 0
        self.all_closed = asyncio.Event()

    def answered(self, status: bytes, *, seconds: float) -> None:
        """An answer came; those on their way at the end do not count."""
        if not self.is_over:
            self.statuses[status] += 1
            self.latencies.append(seconds)

    def closed(self) -> None:
        """A connection ended; one that ends before the end is a fault of the server."""
        self.broken += not self.is_over
        self.open -= 1
        if not self.open:
            self.all_closed.set()


class Source:
    """What connections send next, and when it was due: at once, or by the clock."""

    def __init__(self, requests: Iterator[bytes], *, per_second: float | None) -> None:
        self._requests = requests
        self._every = 1 / per_second if per_second else 0.0
        self._due_at = time.perf_counter()

    def take(self, send: Callable[[bytes, float], None]) -> None:
        """Hand the next request on when it is due; a source that has run dry hands on nothing."""
        request = next(self._requests, None)
        if request is None:
            return
        now = time.perf_counter()
        due_at = self._due_at = self._due_at + self._every if self._every else now
        if due_at <= now:
            send(request, due_at)
        else:
            asyncio.get_running_loop().call_later(due_at - now, send, request, due_at)


class Connection(asyncio.Protocol):
    """Sends a request, waits for its whole answer, sends the next."""

    def __init__(self, source: Source, tally: Tally) -> None:
        self._source = source
        self._tally = tally
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._tally.open += 1
        self._source.take(self._send)

    def data_received(self, data: bytes) -> None:
        """Count the answer once it is whole, and go on."""
        self._buffer = self._buffer + data if self._buffer else data
        size = answer_size(self._buffer)
        if size is None or len(self._buffer) < size:
            return
        status = self._buffer[9:12]
        self._buffer = self._buffer[size:]
        self._tally.answered(status, seconds=time.perf_counter() - self._sent_at)
        if self._tally.is_over:
            self._transport.close()
        else:
            self._source.take(self._send)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature is asyncio's
        """Count it."""
        self._tally.closed()

    def _send(self, request: bytes, due_at: float) -> None:
        self._sent_at = due_at
        self._transport.write(request)


def answer_size(buffer: bytes) -> int | None:
    """Return how many bytes the answer at the head of the buffer has, None while that is not known yet."""
    head_end = buffer.find(HEAD_END)
    if head_end < 0:
        return None
    head = buffer[:head_end].lower()
    at = head.find(LENGTH)
    if at < 0:
        if b"chunked" in head:
            raise ValueError("the answer is chunked; ask for one with a length")
        return head_end + len(HEAD_END)
    line_end = head.find(b"\r\n", at)
    length = head[at + len(LENGTH) : line_end if line_end > 0 else None]
    return head_end + len(HEAD_END) + int(length)


def requests_of(load: Load) -> Iterator[bytes]:
    """Yield the request over and over, each time with a key of its own where it has one; prepared ones once each."""
    if load.prepared is not None:
        with Path(load.prepared).open() as lines:
            yield from [json.loads(line).encode() for line in lines]
        return
    before, has_key, after = load.request.encode().partition(KEY)
    for number in count(load.first_key):
        yield before + b"%032x" % number + after if has_key else before


async def generate(load: Load) -> Outcome:
    """Send the load and return what came of it."""
    tally, source = Tally(), Source(requests_of(load), per_second=load.offered_per_second)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_stop_at_faults)
    began, busy = time.perf_counter(), time.process_time()
    connect: Callable[[], Connection] = lambda: Connection(source, tally)  # noqa: E731 - asyncio wants a factory
    opened = [await loop.create_connection(connect, load.host, load.port) for _ in range(load.connections)]
    await asyncio.sleep(load.seconds)
    tally.is_over = True
    lasted, worked = time.perf_counter() - began, time.process_time() - busy
    # What is on its way arrives, so that the next round meets an idle server.
    with suppress(TimeoutError):
        await asyncio.wait_for(tally.all_closed.wait(), SETTLE_SECONDS)
    for transport, _ in opened:
        transport.abort()
    statuses = {status.decode(): times for status, times in tally.statuses.items()}
    return Outcome(
        seconds=lasted, busy=worked / lasted, statuses=statuses, latencies=tally.latencies, broken=tally.broken
    )


def _stop_at_faults(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:  # Any: asyncio's
    # A fault in a callback would only be logged, and the figures would look like those of a slow server.
    sys.stderr.write(f"{context.get('message')}: {context.get('exception')!r}\n")
    os._exit(1)


def run_generator(load: Load) -> Outcome:
    """Generate the load in a child of its own, so that neither disturbs the other's loop."""
    import subprocess  # noqa: PLC0415 - the child itself has no use for it

    done = subprocess.run(
        [sys.executable, "-m", "loadtests.benchmarks.generator"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        check=False,
        timeout=load.seconds + 60,
    )
    if done.returncode:
        raise GeneratorError(f"the generator ended with {done.returncode}: {done.stderr.strip()[-600:]}")
    return Outcome(**json.loads(done.stdout))


def main() -> None:
    """Read a load, generate it, write the outcome; both are JSON."""
    load = Load(**json.load(sys.stdin))
    pin(load.core)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        json.dump(asdict(runner.run(generate(load))), sys.stdout)


if __name__ == "__main__":
    main()
