"""A patient client: the same request with the same key, at another address when one is gone."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from loadtests.calls import TRIES, Calls, open_client
from loadtests.errors import Refused, Unreachable
from waitroom.embedded import free_port


def reply(status: str, body: str = "{}", *, media: str = "application/json", more: str = "") -> bytes:
    """A whole HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return (head + body).encode()


OK = reply("200 OK", '{"ok":true}')
COOKIE = reply("200 OK", more="Set-Cookie: pass=secret; Path=/\r\n")
BUSY = reply("503 Busy", more="Retry-After: 0\r\n")
REFUSED = reply("409 Conflict", '{"type":"/problems/sold-out","reason":"sold"}', media="application/problem+json")
DROPPED = b""
Answers = Callable[[int], bytes]


@asynccontextmanager
async def server(answer: Answers, seen: list[str]) -> AsyncIterator[str]:
    """A server that notes each request and answers the n-th with `answer(n)`; nothing means a dropped reply."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(answer(len(seen)))
        writer.close()
        await writer.wait_closed()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def calls(*addresses: str) -> AsyncIterator[Calls]:
    """A client's calls to these addresses; the dice choose the first."""
    async with open_client() as client:
        yield Calls(client, addresses, dice=random.Random(0))


def keys_of(requests: list[str]) -> list[str]:
    """The Idempotency-Keys that were sent."""
    lines = [line for request in requests for line in request.splitlines()]
    return [line.partition(": ")[2] for line in lines if line.lower().startswith("idempotency-key")]


async def test_a_dropped_reply_is_asked_for_again_with_the_same_key() -> None:
    """A client that lost a reply repeats the request, key and all."""
    seen: list[str] = []
    async with server(lambda n: DROPPED if n < 3 else OK, seen) as url, calls(url) as client:
        answer = await client.post("/join", {}, key="key-1")
    assert answer.members == {"ok": True}
    assert keys_of(seen) == ["key-1"] * 3


async def test_another_address_takes_over() -> None:
    """When one edge is gone, the next address is asked."""
    seen: list[str] = []
    gone = f"http://127.0.0.1:{free_port()}"
    async with server(lambda _: OK, seen) as url:
        for addresses in ((gone, url), (url, gone)):
            async with calls(*addresses) as client:
                await client.get("/")
                await client.get("/")
    assert len(seen) == 4


async def test_a_busy_answer_is_waited_out() -> None:
    """503 and 429 pass: the client comes back."""
    seen: list[str] = []
    async with server(lambda n: BUSY if n == 1 else OK, seen) as url, calls(url) as client:
        assert (await client.get("/")).status == 200
    assert len(seen) == 2


async def test_a_refusal_is_raised_at_once_with_all_it_says() -> None:
    """A problem answer is not repeated; it carries its name and members."""
    seen: list[str] = []
    async with server(lambda _: REFUSED, seen) as url, calls(url) as client:
        with pytest.raises(Refused) as refused:
            await client.post("/holds", {}, key="key-1")
    assert (refused.value.status, refused.value.problem, refused.value.reason) == (409, "sold-out", "sold")
    assert len(seen) == 1


async def test_nobody_answering_is_an_error_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patience of a client is bounded."""
    monkeypatch.setattr("loadtests.calls.FIRST_PAUSE_SECONDS", 0.0001)
    seen: list[str] = []
    async with server(lambda _: DROPPED, seen) as url, calls(url) as client:
        with pytest.raises(Unreachable):
            await client.get("/")
    assert len(seen) == TRIES


async def test_fans_who_share_a_client_share_no_cookie() -> None:
    """A cookie that one fan gets is not sent by another."""
    seen: list[str] = []
    async with server(lambda _: COOKIE, seen) as url, calls(url) as client:
        await client.get("/")
        await client.get("/")
    assert not any("cookie" in request.lower() for request in seen)
