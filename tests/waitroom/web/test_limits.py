"""BodyLimit: what it lets through, what it refuses, and that the app never sees half a body."""

import json
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from waitroom.web.limits import BodyLimit


class Echo:
    """An app that remembers the body that it was given."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Read one message as a whole body, and answer."""
        message = await receive()
        assert not message["more_body"]
        self.bodies.append(message["body"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def send_to(app: BodyLimit, messages: list[Message], *, method: str = "POST") -> list[Message]:
    """Play the messages of a client; after the last one the client says nothing more."""
    sent: list[Message] = []
    coming = iter(messages)

    async def receive() -> Message:
        for message in coming:
            return message
        raise TimeoutError

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-length", b"3")] if messages else []
    await app({"type": "http", "method": method, "headers": headers, "path": "/"}, receive, send)
    return sent


def part(body: bytes, *, more: bool) -> Message:
    """One piece of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


def problem(sent: list[Message]) -> tuple[int, Any]:  # Any: JSON values
    """The status and the type of a refusal."""
    return sent[0]["status"], json.loads(sent[1]["body"])["type"]


async def test_a_body_in_pieces_arrives_whole() -> None:
    """The app gets one message, however many the client sent."""
    echo = Echo()
    await send_to(BodyLimit(echo), [part(b"ab", more=True), part(b"c", more=False)])
    assert echo.bodies == [b"abc"]


@pytest.mark.parametrize("pieces", [[b"123456"], [b"123", b"456"]])
async def test_too_many_bytes_are_refused(pieces: list[bytes]) -> None:
    """413 as soon as the limit is passed, and the app is not asked."""
    echo = Echo()
    messages = [part(piece, more=at + 1 < len(pieces)) for at, piece in enumerate(pieces)]
    sent = await send_to(BodyLimit(echo, max_bytes=5), messages)
    assert problem(sent) == (413, "/problems/body-too-large")
    assert echo.bodies == []


async def test_a_body_that_does_not_come_is_refused() -> None:
    """408 when the rest does not come in time."""
    echo = Echo()
    sent = await send_to(BodyLimit(echo), [part(b"1", more=True)])
    assert problem(sent) == (408, "/problems/body-too-slow")
    assert echo.bodies == []


async def test_half_a_body_of_a_client_that_went_away_is_dropped() -> None:
    """The app never acts on what was cut off."""
    echo = Echo()
    sent = await send_to(BodyLimit(echo), [part(b"{}", more=True), {"type": "http.disconnect"}])
    assert sent == []
    assert echo.bodies == []
