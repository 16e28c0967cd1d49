"""The generator sends what it was told, counts what came, and notices what went wrong."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice

import pytest

from loadtests.benchmarks.generator import (
    KEY,
    GeneratorError,
    Load,
    Outcome,
    answer_size,
    generate,
    requests_of,
    run_generator,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Server:
    """A server that notes requests and answers with what `answer` makes of the number."""

    answer: Callable[[int], bytes | None]
    port: int = 0
    requests: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the connection ends, or until there is no answer: then end it."""
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(request + (await reader.readexactly(2) if b"Content-Length" in request else b""))
                answer = self.answer(len(self.requests))
                if answer is None:
                    break
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer: Callable[[int], bytes | None]) -> AsyncIterator[Server]:
    """Run a server."""
    server = Server(answer)
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        server.port = listening.sockets[0].getsockname()[1]
        yield server


async def test_every_answer_is_counted_by_status() -> None:
    """Each request sent has its answer counted, but for those on their way at the end."""
    busy = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
    async with serving(lambda number: busy if number % 3 == 0 else OK) as server:
        outcome = await generate(Load.of("GET", "/", port=server.port, connections=4, seconds=1.0))

    counted = sum(outcome.statuses.values())
    assert set(outcome.statuses) == {"200", "503"}
    assert counted == len(outcome.latencies)
    assert len(server.requests) - 4 <= counted <= len(server.requests)
    assert abs(outcome.statuses["200"] - 2 * outcome.statuses["503"]) < 10
    assert outcome.broken == 0


async def test_each_request_has_a_key_of_its_own() -> None:
    """A join is never the repetition of another: no key is sent twice, over all connections."""
    headers = (f"Idempotency-Key: {KEY.decode()}",)
    async with serving(lambda _: OK) as server:
        load = Load.of("POST", "/join", port=server.port, body="{}", headers=headers, connections=3, seconds=1.0)
        await generate(load)

    keys = Counter(request.partition(b"Idempotency-Key: ")[2][:32] for request in server.requests)
    assert len(keys) == len(server.requests) > 10
    assert {len(key) for key in keys} == {32}
    assert {request[-2:] for request in server.requests} == {b"{}"}


async def test_connections_that_break_are_counted() -> None:
    """A server that hangs up early is at fault, and the outcome says so."""
    async with serving(lambda number: None if number == 5 else OK) as server:
        outcome = await generate(Load.of("GET", "/", port=server.port, connections=2, seconds=1.0))

    assert outcome.broken == 1


def test_requests_begin_where_they_are_told() -> None:
    """Two runs with other first keys share none."""
    load = Load(port=1, request=f"a {KEY.decode()} b", first_key=16)

    assert list(islice(requests_of(load), 2)) == [b"a " + b"0" * 30 + b"10 b", b"a " + b"0" * 30 + b"11 b"]


@pytest.mark.parametrize(
    ("buffer", "size"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Len", None),
        (OK, len(OK)),
        (OK + b"HTTP/1.1 2", len(OK)),
        (b"HTTP/1.1 200 OK\r\nX: 1\r\nCONTENT-LENGTH: 12\r\n\r\n", 57),
        (b"HTTP/1.1 304 Not Modified\r\nETag: 1\r\n\r\n", 38),
    ],
)
def test_the_size_of_an_answer_is_read_from_its_head(buffer: bytes, size: int | None) -> None:
    """An answer ends where its length says, and one without a body after its head."""
    assert answer_size(buffer) == size


def test_chunked_answers_are_refused() -> None:
    """What cannot be counted exactly is an error, not a guess."""
    with pytest.raises(ValueError, match="chunked"):
        answer_size(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")


async def test_it_runs_in_a_process_of_its_own() -> None:
    """The outcome comes back from the child whole."""
    async with serving(lambda _: OK) as server:
        load = Load.of("GET", "/", port=server.port, connections=2, seconds=1.0)
        outcome = await asyncio.to_thread(run_generator, load)

    assert set(outcome.statuses) == {"200"}
    assert 0 < outcome.busy <= 1.1
    assert outcome.quantile(0.5) <= outcome.quantile(0.99)


async def test_a_fault_in_it_is_no_slow_server() -> None:
    """When the generator itself breaks there is no outcome at all."""
    async with serving(lambda _: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") as server:
        load = Load.of("GET", "/", port=server.port, connections=1, seconds=1.0)
        with pytest.raises(GeneratorError, match="chunked"):
            await asyncio.to_thread(run_generator, load)


def test_quantiles_of_nothing_are_zero() -> None:
    """An outcome without answers has no latency to tell."""
    assert Outcome(seconds=1, busy=0).quantile(0.99) == 0
