"""What a fan sees of what a vendor made."""

import httpx
import pytest

from checkout.services import Services
from tests.checkout.fans import a_key, an_admission
from tests.checkout.vendors.seller import CATEGORIES, Json, Seller
from waitroom.settings import Settings


@pytest.fixture
async def visitor(browser: httpx.AsyncClient, checkout_settings: Settings, room_name: str) -> httpx.AsyncClient:
    """A browser whose session is not open yet."""
    browser.headers["X-Test"] = an_admission(checkout_settings, room_name)
    return browser


async def enter(visitor: httpx.AsyncClient) -> httpx.Response:
    """Come in."""
    answer = await visitor.post("/enter", data={"admission_token": visitor.headers.pop("X-Test")})
    assert answer.status_code == 200, answer.text
    return answer


async def test_the_event_page_offers_what_is_on_sale(
    seller: Seller, room_name: str, visitor: httpx.AsyncClient
) -> None:
    """A later category says when; a standing area has no seats to choose; wheelchair places can be asked for."""
    later: Json = CATEGORIES[1] | {"on_sale_at": "2031-01-01T10:00:00Z"}
    await seller.an_event(room_name, categories=[later, CATEGORIES[0], CATEGORIES[2]])
    page = await enter(visitor)
    assert "on sale from Wednesday, 1 January 2031, 10:00 UTC" in page.text
    assert 'value="back" required disabled' in page.text
    assert 'value="seats" required checked' in page.text
    assert "Wheelchair places among them" in page.text
    assert "/sections/S" in page.text
    assert "/sections/pit" not in page.text
    assert "/sections/T" not in page.text
    assert (await visitor.get("/events/show/sections/pit")).status_code == 404


async def test_wheelchair_places_are_chosen_by_those_who_say_so(
    seller: Seller, room_name: str, visitor: httpx.AsyncClient
) -> None:
    """On the seat map they are marked; without the tick the page says what to do, and with it they are held."""
    await seller.an_event(room_name)
    await enter(visitor)
    plan = await visitor.get("/events/show/sections/S")
    assert plan.text.count('class="spot accessible"') == 2
    assert '4<span class="unseen">, wheelchair place</span>' in plan.text
    form = {"key": a_key(), "section": "S", "seat": ["S-B-4", "S-B-5"]}
    refused = await visitor.post("/events/show/holds", data=form)
    assert refused.status_code == 409
    assert "S-B-4, S-B-5: say below that one of you needs a wheelchair place" in refused.text
    held = await visitor.post("/events/show/holds", data=form | {"key": a_key(), "accessible": "yes"})
    assert held.url.path.startswith("/events/show/holds/hold_")


async def test_fees_and_taxes_are_shown_before_paying(
    seller: Seller, room_name: str, visitor: httpx.AsyncClient
) -> None:
    """Each line of the total, and what is included."""
    taxes = [{"name": "VAT", "basis_points": 1_900, "included": True}]
    await seller.an_event(room_name, fees=[{"name": "Service", "amount": 150}], taxes=taxes)
    await enter(visitor)
    form = {"key": a_key(), "category": "standing", "quantity": "2"}
    page = (await visitor.post("/events/show/holds", data=form)).text
    assert '<span>Service</span> <span class="price">€3.00</span>' in page
    assert "<b>€43.00</b>" in page
    assert "VAT, included" in page


async def test_a_cancelled_event_says_so(
    seller: Seller, room_name: str, visitor: httpx.AsyncClient, services: Services
) -> None:
    """Instead of forms that would be refused."""
    await seller.an_event(room_name)
    await enter(visitor)
    await seller.changed("/events/show/cancel", {"reason": "Illness"}, "POST")
    services.catalogue.forget()
    page = await visitor.get("/events/show")
    assert "The event is cancelled" in page.text
    assert "Hold these seats" not in page.text
