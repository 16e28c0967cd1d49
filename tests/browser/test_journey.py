"""One fan's way in a real browser, through a real edge on a real store."""

import json
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.processes import Units, plan_units, running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

OTHERS = 40
SOON_MS = 30_000


@pytest.fixture(scope="module")
def units(valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Units]:
    """An edge, with a database of the store of its own."""
    folder = tmp_path_factory.mktemp("units")
    units = plan_units(redis_url=valkey_url.removesuffix("/0") + "/2", folder=folder)
    with running(units, "edge", port=units.edge_port):
        yield units


@dataclass(frozen=True)
class Sale:
    """A room of one test."""

    units: Units
    room: str

    @property
    def page(self) -> str:
        """The waiting page's address."""
        return f"{self.units.edge}/r/{self.room}"

    @property
    def api(self) -> str:
        """The snapshot's address."""
        return f"{self.units.edge}/v1/rooms/{self.room}"

    def begin(self, *options: str, others: int) -> None:
        """Make the room, wait until the edge shows it, and let others join."""
        self.units.command("rooms", "create", self.room, "--name", "The Long Night", *options)
        with httpx.Client() as client:
            while client.get(self.api).status_code != 200:
                time.sleep(0.05)
            for _ in range(others):
                client.cookies.clear()
                key = {"Idempotency-Key": secrets.token_hex(16)}
                assert client.post(f"{self.api}/join", json={}, headers=key).status_code == 201


@pytest.fixture
def sale(units: Units, room_name: str) -> Iterator[Sale]:
    """A room, gone afterwards."""
    yield Sale(units, room_name)
    units.command("rooms", "delete", room_name, "--yes")


def stand_in_for_the_checkout(page: Page, units: Units) -> list[str]:
    """Note what is posted to the checkout, which is another journey's."""
    entered: list[str] = []

    def answer(route: Route) -> None:
        entered.append(route.request.post_data or "")
        route.fulfill(status=200, content_type="text/html", body="<h1>Tickets</h1>")

    page.route(f"{units.checkout}/**", answer)
    return entered


def troubles_of(page: Page) -> list[str]:
    """What the console complains of."""
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    return troubles


def test_from_the_lobby_to_the_door(browser: Browser, sale: Sale) -> None:
    """Join the lobby, be drawn, wait, take the turn, arrive with the token: the place is the one drawn."""
    sale.begin("--lobby-at", "now", "--release-at", "+6s", "--rate", "600", "--ceiling", "100", others=OTHERS)
    page = browser.new_page()
    entered, troubles = stand_in_for_the_checkout(page, sale.units), troubles_of(page)
    page.goto(sale.page)
    page.get_by_role("button", name="Join the lobby").click()
    expect(page.get_by_role("heading", name="You are in")).to_be_visible()
    expect(page.locator("section:visible [data-fill=draw_in]")).to_have_text(re.compile(r"0:0\d"))
    expect(page.get_by_role("heading", name="It is your turn")).to_be_visible(timeout=SOON_MS)
    (fan,) = page.evaluate("Object.values(localStorage).map(JSON.parse)")
    page.get_by_role("button", name="Take my turn").click()
    expect(page.get_by_role("heading", name="Tickets")).to_be_visible(timeout=SOON_MS)
    assert entered[0].startswith("admission_token=")
    assert troubles == []
    proof = httpx.get(f"{sale.api}/draw/{fan['fan_id']}").json()
    assert proof["score"] == fan["score"]
    page.context.close()


def test_the_browser_draws_as_the_edge_does(browser: Browser, sale: Sale) -> None:
    """Whoever was drawn sees the place that the draw proof gives, found without asking the edge."""
    sale.begin("--lobby-at", "now", "--release-at", "+4s", "--rate", "1", "--ceiling", "1", others=OTHERS)
    page = browser.new_page()
    troubles, asked = troubles_of(page), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(sale.page)
    page.get_by_role("button", name="Join the lobby").click()
    in_line = page.locator("section[data-state=waiting]:visible, section[data-state=next]:visible")
    turn = page.locator("section[data-state=turn]:visible")
    expect(in_line.or_(turn)).to_be_visible(timeout=SOON_MS)
    fan = json.loads(page.evaluate("Object.values(localStorage)[0]"))
    proof = httpx.get(f"{sale.api}/draw/{fan['fan_id']}").json()
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
    context = browser.new_context()
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
    snapshot = httpx.get(sale.api).json()
    assert snapshot["waiting"] + snapshot["admitted"] + snapshot["active"] == 13
    context.close()


def test_from_the_lobby_to_the_door_without_javascript(browser: Browser, sale: Sale) -> None:
    """The same way with JavaScript off: the pages refresh themselves, forms do the rest."""
    sale.begin("--lobby-at", "now", "--release-at", "+5s", "--rate", "600", "--ceiling", "100", others=10)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    entered, troubles = stand_in_for_the_checkout(page, sale.units), troubles_of(page)
    page.goto(sale.page)
    page.get_by_role("button", name="Join the lobby").click()
    expect(page.get_by_role("heading", name="You are in")).to_be_visible()
    expect(page.get_by_role("heading", name="It is your turn")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("button", name="Take my turn").click()
    page.get_by_role("button", name="Go to the tickets").click(timeout=SOON_MS)
    expect(page.get_by_role("heading", name="Tickets")).to_be_visible()
    assert entered[0].startswith("admission_token=")
    assert troubles == []
    context.close()
