"""People of the console, with quick hashes, and browsers in which they sign in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from argon2 import Parameters, Type
from starlette.applications import Starlette

from edge.console.people.accounts import People
from edge.console.people.passwords import Passwords
from tests.edge.console.conftest import ADDRESS, CONTRACT
from waitroom.admin_keys import Role

PASSWORD = "seven green turtles"
OWN = {"Origin": ADDRESS}
QUICK = Parameters(type=Type.ID, version=19, salt_len=16, hash_len=16, time_cost=1, memory_cost=8, parallelism=1)
"""Hashes that take no time: how many may be tried is what these tests ask, not how long one takes."""
AddPerson = Callable[..., Awaitable[str]]


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test of many sign-ins end soon."""
    monkeypatch.setattr("edge.console.people.passwords.PARAMETERS", QUICK)


class Browser:
    """A browser of a person: it keeps cookies and says that its calls come from the console's own pages."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:  # Any: httpx's
        """Call from a page of the console; the answer is held against the contract."""
        headers = OWN | options.pop("headers", {})
        response = await self.client.request(method, path, headers=headers, **options)
        CONTRACT.check(response)
        return response

    async def sign_in(self, name: str, password: str = PASSWORD, **more: object) -> httpx.Response:
        """Sign in, or try to."""
        return await self.ask("POST", "/v1/admin/session", json={"name": name, "password": password} | more)

    async def sign_out(self) -> None:
        """Sign out."""
        assert (await self.ask("DELETE", "/v1/admin/session")).status_code == 204

    @property
    def proof(self) -> str | None:
        """What makes the browser known."""
        return self.client.cookies.get("waitroom-console-known")

    @property
    def token(self) -> str | None:
        """The session that the browser has."""
        return self.client.cookies.get("waitroom-console")


@pytest.fixture
async def open_browser(console: Starlette) -> AsyncIterator[Callable[..., Browser]]:
    """Opens browsers, which share no cookies; all are on one network unless they say another."""
    clients: list[httpx.AsyncClient] = []

    def open_one(*, network: str = "127.0.0.1") -> Browser:
        transport = httpx.ASGITransport(console, raise_app_exceptions=False, client=(network, 50_000))
        clients.append(httpx.AsyncClient(transport=transport, base_url=ADDRESS))
        return Browser(clients[-1])

    yield open_one
    for client in clients:
        await client.aclose()


@pytest.fixture
def browser(open_browser: Callable[[], Browser]) -> Browser:
    """One browser."""
    return open_browser()


@pytest.fixture
def add_person(console: Starlette) -> AddPerson:
    """Add somebody who can sign in."""
    people: People = console.state.people
    passwords: Passwords = console.state.passwords

    async def add(name: str, role: Role = Role.OPERATOR, **options: bool) -> str:
        await people.add(name, role, who="test", **options)
        await people.set_password(name, await passwords.make_hash(PASSWORD), who="test")
        return name

    return add
