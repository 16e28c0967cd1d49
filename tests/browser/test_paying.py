"""Paying in a real browser: a real checkout, Stripe's script played by the test, localstripe behind it."""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from playwright.sync_api import Browser, Page, Route

from checkout.seeding import seed_stadium
from tests.checkout.conftest import HALL
from tests.checkout.fans import an_admission
from tests.checkout.payments.fault_proxy import FaultProxy
from tests.checkout.payments.stand_in import run_localstripe, with_stripe
from tests.patience import PATIENCE_SECONDS
from waitroom.embedded import Command, LeashedProcess, free_port
from waitroom.embedded.process import wait_until_ready
from waitroom.embedded.units import is_unit_ready
from waitroom.settings import PREFIX, Settings

pytestmark = [pytest.mark.browser, pytest.mark.journey]

PATIENCE_MS = PATIENCE_SECONDS * 1000
PAYS, DECLINES, ASKS = "4242424242424242", "4000000000000341", "4000002500003155"
STRIPE_JS = """
window.Stripe = (key) => ({
  elements: (options) => {
    window.asked = { key, ...options };
    return {
      create: () => ({
        on() {},
        mount(where) {
          const frame = document.createElement("iframe");
          frame.src = "https://js.stripe.com/frame.html";
          frame.title = "Card";
          frame.height = 60;
          document.querySelector(where).append(frame);
        },
      }),
      submit: async () => (window.typed ? {} : { error: { message: "Your card number is incomplete." } }),
    };
  },
  createPaymentMethod: async () => {
    const answer = await fetch("https://api.stripe.com/" + window.typed);
    return { paymentMethod: await answer.json() };
  },
  handleNextAction: async ({ clientSecret }) => {
    const answer = await fetch("https://api.stripe.com/act/" + clientSecret);
    return answer.ok ? {} : { error: { message: "We are unable to authenticate you.", ...(await answer.json()) } };
  },
});
"""
T = TypeVar("T")


class Loop:
    """An event loop of its own beside Playwright's."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[None, None, T]) -> T:
        """Run something there and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    def stop(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass
class Shop:
    """A checkout in a browser, and everybody behind it."""

    page: Page
    loop: Loop
    proxy: FaultProxy
    url: str
    settings: Settings
    room: str
    approves: bool = True
    bank_answers: bool = True
    hosts: set[str] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)

    def hold(self) -> None:
        """Enter, and hold the best two seats."""
        self.page.goto(f"{self.url}/enter")
        self.page.get_by_label("Admission token").fill(an_admission(self.settings, self.room))
        self.page.get_by_role("button", name="Enter").click()
        self.page.get_by_role("button", name="Hold these seats").click()
        self.page.get_by_role("heading", name="Your seats").wait_for()
        self.page.wait_for_load_state("load")

    def pay(self, card: str | None) -> None:
        """Type a card into Stripe's element, and press the button."""
        self.page.wait_for_load_state("load")
        self.page.evaluate("card => { window.typed = card; }", card)
        self.page.get_by_label("E-mail").fill("fan@example.org")
        self.page.get_by_role("button", name="Pay").click()

    def sees(self, text: str) -> None:
        """Wait until the page says so."""
        self.page.get_by_text(text).first.wait_for(timeout=PATIENCE_MS)

    def answer(self, route: Route) -> None:
        """Be Stripe to the browser."""
        address = route.request.url
        open_to_all = {"access-control-allow-origin": "*"}
        if address.endswith("/stripe.js"):
            route.fulfill(content_type="text/javascript", body=STRIPE_JS)
        elif "/act/" in address:
            secret = address.rpartition("/")[2]
            if self.bank_answers:
                self.loop.run(self.proxy.authenticate(secret, succeeds=self.approves))
            standing = {"payment_intent": {"status": "requires_payment_method"}} if self.bank_answers else {}
            is_good = self.bank_answers and self.approves
            route.fulfill(status=200 if is_good else 402, headers=open_to_all, json=standing)
        elif address.startswith("https://api.stripe.com/"):
            method = self.loop.run(self.proxy.card(address.rpartition("/")[2]))
            route.fulfill(json={"id": method}, headers=open_to_all)
        else:
            route.fulfill(content_type="text/html", body="<p>Card number, date, code</p>")


@pytest.fixture(scope="module")
def localstripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of localstripe."""
    with run_localstripe(tmp_path_factory.mktemp("localstripe")) as url:
        yield url


@pytest.fixture
def loop() -> Iterator[Loop]:
    """Where the proxy lives."""
    loop = Loop()
    yield loop
    loop.stop()


@pytest.fixture
def proxy(loop: Loop, localstripe: str) -> Iterator[FaultProxy]:
    """What the checkout takes for Stripe."""

    async def start() -> FaultProxy:
        proxy = FaultProxy(localstripe)
        await proxy.start()
        return proxy

    proxy = loop.run(start())
    yield proxy
    loop.run(proxy.stop())


@pytest.fixture
def takes() -> str:
    """Who takes the money, unless a test says otherwise."""
    return "stripe"


@pytest.fixture
def checkout_settings(checkout_settings: Settings, proxy: FaultProxy, takes: str) -> Settings:
    """A shop that takes payments by Stripe."""
    return with_stripe(checkout_settings, stand_in_url=proxy.url) if takes == "stripe" else checkout_settings


@pytest.fixture
def checkout_url(checkout_settings: Settings, loop: Loop, room_name: str, tmp_path: Path) -> Iterator[str]:
    """A running checkout with a hall on sale."""

    async def seed() -> None:
        address = checkout_settings.database_url.get_secret_value()
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await seed_stadium(connection, event="gig", room=room_name, tiers=HALL)

    loop.run(seed())
    port, ops_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    command = Command(
        name="checkout",
        arguments=[sys.executable, "-m", "waitroom", "checkout", "--port", str(port), "--ops-port", str(ops_port)],
        environment=environment_of(checkout_settings.model_copy(update={"checkout_url": url})),
    )
    process = LeashedProcess(command, log=tmp_path / "checkout.log")
    wait_until_ready(process, lambda: is_unit_ready(ops_port), limit_seconds=PATIENCE_SECONDS)
    yield url
    process.stop()


@pytest.fixture
def shop(
    browser: Browser, checkout_url: str, loop: Loop, proxy: FaultProxy, checkout_settings: Settings, room_name: str
) -> Iterator[Shop]:
    """A page of a browser for which the test plays Stripe; at the end nothing was blocked and nobody else was asked."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    shop = Shop(page, loop, proxy, checkout_url, checkout_settings, room_name)
    page.on("pageerror", lambda error: shop.troubles.append(str(error)))
    page.on("console", lambda message: shop.troubles.append(message.text) if is_trouble(message.text) else None)
    page.on("request", lambda request: shop.hosts.add(request.url.split("/")[2]))
    page.route("https://*.stripe.com/**", shop.answer)
    yield shop
    context.close()
    assert shop.troubles == []
    assert shop.hosts <= {checkout_url.removeprefix("http://"), "js.stripe.com", "api.stripe.com"}


def is_trouble(text: str) -> bool:
    """Whether the browser complains of more than of an answer that the test wrote."""
    return ("Refused" in text or "violates" in text or "Error" in text) and "Failed to load resource" not in text


def environment_of(settings: Settings) -> dict[str, str]:
    """What the process of a checkout needs."""
    values: dict[str, object] = {name: getattr(settings, name) for name in settings.model_fields_set}
    plain = {name: getattr(value, "get_secret_value", lambda value=value: value)() for name, value in values.items()}
    return dict(os.environ) | {f"{PREFIX}{name.upper()}": str(value) for name, value in plain.items() if value}


def test_a_card_pays_by_stripes_element(shop: Shop) -> None:
    """The element is made for this amount and by hand; what comes to us is a name, and the tickets are there."""
    shop.hold()
    asked = shop.page.evaluate("window.asked")
    assert (asked["key"], asked["amount"], asked["currency"]) == ("pk_test_localstripe", 10_000, "usd")
    assert (asked["captureMethod"], asked["paymentMethodCreation"]) == ("manual", "manual")
    assert asked["allowedPaymentMethodTypes"] == ["card"]
    shop.page.frame_locator("#payment-element iframe").get_by_text("Card number").wait_for()
    shop.pay(PAYS)
    shop.sees("You are going!")
    assert shop.proxy.calls_of("create")[0].fields[2][1].startswith("pm_")


def test_what_stripe_finds_wrong_is_told_and_another_card_pays(shop: Shop) -> None:
    """An unfinished number never leaves the page; a declined card keeps the seats."""
    shop.hold()
    shop.pay(None)
    shop.sees("Your card number is incomplete.")
    assert shop.proxy.count("create") == 0
    shop.pay(DECLINES)
    shop.sees("your seats are kept")
    shop.pay(PAYS)
    shop.sees("You are going!")


def test_the_bank_asks_and_the_page_goes_on_by_itself(shop: Shop) -> None:
    """Stripe.js shows the bank's window, and afterwards the order is there."""
    shop.hold()
    shop.pay(ASKS)
    shop.sees("You are going!")


def test_the_bank_asks_and_the_buyer_fails(shop: Shop) -> None:
    """The page goes on by itself all the same: our server says that the seats wait for another card."""
    shop.approves = False
    shop.hold()
    shop.pay(ASKS)
    shop.sees("your seats are kept")
    shop.pay(PAYS)
    shop.sees("You are going!")


def test_a_bank_that_does_not_answer_is_tried_again(shop: Shop) -> None:
    """The reason is told and the page does not run in circles; another press of the button goes on."""
    shop.bank_answers = False
    shop.hold()
    shop.pay(ASKS)
    shop.sees("We are unable to authenticate")
    shop.bank_answers = True
    shop.page.get_by_role("button", name="Go on with your bank").click()
    shop.sees("You are going!")


@pytest.mark.parametrize("takes", ["sandbox"])
def test_the_sandboxs_bank_leads_there_and_back(shop: Shop) -> None:
    """With scripts as without: a test card whose bank asks, its page, one press, the tickets; nobody else is asked."""
    shop.hold()
    shop.page.get_by_text("Test card whose bank asks the buyer").click()
    shop.page.get_by_label("E-mail").fill("fan@example.org")
    shop.page.get_by_role("button", name="Pay").click()
    shop.sees("Do you approve $100.00?")
    shop.page.get_by_role("button", name="Approve").click()
    shop.sees("You are going!")
    assert not {host for host in shop.hosts if "stripe" in host}


def test_a_page_without_stripes_script_says_so(shop: Shop) -> None:
    """Blocked or out of reach: the fan learns what is missing, and nothing is sent."""
    shop.page.route("https://js.stripe.com/**", lambda route: route.abort())
    shop.hold()
    shop.sees("The card form could not be loaded")
    assert shop.page.get_by_role("button", name="Pay").is_disabled()
