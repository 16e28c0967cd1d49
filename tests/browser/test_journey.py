"""One fan's way in a real browser, through a real edge on a real store."""

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from checkout.seeding import Tier, seed_stadium
from tests.browser.sales import Sale, run_edge, sale_environment
from tests.browser.stage import PATIENCE_MS
from tests.patience import PATIENCE_SECONDS
from tests.product import Product, run_product

pytestmark = pytest.mark.browser

OTHERS = 40
LOBBY = ("--lobby-at", "now", "--release-at", "+1h")
"""Open until the test releases it: a slow machine has as long as it needs to join."""
CHECKOUT = "http://127.0.0.1:9"
"""Nobody listens here: these fans do not get so far."""


@pytest.fixture(scope="module")
def edge(valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """An edge, with a database of the store of its own."""
    store = valkey_url.removesuffix("/0") + "/2"
    with run_edge(store, tmp_path_factory.mktemp("edge"), checkout=CHECKOUT) as edge:
        yield edge


@pytest.fixture
def sale(edge: Product, room_name: str) -> Iterator[Sale]:
    """A room, gone afterwards."""
    sale = Sale(edge=edge.edges[0].url, checkout=CHECKOUT, room=room_name, environment=edge.environment)
    yield sale
    sale.end()


@pytest.fixture
def whole_sale(valkey_url: str, database_url: str, tmp_path: Path) -> Iterator[Sale]:
    """An edge and a checkout with a small hall to sell; its room is `demo`."""
    _seed(database_url)
    redis_url = valkey_url.removesuffix("/0") + "/3"
    environment = sale_environment(redis_url=redis_url, database_url=database_url, state_dir=str(tmp_path / "state"))
    with run_product(tmp_path, environment) as product:
        sale = Sale(
            edge=product.edges[0].url,
            checkout=product.checkouts[0].url,
            room="demo",
            environment=product.environment,
        )
        yield sale
        sale.end()


def _seed(database_url: str) -> None:
    hall = Tier(category="floor", name="Floor", price=6_500, sections=("1",), rows=5, seats_per_row=10, distance=10)

    async def seed() -> None:
        async with await psycopg.AsyncConnection.connect(database_url) as connection:
            await seed_stadium(connection, event="demo", room="demo", tiers=(hall,))

    # Playwright's own loop may run in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, seed()).result()


def new_context(browser: Browser, **options: bool) -> BrowserContext:
    """A browser of one fan, which has time."""
    context = browser.new_context(**options)  # type: ignore[arg-type] # mypy takes them for any option
    context.set_default_timeout(PATIENCE_MS)
    return context


def look_again(page: Page) -> None:
    """Let the page look at once, as it does when its tab is shown again; it looks at most once a second."""
    page.wait_for_timeout(1100)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def troubles_of(page: Page) -> list[str]:
    """What the console complains of."""
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    return troubles


def test_the_browser_draws_as_the_edge_does(browser: Browser, sale: Sale) -> None:
    """Whoever was drawn sees the place that the draw proof gives, found without asking the edge."""
    sale.begin(*LOBBY, "--rate", "1", "--ceiling", "1", others=OTHERS)
    page = new_context(browser).new_page()
    troubles, asked = troubles_of(page), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(sale.page)
    page.get_by_role("button", name="Join the lobby").click()
    page.locator("section[data-state=lobby]").wait_for()
    sale.release()
    look_again(page)
    in_line = page.locator("section[data-state=waiting]:visible, section[data-state=next]:visible")
    turn = page.locator("section[data-state=turn]:visible")
    expect(in_line.or_(turn)).to_be_visible()
    fan = json.loads(page.evaluate("Object.values(localStorage)[0]"))
    proof = httpx.get(f"{sale.api}/draw/{fan['fan_id']}", timeout=PATIENCE_SECONDS).json()
    assert proof["score"] == fan["score"]
    if in_line.is_visible():
        ahead = int(in_line.locator("[data-fill=ahead]").inner_text())
        assert proof["rank"] - 3 <= ahead <= proof["rank"]
        assert not any(url.endswith("/place") for url in asked)
    assert troubles == []
    page.context.close()


def test_the_line_is_kept_over_a_closed_tab(browser: Browser, sale: Sale) -> None:
    """A fan who closes the tab and comes back finds the same place, and no second fan was made."""
    sale.begin("--rate", "1", "--ceiling", "1", others=12)
    context = new_context(browser)
    page = context.new_page()
    page.goto(sale.page)
    page.get_by_role("button", name="Join the line").click()
    in_line = page.get_by_role("heading", name=re.compile("You are in line|You are nearly there"))
    expect(in_line).to_be_visible()
    page.close()
    page = context.new_page()
    page.goto(sale.page)
    in_line = page.get_by_role("heading", name=re.compile("You are in line|You are nearly there"))
    expect(in_line).to_be_visible()
    # Also without what the script remembers: the cookie knows.
    page.evaluate("localStorage.clear()")
    page.reload()
    page.get_by_role("button", name="Join the line").click()
    expect(in_line).to_be_visible()
    snapshot = httpx.get(sale.api, timeout=PATIENCE_SECONDS).json()
    assert snapshot["waiting"] + snapshot["admitted"] + snapshot["active"] == 13
    context.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_lobby_to_the_ticket(browser: Browser, whole_sale: Sale, *, javascript: bool) -> None:
    """A fan joins the lobby, is drawn, takes the turn, buys two seats and sees two tickets."""
    sale = whole_sale
    sale.begin(*LOBBY, "--rate", "600", "--ceiling", "100", others=OTHERS)
    context = new_context(browser, java_script_enabled=javascript)
    page = context.new_page()
    troubles = troubles_of(page)
    page.goto(sale.page)
    page.get_by_role("button", name="Join the lobby").click()
    page.locator("section[data-state=lobby]").wait_for()
    sale.release()
    if javascript:
        look_again(page)
    else:
        page.reload()
    expect(page.get_by_role("heading", name="It is your turn")).to_be_visible()
    page.get_by_role("button", name="Take my turn").click()
    if not javascript:
        page.get_by_role("button", name="Go to the tickets").click()
    page.get_by_role("button", name="Hold these seats").click()
    page.get_by_label("E-mail for the tickets").fill("fan@example.org")
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    expect(page.locator("img")).to_have_count(2)
    assert troubles == []
    page.goto(sale.page if javascript else f"{sale.page}/place")
    expect(page.get_by_role("heading", name=re.compile("You are inside|All done|You are going in"))).to_be_visible()
    context.close()
