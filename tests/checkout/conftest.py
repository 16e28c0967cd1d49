"""A checkout in this process, on a real PostgreSQL and a real store, with a small hall on sale."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpx
import psycopg
import pytest
from anyio.from_thread import start_blocking_portal
from starlette.applications import Starlette

from checkout import database as database_module
from checkout.app import create_app
from checkout.database import Database
from checkout.seeding import Tier, seed_stadium
from checkout.services import Services
from tests.checkout.fans import ADDRESS, Fan, an_admission, contract_hook
from tests.checkout.machine.world import World
from tests.checkout.sweep import Sweep
from waitroom.settings import Settings

MakeFan = Callable[..., Awaitable[Fan]]
Connection = psycopg.AsyncConnection[Any]  # Any: rows of any shape

FLOOR = Tier(category="floor", name="Floor", price=5_000, sections=("F",), rows=3, seats_per_row=8, distance=10)
BALCONY = Tier(category="balcony", name="Balcony", price=3_000, sections=("B",), rows=1, seats_per_row=3, distance=90)
HALL = (FLOOR, BALCONY)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Connection]:
    """A connection of the test's own."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def event(database: Connection, room_name: str) -> str:
    """An event in a hall of 24 floor and 3 balcony seats, at most 4 for a fan."""
    await seed_stadium(database, event="gig", room=room_name, tiers=HALL)
    return "gig"


@pytest.fixture
def patient_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the checkout wait for a lock as long as a test does, so that a gate decides who comes first, not a clock."""
    patient = database_module.SESSION_OPTIONS.replace("=1s", "=120s").replace("=10s", "=120s")
    monkeypatch.setattr(database_module, "SESSION_OPTIONS", patient)


@pytest.fixture
async def checkout_app(checkout_settings: Settings, event: str) -> AsyncIterator[Starlette]:
    """A running checkout."""
    assert event
    app = create_app(checkout_settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def services(checkout_app: Starlette) -> Services:
    """The parts of the running checkout."""
    services: Services = checkout_app.state.services
    return services


@pytest.fixture
async def client(checkout_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is no browser and keeps no cookies; every answer is held against the contract."""
    transport = httpx.ASGITransport(checkout_app, raise_app_exceptions=False)
    hooks = {"response": [contract_hook]}
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, event_hooks=hooks) as client:
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield client


@pytest.fixture
async def browser(checkout_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client that keeps cookies and follows redirects, as a browser without JavaScript does."""
    transport = httpx.ASGITransport(checkout_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, follow_redirects=True) as client:
        yield client


@pytest.fixture
async def make_fan(client: httpx.AsyncClient, checkout_settings: Settings, room_name: str) -> MakeFan:
    """Let a fan in: the room of these tests is lost, so the checkout's own unique row decides."""

    async def make() -> Fan:
        return await Fan.let_in(client, an_admission(checkout_settings, room_name))

    return make


@pytest.fixture
async def fan(make_fan: MakeFan) -> Fan:
    """A fan who is inside."""
    return await make_fan()


@pytest.fixture
def world(checkout_settings: Settings) -> Iterator[World]:
    """A running checkout in a thread of its own, for tests that are no coroutines."""
    with start_blocking_portal() as portal:
        running = portal.wrap_async_context_manager(World.running(portal, checkout_settings))
        with running as world:
            yield world


@pytest.fixture
async def sweep(database: Connection) -> AsyncIterator[Sweep]:
    """What must be so of the whole database, checked again when the test is over."""
    sweep = Sweep(database)
    yield sweep
    await sweep.check()


@pytest.fixture
async def jobs(database_url: str) -> AsyncIterator[Database]:
    """The database as a worker uses it."""
    database = Database(database_url, name="worker")
    await database.open()
    yield database
    await database.close()
