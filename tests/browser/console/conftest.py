"""A real console on a Valkey and a database of its own, and organizers before it, each in a browser of their own."""

import asyncio
import os
import secrets
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from edge.console.database import ConsoleDatabase
from edge.console.people.desk import Desk
from tests.conftest import fresh_database
from tests.factories import some_fans
from tests.patience import PATIENCE_SECONDS
from tests.product import Product
from waitroom.admin_keys import Role
from waitroom.embedded import EmbeddedValkey
from waitroom.queue import HealthReport, Queue
from waitroom.settings import Settings

PASSWORD = "seven green turtles"
PEOPLE = {"vic": Role.VIEWER, "olga": Role.OPERATOR, "otto": Role.OPERATOR, "anna": Role.ADMIN}
KEYS = "browser:" + "k" * 48
SECRET = "b" * 40
T = TypeVar("T")
Json = dict[str, Any]  # Any: JSON values


def run(work: Coroutine[Any, Any, T]) -> T:  # Any: what asyncio asks of coroutines
    """Run it on a loop of its own: Playwright's may run in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@dataclass(kw_only=True)
class Console:
    """The running console, and what stands behind it."""

    url: str
    redis_url: str
    browser: Browser
    troubles: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Call the API as a machine that is an admin."""
        address = f"{self.url}/v1/admin{path}"
        headers = {"Authorization": f"Bearer {SECRET}"}
        response = httpx.request(method, address, headers=headers, json=body, timeout=PATIENCE_SECONDS, trust_env=False)
        assert response.is_success, response.text
        document: Json = response.json() if response.content else {}
        return document

    def make_room(self, *, fans: int = 0, **settings: object) -> str:
        """Make a room with fans in it, and a checkout that reports; return its name."""
        room = f"room-{secrets.token_hex(4)}"
        self.call("POST", "/rooms", {"room": room, "name": "The Long Night"} | settings)
        run(self._fill(room, fans))
        return room

    async def _fill(self, room: str, fans: int) -> None:
        queue = Queue.connect(self.redis_url)
        if fans:
            await queue.join(room, [(fan, 0) for fan in some_fans(fans)])
        report = HealthReport(reporter="c", latency_ms=80, requests=9, in_use=2, pool=20, seats_left=500)
        await queue.health(room, report=report)
        await queue.close()

    def sign_in(self, name: str, **options: Any) -> BrowserContext:  # Any: Playwright's own
        """A browser in which this person is signed in; without a name nobody is."""
        context = self.browser.new_context(base_url=self.url, **options)
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        if name:
            body = {"name": name, "password": PASSWORD}
            answer = context.request.post("/v1/admin/session", data=body, headers={"Origin": self.url})
            assert answer.status == 201, answer.text()
        return context

    def open(self, name: str, path: str, **options: Any) -> Page:  # Any: Playwright's own
        """A page as this person sees it; what it complains of is noted."""
        page = self.sign_in(name, **options).new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.goto(path)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        # A refused call is the browser's own note of it, which the page tells in words.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.troubles.append(message.text)


@pytest.fixture(scope="session")
def console_unit(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, migrated_template: str
) -> Iterator[tuple[str, str]]:
    """A console's process, its people in its database: the console's address and its store's."""
    folder: Path = tmp_path_factory.mktemp("console")
    with (
        EmbeddedValkey(folder / "valkey") as valkey,
        fresh_database(postgres_url, migrated_template) as database_url,
    ):
        run(_add_people(database_url))
        environment = dict(os.environ) | {
            "WAITROOM_REDIS_URL": valkey.url,
            "WAITROOM_DATABASE_URL": database_url,
            "WAITROOM_KEYS": KEYS,
            "WAITROOM_ADMIN_KEYS": f"machine:admin:{SECRET}",
        }
        product = Product(folder=folder, environment=environment)
        try:
            yield product.start_console().url, valkey.url
        finally:
            product.stop()


async def _add_people(database_url: str) -> None:
    database = ConsoleDatabase(database_url)
    await database.open()
    desk = Desk.on(database, Settings.model_validate({"keys": KEYS}))
    hashed = await desk.passwords.make_hash(PASSWORD)
    for name, role in PEOPLE.items():
        await desk.people.add(name, role, who="test")
        await desk.people.set_password(name, hashed, who="test")
    await database.close()


@pytest.fixture
def console(console_unit: tuple[str, str], browser: Browser) -> Iterator[Console]:
    """The console; afterwards no page may have complained, and every browser is closed."""
    url, redis_url = console_unit
    console = Console(url=url, redis_url=redis_url, browser=browser)
    yield console
    for context in browser.contexts:
        context.close()
    assert console.troubles == []
