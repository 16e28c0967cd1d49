"""People before the console in Chromium: from the invitation to the second factor; every page for everybody."""

import re
import secrets

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import overflow, small_targets, violations
from tests.browser.console.conftest import PASSWORD, Console

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 640}


def sign_in_at(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill the sign-in in and send it."""
    form = page.locator("#door")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Password").fill(password)
    form.get_by_role("button", name="Sign in").click()


def set_second_factor_up(page: Page) -> str:
    """Set a second factor up on the account's page; returns its secret."""
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_alt_text("A QR picture")).to_be_visible()
    secret = (page.locator("#second-secret").text_content() or "").replace(" ", "")
    page.get_by_label("Type the code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator("#second-list li")).to_have_count(8)
    return secret


def test_from_the_invitation_to_the_second_factor(console: Console) -> None:
    """An admin adds somebody; the link sets a password; a second factor is set up, and asked for from then on."""
    name = f"ines-{secrets.token_hex(3)}"
    admin = console.open("anna", "/people")
    admin.get_by_role("button", name="Add somebody").click()
    admin.get_by_role("textbox", name="Name").fill(name)
    admin.get_by_role("checkbox", name="Must have a second factor").check()
    admin.get_by_role("button", name="Add, and make a link").click()
    link = admin.get_by_label("Link", exact=True)
    expect(link).to_have_value(re.compile(r"/welcome#[\w-]{43}$"))
    token = link.input_value().partition("#")[2]

    page = console.open("", f"/welcome#{token}")
    assert token not in page.url
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("status").first).to_contain_text("Your password is set")
    sign_in_at(page, name, "wrong wrong wrong")
    expect(page.get_by_role("alert")).to_contain_text("do not fit")
    sign_in_at(page, name)
    page.wait_for_url("**/account")
    secret = set_second_factor_up(page)
    codes = page.locator("#second-list li").all_text_contents()
    page.get_by_role("button", name="I have kept them").click()
    page.wait_for_url(f"{console.url}/")

    page.goto("/account")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in?next=/account")
    expect(page.locator("#door").get_by_label("Code")).to_be_hidden()
    sign_in_at(page, name)
    expect(page.locator("#door").get_by_label("Code")).to_be_focused()
    # The app's code of this moment was used to set it up.
    page.locator("#door").get_by_label("Code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not fit")
    page.locator("#door").get_by_label("Code").fill(codes[0].lower())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account")
    expect(page.locator("#second-left")).to_contain_text("7 recovery codes")
    admin.goto(f"/audit?who=person:{name}")
    expect(admin.locator(".audit tbody tr")).to_have_count(6)


def test_an_admin_changes_and_removes(console: Console) -> None:
    """Role and door are changed in a dialog; removing asks for the name; refusals are told in words."""
    name = f"otto-{secrets.token_hex(3)}"
    console.call("POST", "/people", {"name": name, "role": "viewer"})
    page = console.open("anna", "/people")
    page.get_by_role("button", name=f"Change {name}").click()
    page.get_by_role("radio", name="Operator").check()
    page.get_by_label("May sign in").uncheck()
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("row", name=name)
    expect(row).to_contain_text("operator")
    expect(row).to_contain_text("May not sign in")
    page.get_by_role("button", name=f"Change {name}").click()
    page.get_by_role("button", name="Remove").click()
    sure = page.locator("#ask-go")
    expect(sure).to_be_disabled()
    page.locator("#ask-word").fill(name)
    sure.click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Change anna").click()
    page.get_by_role("radio", name="Viewer").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#person-wrong")).to_contain_text("another person an admin first")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_clean(console: Console, scheme: str) -> None:
    """Sign-in, first password, account, people and audit are clean for axe-core, with their dialogs."""
    page = console.open("", "/sign-in", color_scheme=scheme)
    assert violations(page) == []
    page.goto("/welcome")
    assert violations(page) == []
    page = console.open("anna", "/people", color_scheme=scheme)
    page.get_by_role("button", name="Add somebody").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Change vic").click()
    assert violations(page) == []
    page.get_by_role("button", name="New password link").click()
    expect(page.locator("#link")).to_be_visible()
    assert violations(page) == []
    page.goto("/audit")
    assert violations(page) == []
    page.goto("/account")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_alt_text("A QR picture")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/people", "/account", "/audit", "/sign-in", "/welcome"])
def test_a_narrow_window(console: Console, path: str) -> None:
    """At 320 pixels nothing is cut off, and every control can be hit."""
    page = console.open("" if path in {"/sign-in", "/welcome"} else "anna", path, viewport=NARROW)
    page.wait_for_load_state("networkidle")
    assert (overflow(page), small_targets(page)) == (0, [])


def test_without_javascript(console: Console) -> None:
    """Who has no script signs in, sees the audit, and signs out."""
    context = console.browser.new_context(base_url=console.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/audit")
    sign_in_at(page, "anna")
    expect(page.get_by_role("heading", name="Audit")).to_be_visible()
    page.goto("/account")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
