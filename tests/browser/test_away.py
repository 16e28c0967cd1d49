"""A fan without a place presses while the store is away: told what is true, and in line once it is back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.sales import Sale, run_edge
from tests.browser.test_journey import CHECKOUT, new_context
from tests.browser.test_moving import STOPPED, shows, type_code
from waitroom.embedded import EmbeddedValkey

pytestmark = pytest.mark.browser


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A store that may be killed, and comes back with what it had."""
    with EmbeddedValkey(tmp_path / "valkey", append_only=True) as valkey:
        yield valkey


@pytest.fixture
def sale(valkey: EmbeddedValkey, room_name: str, tmp_path: Path) -> Iterator[Sale]:
    """A room on that store."""
    with run_edge(valkey.url, tmp_path, checkout=CHECKOUT) as edge:
        sale = Sale(edge=edge.edges[0].url, checkout=CHECKOUT, room=room_name, environment=edge.environment)
        sale.begin(*STOPPED, others=2)
        yield sale


def press_join(page: Page) -> None:
    """Press the button."""
    page.get_by_role("button", name="Join the line").click()


def promises_no_place(page: Page) -> None:
    """Nothing on the page says that a place is kept."""
    expect(page.locator(".notice:visible")).to_have_count(1)
    expect(page.locator(".notice:visible")).not_to_contain_text("kept")


def test_without_script(browser: Browser, sale: Sale, valkey: EmbeddedValkey) -> None:
    """Join and take-over lead back to their forms, which say to try again; the next press joins."""
    page = new_context(browser, java_script_enabled=False).new_page()
    page.goto(sale.page)
    valkey.kill()
    type_code(page, "7GQ4-K2MX")
    promises_no_place(page)
    expect(page.get_by_role("button", name="Take the place over")).to_be_visible()
    press_join(page)
    expect(page.locator("[data-notice=unreached]")).to_contain_text("Try again; nothing was lost.")
    promises_no_place(page)
    valkey.restart()
    for _ in range(20):
        press_join(page)
        # Connections of before may be found dead one by one.
        if page.locator("section[data-state=join-line]").count() == 0:
            break
    shows(page, "waiting", "next")


def test_with_script(browser: Browser, sale: Sale, valkey: EmbeddedValkey) -> None:
    """The page goes on trying for the fan, says so, and joins when the store is back."""
    page = new_context(browser).new_page()
    page.goto(sale.page)
    valkey.kill()
    press_join(page)
    expect(page.locator("[data-notice=busy]")).to_be_visible()
    promises_no_place(page)
    valkey.restart()
    shows(page, "waiting", "next")
