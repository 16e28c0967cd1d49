"""The pages, by plain HTML and forms alone."""

import re

import httpx
import pytest
from starlette.applications import Starlette

from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import ADDRESS, DECLINED, PAYS, an_admission
from tests.checkout.sweep import expire
from waitroom.settings import Settings

pytestmark = pytest.mark.usefixtures("sweep")


async def enter(browser: httpx.AsyncClient, admission: str) -> httpx.Response:
    """Post the admission as the waiting room's page does, from its own origin."""
    headers = {"Origin": "http://edge.test", "Sec-Fetch-Site": "same-site"}
    return await browser.post("/enter", data={"admission_token": admission}, headers=headers)


def action_of(page: httpx.Response, ending: str) -> str:
    """The address of the page's form that ends so."""
    actions: list[str] = re.findall(r'action="([^"]+)"', page.text)
    return next(action for action in actions if action.endswith(ending))


async def send(
    browser: httpx.AsyncClient, page: httpx.Response, ending: str, **fields: str | list[str]
) -> httpx.Response:
    """Send a form of the page, its hidden key and all."""
    keys = re.findall(r'name="key" value="([^"]+)"', page.text)
    return await browser.post(action_of(page, ending), data={"key": keys[0], **fields} if keys else fields)


async def hold_two(browser: httpx.AsyncClient, settings: Settings, room_name: str) -> httpx.Response:
    """Enter and hold two seats of the floor; returns their page."""
    event_page = await enter(browser, an_admission(settings, room_name))
    return await send(browser, event_page, "/holds", category="floor", quantity="2")


@pytest.fixture
async def event_page(browser: httpx.AsyncClient, checkout_settings: Settings, room_name: str) -> httpx.Response:
    """The page that a fan comes to."""
    return await enter(browser, an_admission(checkout_settings, room_name))


@pytest.fixture
async def hold_page(browser: httpx.AsyncClient, event_page: httpx.Response) -> httpx.Response:
    """The page of two seats that are kept."""
    return await send(browser, event_page, "/holds", category="floor", quantity="2")


async def test_the_whole_way_without_javascript(browser: httpx.AsyncClient, hold_page: httpx.Response) -> None:
    """Enter, choose, pay and see the ticket by forms that lead to clean addresses."""
    assert "F-A-4" in hold_page.text
    assert "$100.00" in hold_page.text
    order_page = await send(browser, hold_page, "/order", email="fan@example.org", payment_method=PAYS)
    assert order_page.url.path.startswith("/orders/order_")
    assert "You are going!" in order_page.text
    pictures = re.findall(r'<img src="([^"]+)"', order_page.text)
    assert len(pictures) == 2
    assert (await browser.get(pictures[0].replace("&amp;", "&"))).headers["content-type"] == "image/svg+xml"


async def test_a_browsers_language_is_that_of_its_mail(
    browser: httpx.AsyncClient, hold_page: httpx.Response, database: Connection
) -> None:
    """What a buyer's browser asks for is kept with the order, for the notices about it."""
    browser.headers["Accept-Language"] = "de-AT,de;q=0.9,en;q=0.8"
    await send(browser, hold_page, "/order", email="fan@example.org", payment_method=PAYS)
    rows = await (await database.execute("SELECT locale FROM orders")).fetchall()
    assert rows == [("de-AT",)]


async def test_looking_at_the_entrance_spends_nothing(
    browser: httpx.AsyncClient, checkout_settings: Settings, room_name: str, database: Connection
) -> None:
    """Link previews and prefetching cost no turn."""
    admission = an_admission(checkout_settings, room_name)
    assert (await browser.get("/enter", params={"admission_token": admission})).status_code == 200
    assert await (await database.execute("SELECT count(*) FROM sessions")).fetchone() == (0,)


async def test_a_token_never_stays_in_the_address(event_page: httpx.Response) -> None:
    """The fan arrives at a clean address."""
    assert str(event_page.url) == f"{ADDRESS}/events/gig"


async def test_sending_the_form_twice_is_one_visit(
    browser: httpx.AsyncClient, checkout_settings: Settings, room_name: str
) -> None:
    """The same browser gets the same session again, whatever became of the first reply."""
    admission = an_admission(checkout_settings, room_name)
    for _ in range(3):
        assert (await enter(browser, admission)).url.path == "/events/gig"


async def test_another_browser_with_the_token_is_told_that_it_is_used(
    browser: httpx.AsyncClient, checkout_app: Starlette, checkout_settings: Settings, room_name: str
) -> None:
    """A stolen token is worth nothing once its fan is in."""
    admission = an_admission(checkout_settings, room_name)
    await enter(browser, admission)
    transport = httpx.ASGITransport(checkout_app)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, follow_redirects=True) as thief:
        page = await enter(thief, admission)
    assert page.status_code == 403
    assert "in use already" in page.text
    assert f"{checkout_settings.public_url}/r/{room_name}" in page.text


async def test_a_browser_without_cookies_enters_once(
    checkout_app: Starlette, checkout_settings: Settings, room_name: str, database: Connection
) -> None:
    """The name that a browser will not keep is asked for once, not for ever."""
    admission = an_admission(checkout_settings, room_name)
    transport = httpx.ASGITransport(checkout_app)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as bare:
        first = await enter(bare, admission)
        assert first.status_code == 307
        bare.cookies.clear()
        second = await bare.post(first.headers["location"], data={"admission_token": admission})
    assert (second.status_code, second.headers["location"]) == (303, "/events/gig")
    assert await (await database.execute("SELECT count(*) FROM sessions")).fetchone() == (1,)


async def test_seats_are_chosen_by_name_in_a_section(browser: httpx.AsyncClient, event_page: httpx.Response) -> None:
    """A section's list has each seat by row and number; taken ones cannot be ticked."""
    assert 'href="/events/gig/sections/F"' in event_page.text
    section = await browser.get("/events/gig/sections/F")
    held = await send(browser, section, "/holds", section="F", seat=["F-C-1", "F-C-2"])
    assert "F-C-1" in held.text
    again = await browser.get("/events/gig/sections/F")
    assert re.search(r'value="F-C-1" disabled', again.text)


async def test_a_refused_choice_is_told_where_it_was_made(
    browser: httpx.AsyncClient, event_page: httpx.Response, make_fan: MakeFan
) -> None:
    """The page says what is so and lets the fan choose again at once."""
    section = await browser.get("/events/gig/sections/B")
    await (await make_fan()).hold_seats("B-A-1")
    refused = await send(browser, section, "/holds", section="B", seat=["B-A-1"])
    assert refused.status_code == 409
    assert "in somebody&#39;s cart" in refused.text
    limited = await send(browser, event_page, "/holds", category="floor", quantity="5")
    assert limited.status_code == 409
    assert "One fan may have 4 seats" in limited.text


async def test_a_decline_keeps_what_was_typed(browser: httpx.AsyncClient, hold_page: httpx.Response) -> None:
    """Trying another card needs no second typing."""
    declined = await send(browser, hold_page, "/order", email="fan@example.org", payment_method=DECLINED)
    assert declined.status_code == 402
    assert "The payment was declined" in declined.text
    assert 'value="fan@example.org"' in declined.text
    paid = await send(browser, declined, "/order", email="fan@example.org", payment_method=PAYS)
    assert "You are going!" in paid.text


async def test_a_wrong_mail_address_is_told(browser: httpx.AsyncClient, hold_page: httpx.Response) -> None:
    """The field is named in words, and nothing is ordered."""
    page = await send(browser, hold_page, "/order", email="nobody", payment_method=PAYS)
    assert page.status_code == 422
    assert "E-mail: please check this." in page.text


async def test_seats_are_kept_longer_and_given_back(browser: httpx.AsyncClient, hold_page: httpx.Response) -> None:
    """Both are buttons on the page."""
    kept = await send(browser, hold_page, "/refresh")
    assert (kept.status_code, kept.url.path) == (200, hold_page.url.path)
    assert (await send(browser, kept, "/release")).url.path == "/events/gig"
    assert "The time for these seats is over" in (await browser.get(hold_page.url)).text


async def test_an_expired_hold_leads_back_to_the_seats(
    browser: httpx.AsyncClient, hold_page: httpx.Response, database: Connection
) -> None:
    """Paying too late costs nothing and says where to go on."""
    await expire(database, hold_page.url.path.rpartition("/")[2])
    late = await send(browser, hold_page, "/order", email="fan@example.org", payment_method=PAYS)
    assert late.status_code == 410
    assert "Choose seats again; nothing was charged." in late.text


async def test_leaving_leads_to_the_waiting_room(
    checkout_app: Starlette, checkout_settings: Settings, room_name: str
) -> None:
    """Who is done is shown out, and the session is over."""
    transport = httpx.ASGITransport(checkout_app)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, follow_redirects=True) as browser:
        page = await enter(browser, an_admission(checkout_settings, room_name))
        left = await browser.post(action_of(page, "/leave"), follow_redirects=False)
        assert left.headers["location"] == f"{checkout_settings.public_url}/r/{room_name}"
        assert (await browser.get("/events/gig")).status_code == 403


async def test_who_is_not_inside_is_shown_the_way(
    browser: httpx.AsyncClient, checkout_settings: Settings, room_name: str
) -> None:
    """Every page of a visit leads to the waiting room first."""
    page = await browser.get("/")
    assert page.status_code == 403
    assert f'href="{checkout_settings.public_url}/r/{room_name}"' in page.text


async def test_a_browser_at_the_orders_address_sees_its_page(browser: httpx.AsyncClient, make_fan: MakeFan) -> None:
    """The one address of an order serves programs and people, without a session."""
    order = (await (await make_fan()).bought()).json()
    path = order["order_url"].removeprefix(order["order_url"].partition("/v1/")[0])
    page = await browser.get(path, headers={"Accept": "text/html"})
    assert page.url.path == f"/orders/{order['order_id']}"
    assert "You are going!" in page.text


async def test_pages_are_private_and_strict(event_page: httpx.Response) -> None:
    """No cache keeps a page, nothing of others is loaded, nothing inline runs."""
    policy = event_page.headers["content-security-policy"]
    assert event_page.headers["cache-control"] == "private, no-store"
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\sstyle=|<script>|<style|\son\w+=", event_page.text)
    assert not re.search(r'(?:src|href)="https?:(?!//127\.0\.0\.1)', event_page.text)


async def test_cookies_are_locked_down(browser: httpx.AsyncClient, event_page: httpx.Response) -> None:
    """Scripts and other sites do not get at a session."""
    first = event_page.history[-1]
    (session,) = [c for c in first.headers.get_list("set-cookie") if c.startswith("waitroom-checkout-gig=")]
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Secure" not in session
    assert browser.cookies.get("waitroom-browser")


@pytest.mark.parametrize("path", ["/problems/sold-out", "/problems/checkout-unavailable", "/enter"])
async def test_problem_types_and_the_entrance_are_pages(browser: httpx.AsyncClient, path: str) -> None:
    """A problem's type is an address that explains it."""
    page = await browser.get(path)
    assert page.status_code == 200
    assert "<h1>" in page.text


@pytest.mark.parametrize("path", ["/problems/nonsense", "/nowhere", "/orders/order_0"])
async def test_what_is_not_there_is_a_page_too(browser: httpx.AsyncClient, path: str) -> None:
    """People get a page, not a document."""
    page = await browser.get(path)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize("quantity", ["²", "9" * 5_000, "-1", "", "1e3"])
async def test_a_quantity_that_is_no_number_is_told_on_the_page(
    browser: httpx.AsyncClient, event_page: httpx.Response, quantity: str
) -> None:
    """Whatever is sent in the place of a number, the page says that a field is wrong."""
    page = await send(browser, event_page, "/holds", category="floor", quantity=quantity)
    assert (page.status_code, "A field is wrong" in page.text) == (422, True)


async def test_a_form_whose_key_cannot_be_kept_is_refused(
    browser: httpx.AsyncClient, event_page: httpx.Response
) -> None:
    """A key of bytes that are no text counts as none."""
    fields = {"category": "floor", "quantity": "1", "key": "\0" * 20}
    assert (await browser.post(action_of(event_page, "/holds"), data=fields)).status_code == 400
