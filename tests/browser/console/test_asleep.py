"""Forms whose script is not there yet: nothing that is typed may be lost, and a press may not send them by itself."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.console.conftest import Console

pytestmark = pytest.mark.browser

PAGES = ["/rooms/new", "/account"]
PAGES_OF_A_ROOM = ["", "/edit", "/plan", "/codes", "/branding", "/support", "/rehearsal"]
# All that can be used, but what only scripts open (dialogs), what the server takes as it is (forms with a method), and
# the choice of what the charts show, which the script reads when it comes.
AWAKE = """() => [...document.querySelectorAll(":is(form, #acts) :is(input, select, textarea, button)")]
  .filter((control) => !control.closest("dialog, form[method], #span") && !control.matches(":disabled"))
  .map((control) => control.outerHTML)"""


@pytest.mark.parametrize("place", PAGES + PAGES_OF_A_ROOM)
def test_a_form_sleeps_until_its_script_is_there(console: Console, place: str) -> None:
    """Where no script has come, nothing can be typed or sent; where it has, everything."""
    path = place if place in PAGES else f"/rooms/{console.make_room(rehearsal=True)}{place}"
    page = console.sign_in("anna").new_page()
    page.route("**/static/*.js", lambda route: route.abort())
    page.goto(path)
    assert page.locator(".asleep").count() > 0
    assert page.evaluate(AWAKE) == []
    page.unroute("**/static/*.js")
    page.reload()
    expect(page.locator(".asleep:disabled")).to_have_count(0)


def test_an_act_waits_for_the_first_look(console: Console) -> None:
    """On the night's screen no button is for pressing while it is not known how the room stands."""
    path = f"/rooms/{console.make_room()}"
    page = console.sign_in("anna").new_page()
    page.route("**/live?*", lambda route: route.abort())
    page.goto(path)
    expect(page.locator("#silence")).to_contain_text("cannot be reached")
    expect(page.locator("#pause")).to_be_disabled()
    page.unroute("**/live?*")
    page.locator("#pause").click()
    expect(page.locator("#badge")).to_have_text("Paused")


def test_what_is_typed_while_the_script_comes_is_kept(console: Console) -> None:
    """Who is faster than a slow network waits for the form, and the form begins with what is typed then."""
    page = console.sign_in("anna").new_page()
    held: list[Route] = []
    page.route("**/static/room-form.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it is given
    with page.expect_request("**/static/room-form.js"):
        page.goto("/rooms/new", wait_until="commit")
    name = page.locator("#field-name")
    expect(name).to_be_visible()
    expect(name).to_be_disabled()
    for route in held:
        route.continue_()
    name.fill("Typed as soon as could be")
    page.locator("#field-release_at").fill("2099-01-15T19:30")
    expect(page.locator("#field-room")).to_have_value("typed-as-soon-as-could-be")
    expect(name).to_have_value("Typed as soon as could be")
