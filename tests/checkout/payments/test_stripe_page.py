"""The page where one pays by Stripe, as it is sent; what it does in a browser is in tests/browser."""

import re

import httpx
import pytest

from tests.checkout.payments.stand_in import PUBLISHABLE_KEY, with_stripe
from tests.checkout.test_pages import hold_two
from waitroom.settings import Settings

STRIPE = "https://js.stripe.com"


@pytest.fixture
def checkout_settings(checkout_settings: Settings) -> Settings:
    """A shop that takes payments by Stripe, which is not there."""
    return with_stripe(checkout_settings, stand_in_url="http://127.0.0.1:1")


@pytest.fixture
async def hold_page(browser: httpx.AsyncClient, checkout_settings: Settings, room_name: str) -> httpx.Response:
    """The page of two seats that are kept."""
    return await hold_two(browser, checkout_settings, room_name)


def policy(page: httpx.Response) -> dict[str, str]:
    """The page's Content-Security-Policy, by directive."""
    parts = [part.split(" ", 1) for part in page.headers["content-security-policy"].split("; ")]
    return {part[0]: part[1] for part in parts}


async def test_the_page_where_one_pays_lets_stripe_in_and_nobody_else(hold_page: httpx.Response) -> None:
    """Its script, its frames, its API: nothing inline, no other third party."""
    found = policy(hold_page)
    assert found["script-src"] == "'self' https://js.stripe.com https://*.js.stripe.com"
    assert found["connect-src"] == "https://api.stripe.com"
    assert found["frame-src"] == "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com"
    strict = {"default-src": "'none'", "style-src": "'self'", "form-action": "'self'", "frame-ancestors": "'none'"}
    assert strict.items() <= found.items()
    scripts = re.findall(r'<script src="([^"]+)"', hold_page.text)
    assert scripts == ["/static/checkout.js", f"{STRIPE}/endive/stripe.js", "/static/pay.js"]


async def test_every_other_page_stays_strict(browser: httpx.AsyncClient, hold_page: httpx.Response) -> None:
    """Nothing of Stripe's is let in where nobody pays."""
    assert hold_page.status_code == 200
    pages = ["/enter", "/events/gig", "/events/gig/sections/F", "/problems/not-found", "/orders/none", "/static/pay.js"]
    for path in pages:
        page = await browser.get(path)
        assert "stripe" not in page.headers["content-security-policy"], path
        assert STRIPE not in page.text.replace("what blocks js.stripe.com", ""), path
    released = await browser.post(f"{hold_page.url.path}/release")
    over = await browser.get(hold_page.url.path)
    assert (released.status_code, STRIPE in over.text) == (200, False)
    assert "stripe" not in over.headers["content-security-policy"]
    assert over.headers["cross-origin-opener-policy"] == "same-origin"


async def test_the_form_has_stripes_place_and_no_field_for_a_card(hold_page: httpx.Response) -> None:
    """What Stripe.js needs to know, an empty place for its element, and one hidden field for what it answers."""
    assert f'data-stripe-key="{PUBLISHABLE_KEY}" data-amount="10000" data-currency="usd"' in hold_page.text
    assert '<div id="payment-element"></div>' in hold_page.text
    assert 'type="radio"' not in hold_page.text
    form = hold_page.text[hold_page.text.index("data-stripe-key") :]
    names = re.findall(r'<input[^>]* name="(\w+)"', form[: form.index("</form>")])
    assert names == ["key", "email", "payment_method"]


async def test_without_javascript_the_page_says_what_is_missing(hold_page: httpx.Response) -> None:
    """Plainly, and the button does not pretend."""
    assert "Paying by card needs JavaScript" in hold_page.text
    assert "data-stripe-button disabled" in hold_page.text
    assert "sk_test" not in hold_page.text
