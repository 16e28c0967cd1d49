"""Paying on the pages, by plain HTML and forms alone: the bank that asks for one more step, and the way back."""

import re

import httpx
import pytest

from checkout.payments.sandbox import SandboxMethod
from tests.checkout.conftest import Connection
from tests.checkout.fans import PAYS
from tests.checkout.test_pages import hold_two, send
from waitroom.settings import Settings

pytestmark = pytest.mark.usefixtures("sweep")


@pytest.fixture
async def hold_page(browser: httpx.AsyncClient, checkout_settings: Settings, room_name: str) -> httpx.Response:
    """The page of two seats that are kept."""
    return await hold_two(browser, checkout_settings, room_name)


@pytest.fixture
async def bank_page(browser: httpx.AsyncClient, hold_page: httpx.Response) -> httpx.Response:
    """The page of the bank, which the shop leads to."""
    return await pay(browser, hold_page, SandboxMethod.NEEDS_ACTION)


async def pay(browser: httpx.AsyncClient, page: httpx.Response, method: str) -> httpx.Response:
    """Send the form that pays."""
    return await send(browser, page, "/order", email="fan@example.org", payment_method=method)


async def say(browser: httpx.AsyncClient, bank_page: httpx.Response, decision: str) -> httpx.Response:
    """Press a button of the bank."""
    return await browser.post(bank_page.url.path, data={"decision": decision})


async def test_the_bank_approves_and_leads_back_to_the_tickets(
    browser: httpx.AsyncClient, bank_page: httpx.Response
) -> None:
    """The form leads to the bank by itself, the bank's button back, and the order is paid."""
    assert bank_page.url.path.startswith("/sandbox/auth_")
    assert "Do you approve $100.00?" in bank_page.text
    order_page = await say(browser, bank_page, "approve")
    assert order_page.url.path.startswith("/orders/order_")
    assert "You are going!" in order_page.text


async def test_the_bank_refuses_and_the_seats_wait_for_another_card(
    browser: httpx.AsyncClient, bank_page: httpx.Response
) -> None:
    """Refused is declined: the fan is told, and pays in another way."""
    page = await say(browser, bank_page, "refuse")
    assert page.status_code == 402
    assert "your seats are kept" in page.text
    paid = await pay(browser, page, PAYS)
    assert "You are going!" in paid.text


async def test_who_strays_from_the_bank_finds_the_way_there(
    browser: httpx.AsyncClient, hold_page: httpx.Response, bank_page: httpx.Response
) -> None:
    """The hold's page says what is to be done, does not ask for another card, and is patient with the hasty."""
    page = await browser.get(hold_page.url)
    assert f'href="{bank_page.url.path}"' in page.text
    assert "payment_method" not in page.text
    hasty = await send(browser, page, "/confirm")
    assert hasty.url.path == bank_page.url.path
    await browser.post(bank_page.url.path, data={"decision": "approve"}, follow_redirects=False)
    paid = await send(browser, page, "/confirm")
    assert "You are going!" in paid.text
    again = await browser.get(f"{hold_page.url.path}/confirm")
    assert again.url == paid.url


async def test_what_is_decided_stays_so(browser: httpx.AsyncClient, bank_page: httpx.Response) -> None:
    """A second press, and the other button, change nothing; the bank's page leads back to the shop."""
    await say(browser, bank_page, "approve")
    page = await say(browser, bank_page, "refuse")
    assert "You are going!" in page.text
    decided = await browser.get(bank_page.url)
    assert "This has been decided" in decided.text
    (back,) = re.findall(r'href="(/events/[^"]+)"', decided.text)
    assert (await browser.get(back)).url.path.startswith("/orders/")


async def test_looking_at_the_bank_decides_nothing(
    browser: httpx.AsyncClient, bank_page: httpx.Response, database: Connection
) -> None:
    """A reload, a prefetch, a wrong form: the bank still asks."""
    await browser.get(bank_page.url)
    wrong = await browser.post(bank_page.url.path, data={"decision": "perhaps"})
    assert wrong.status_code == 400
    found = await database.execute("SELECT status FROM sandbox.authorisations")
    assert await found.fetchall() == [("needs_action",)]
    assert (await browser.get("/sandbox/auth_nothing")).status_code == 404


async def test_seats_can_be_given_back_while_the_bank_asks(
    browser: httpx.AsyncClient, hold_page: httpx.Response, bank_page: httpx.Response
) -> None:
    """Who changes their mind frees the seats, and a late approval says that the time is over."""
    await send(browser, await browser.get(hold_page.url), "/release")
    page = await say(browser, bank_page, "approve")
    assert "You are going!" not in page.text
    assert (await browser.get(hold_page.url)).text.count("The time for these seats is over") == 1


async def test_an_unknown_outcome_offers_no_second_payment(
    browser: httpx.AsyncClient, hold_page: httpx.Response
) -> None:
    """While the bank is silent the hold's page leads to the order and says not to pay again."""
    await pay(browser, hold_page, SandboxMethod.SILENT)
    page = await browser.get(hold_page.url)
    assert "Do not pay again" in page.text
    assert "payment_method" not in page.text
