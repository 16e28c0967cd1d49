"""A place goes from one browser to another, through a real edge on a real store."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.sales import Sale, run_edge
from tests.browser.test_journey import CHECKOUT, new_context, troubles_of
from tests.product import Product

pytestmark = pytest.mark.browser

STOPPED = ("--rate", "0")
"""Nobody gets a turn: the place stays as it is."""


@pytest.fixture(scope="module")
def edge(valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """An edge, with a database of the store of its own."""
    store = valkey_url.removesuffix("/0") + "/4"
    with run_edge(store, tmp_path_factory.mktemp("edge"), checkout=CHECKOUT) as edge:
        yield edge


@pytest.fixture
def sale(edge: Product, room_name: str) -> Iterator[Sale]:
    """A room with two fans in its line, gone afterwards."""
    sale = Sale(edge=edge.edges[0].url, checkout=CHECKOUT, room=room_name, environment=edge.environment)
    sale.begin(*STOPPED, others=2)
    yield sale
    sale.end()


def shows(page: Page, *states: str) -> None:
    """Wait until the page shows one of these states."""
    page.locator(", ".join(f"section[data-state={state}]:visible" for state in states)).wait_for()


def show_code(page: Page) -> str:
    """Press for a code, and read it."""
    page.get_by_text("Go on with another device", exact=True).click()
    page.get_by_role("button", name="Show a code").click()
    code = page.locator("[data-fill=move_code]:visible")
    expect(code).not_to_be_empty()
    return code.inner_text()


def type_code(page: Page, code: str) -> None:
    """Open the field for a code, type it and press."""
    page.get_by_text("I have a code from another device", exact=True).click()
    page.get_by_label("Code", exact=True).fill(code.lower())
    page.get_by_role("button", name="Take the place over").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_a_place_moves(browser: Browser, sale: Sale, javascript: bool) -> None:
    """The new browser shows the place of the old one, which is told so; whoever joins there again stands behind."""
    old, new = (new_context(browser, java_script_enabled=javascript).new_page() for _ in range(2))
    troubles = [troubles_of(page) for page in (old, new)]
    for page in (old, new):
        page.goto(sale.page)
    old.get_by_role("button", name="Join the line").click()
    shows(old, "waiting", "next")
    code = show_code(old)
    type_code(new, code)
    shows(new, "waiting", "next")
    expect(new.locator("[data-fill=ahead]:visible")).to_have_text("2")
    old.goto(f"{sale.page}/place" if not javascript else sale.page)
    shows(old, "moved")
    old.get_by_role("button", name="Join again at the end of the line").click()
    shows(old, "waiting", "next")
    expect(old.locator("[data-fill=ahead]:visible")).to_have_text("3")
    refused = [trouble for each in troubles for trouble in each if "403" not in trouble]
    assert refused == []


def test_a_wrong_code(browser: Browser, sale: Sale) -> None:
    """A code that opens nothing leaves the fan where the fan is, and the page says why."""
    page = new_context(browser).new_page()
    page.goto(sale.page)
    type_code(page, "7GQ4-K2MX")
    expect(page.locator("[data-notice=move-code-refused]")).to_be_visible()
    shows(page, "join-line")
