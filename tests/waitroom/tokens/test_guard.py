"""The guard before an app."""

from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from tests.factories import START_MS, a_ring, a_token
from waitroom.clock import FrozenClock
from waitroom.tokens import AdmissionTokenSigner, Guard, TokenError, bearer_credential, bearer_token

SIGNER = AdmissionTokenSigner(a_ring(), clock=FrozenClock(START_MS))
TOKEN = SIGNER.sign(a_token(fan_id="a-fan"))


async def home(request: Request) -> Response:
    """Tell whom the guard let in."""
    admission = getattr(request.state, "admission", None)
    return PlainTextResponse(admission.fan_id if admission else "nobody")


async def talk(socket: WebSocket) -> None:
    """Tell whom the guard let in."""
    await socket.accept()
    await socket.send_text(socket.state.admission.fan_id)
    await socket.close()


def refuse(_connection: HTTPConnection, refusal: TokenError) -> Response:
    """Say why."""
    return PlainTextResponse(refusal.reason, status_code=403)


@pytest.fixture
def guard() -> Guard:
    """A guarded app; what lies under /open is for everybody."""
    return Guard(
        Starlette(routes=[Route("/", home), Route("/open", home), WebSocketRoute("/talk", talk)]),
        authenticate=bearer_token(SIGNER, room="a-room"),
        refuse=refuse,
        is_guarded=lambda scope: not scope["path"].startswith("/open"),
    )


@pytest.fixture
def client(guard: Guard) -> httpx.AsyncClient:
    """A client of the guarded app."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://shop.test")


async def connect(app: Guard, headers: dict[str, str]) -> list[Message]:
    """Open a WebSocket and return all that the app sent."""
    sent: list[Message] = []
    incoming: Iterator[Message] = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}])

    async def receive() -> Message:
        return next(incoming)

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await app({"type": "websocket", "path": "/talk", "headers": raw, "query_string": b""}, receive, send)
    return sent


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


async def test_lets_in(client: httpx.AsyncClient) -> None:
    """Who has a token is let in, and the app knows who it is; the scheme's case does not matter."""
    for headers in (bearer(TOKEN), {"Authorization": f"bEARER  {TOKEN} "}):
        assert (await client.get("/", headers=headers)).text == "a-fan"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "missing"),
        ({"Authorization": "Bearer "}, "missing"),
        ({"Authorization": f"Basic {TOKEN}"}, "missing"),
        (bearer("nonsense"), "forged"),
        (bearer(SIGNER.sign(a_token(room="other"))), "foreign"),
        (bearer(SIGNER.sign(a_token(not_before_ms=START_MS + 60_000))), "early"),
        (bearer(SIGNER.sign(a_token(expires_ms=START_MS - 60_000))), "expired"),
    ],
    ids=["none", "empty", "other scheme", "forged", "foreign", "early", "expired"],
)
async def test_refuses(client: httpx.AsyncClient, headers: dict[str, str], reason: str) -> None:
    """Each refusal has its own reason, and the app is not reached."""
    answer = await client.get("/", headers=headers)
    assert (answer.status_code, answer.text) == (403, reason)


async def test_an_unguarded_path(client: httpx.AsyncClient) -> None:
    """What is not guarded is not looked at, whatever comes with it."""
    for headers in ({}, bearer("nonsense"), bearer(TOKEN)):
        assert (await client.get("/open", headers=headers)).text == "nobody"


async def test_websocket(guard: Guard) -> None:
    """A WebSocket is let in like a request."""
    sent = await connect(guard, bearer(TOKEN))
    assert [message["text"] for message in sent if message["type"] == "websocket.send"] == ["a-fan"]


async def test_websocket_refused(guard: Guard) -> None:
    """A refused WebSocket is closed before it opens, with the reason."""
    assert await connect(guard, {}) == [{"type": "websocket.close", "code": 1008, "reason": "missing"}]


async def test_lifespan_passes() -> None:
    """What is neither request nor WebSocket passes untouched."""
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def receive() -> Message:
        return {}

    async def send(_message: Message) -> None:
        return None

    guard = Guard(app, authenticate=bearer_token(SIGNER, room="a-room"), refuse=refuse)
    await guard({"type": "lifespan"}, receive, send)
    assert seen == ["lifespan"]


async def test_another_failure_is_not_a_refusal() -> None:
    """Only a refusal becomes an answer: what breaks in between is an error."""

    async def broken(_connection: HTTPConnection) -> None:
        raise RuntimeError("the store broke")

    guard = Guard(Starlette(), authenticate=broken, refuse=refuse)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://shop.test") as client:
        with pytest.raises(RuntimeError, match="store broke"):
            await client.get("/")


def test_bearer_credential() -> None:
    """Only the bearer scheme carries a credential."""

    def connection(value: bytes) -> HTTPConnection:
        return HTTPConnection({"type": "http", "headers": [(b"authorization", value)]})

    assert bearer_credential(connection(b"Bearer abc")) == "abc"
    assert bearer_credential(connection(b"Basic abc")) is None
    assert bearer_credential(HTTPConnection({"type": "http", "headers": []})) is None
