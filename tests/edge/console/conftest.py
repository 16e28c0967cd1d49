"""A console in this process, on a real store, and callers with keys."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from edge.console.app import create_app
from tests.openapi import Contract
from waitroom.queue import Queue
from waitroom.settings import Settings

CONTRACT = Contract("edge/console/openapi.yaml")
ROOMS = "/v1/admin/rooms"
ADDRESS = "http://console.test"
SECRETS = {role: f"{role}-" + "s" * 40 for role in ("viewer", "operator", "admin")}
NAMES = {"viewer": "vic", "operator": "olga", "admin": "anna"}
Json = dict[str, Any]  # Any: JSON values
Ask = Callable[..., Awaitable[httpx.Response]]
MakeRoom = Callable[..., Awaitable[Json]]


@pytest.fixture
def console_settings(settings: Settings, database_url: str) -> Settings:
    """A database of its own on the store, so that the console lists no other tests' rooms; a key a role."""
    keys = ",".join(f"{NAMES[role]}:{role}:{secret}" for role, secret in SECRETS.items())
    changes = {
        "redis_url": settings.redis_url.removesuffix("/0") + "/2",
        "admin_keys": SecretStr(keys),
        "database_url": SecretStr(database_url),
        "console_url": ADDRESS,
    }
    return settings.model_copy(update=changes)


@pytest.fixture
async def console(console_settings: Settings) -> AsyncIterator[Starlette]:
    """A running console."""
    app = create_app(console_settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def console_queue(console_settings: Settings) -> AsyncIterator[Queue]:
    """The queue that the console works on."""
    queue = Queue.connect(console_settings.redis_url)
    yield queue
    await queue.close()


@pytest.fixture
async def client(console: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    transport = httpx.ASGITransport(console, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield client


@pytest.fixture
def ask(client: httpx.AsyncClient) -> Ask:
    """Call as the holder of a key, by default that of the admin; the answer is held against the contract."""

    async def ask(
        method: str, path: str, *, role: str | None = "admin", **options: Any
    ) -> httpx.Response:  # Any: httpx's
        headers = dict(options.pop("headers", {}))
        if role is not None:
            headers["Authorization"] = f"Bearer {SECRETS[role]}"
        response = await client.request(method, path, headers=headers, **options)
        CONTRACT.check(response)
        return response

    return ask


@pytest.fixture
async def make_room(ask: Ask, room_name: str, console_queue: Queue) -> AsyncIterator[MakeRoom]:
    """Make this test's room by the API, and return its document."""

    async def make(**settings: object) -> Json:
        response = await ask("POST", ROOMS, json={"room": room_name} | settings)
        assert response.status_code == 201, response.text
        document: Json = response.json()
        return document

    yield make
    await console_queue.delete(room_name)
