"""A console as a process on real stores, and people in front of it in Chromium."""

import os
import secrets
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.forms.stage import SECRETS, Desk
from tests.browser.sales import KEYS, SIGNING_KEYS
from tests.conftest import fresh_database
from tests.product import Product

Sit = Callable[..., Page]


@pytest.fixture(scope="session")
def console_url(
    valkey_url: str, postgres_url: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A running console with a key for each role."""
    with fresh_database(postgres_url, migrated_template) as database_url:
        yield from console_on(database_url, valkey_url, tmp_path_factory)


def console_on(database_url: str, valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a console that runs on these stores, as long as it is wanted."""
    folder = tmp_path_factory.mktemp("console")
    keys = ",".join(f"{name}:{role}:{SECRETS[role]}" for name, role in (("vic", "viewer"), ("olga", "operator")))
    environment = dict(os.environ) | {
        "WAITROOM_REDIS_URL": valkey_url.removesuffix("/0") + "/3",
        "WAITROOM_DATABASE_URL": database_url,
        "WAITROOM_KEYS": KEYS,
        "WAITROOM_SIGNING_KEYS": SIGNING_KEYS,
        "WAITROOM_ADMIN_KEYS": f"{keys},anna:admin:{SECRETS['admin']},otto:admin:{SECRETS['other']}",
        "WAITROOM_STATE_DIR": str(folder / "state"),
        "WAITROOM_PUBLIC_URL": "https://queue.example.org",
    }
    product = Product(folder=folder, environment=environment)
    try:
        yield product.start_console().url
    finally:
        product.stop()


@pytest.fixture
def desk(console_url: str) -> Iterator[Desk]:
    """The console's API, for what a test begins and ends with."""
    with Desk.at(console_url, room=f"room-{secrets.token_hex(5)}") as desk:
        yield desk


@pytest.fixture
def sit(browser: Browser, desk: Desk) -> Iterator[Sit]:
    """Sit down before a page; afterwards nothing may have been blocked by the policy or have failed in a script."""
    troubles: list[str] = []

    def sit_down(path: str, *, role: str = "admin", zone: str = "America/New_York", **options: object) -> Page:
        headers = {"Authorization": f"Bearer {SECRETS[role]}"}
        context = browser.new_context(extra_http_headers=headers, timezone_id=zone, **options)  # type: ignore[arg-type] # Playwright's own
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda told: troubles.append(told.text) if "Content Security" in told.text else None)
        page.goto(desk.url + path)
        return page

    yield sit_down
    for context in browser.contexts:
        context.close()
    assert troubles == []
