"""An edge in this process, on a real store."""

from collections.abc import AsyncIterator, Awaitable, Callable
from http.cookiejar import DefaultCookiePolicy

import httpx
import pytest
from redis.asyncio import Redis
from starlette.applications import Starlette

from edge.app import create_app
from tests.patience import until
from waitroom.queue import Queue, create_room
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings

MakeRoom = Callable[..., Awaitable[str]]
ADDRESS = "http://edge.test"


@pytest.fixture
def edge_settings(settings: Settings) -> Settings:
    """A database of its own on the store, so that the edge does not advance other tests' rooms."""
    return settings.model_copy(update={"redis_url": settings.redis_url.removesuffix("/0") + "/1"})


@pytest.fixture
async def edge_queue(edge_settings: Settings) -> AsyncIterator[Queue]:
    """The queue that the edge works on."""
    queue = Queue.connect(edge_settings.redis_url)
    yield queue
    await queue.close()


@pytest.fixture
async def store(edge_settings: Settings) -> AsyncIterator[Redis]:
    """The keys of the edge's store."""
    client = Redis.from_url(edge_settings.redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def edge_app(edge_settings: Settings) -> AsyncIterator[Starlette]:
    """A running edge."""
    app = create_app(edge_settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(edge_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is no browser and keeps no cookies."""
    transport = httpx.ASGITransport(edge_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield client


@pytest.fixture
async def make_room(
    edge_app: Starlette, edge_queue: Queue, edge_settings: Settings, room_name: str
) -> AsyncIterator[MakeRoom]:
    """Make this test's room, and return its name once the edge shows it."""

    async def make(**settings: object) -> str:
        chosen = RoomSettings.model_validate(settings)
        await create_room(edge_queue, edge_settings.key_source(), room_name, chosen, who="test")
        await until(lambda: room_name in _rooms_shown(edge_app))
        return room_name

    yield make
    await edge_queue.delete(room_name)


def _rooms_shown(app: Starlette) -> set[str]:
    return {board.snapshot.room for board in app.state.boards.all()}
