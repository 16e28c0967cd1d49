"""An organizer's evening in a real browser, from the sign-in to the report, with a crowd of ours and one real fan."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.patience import PATIENCE_SECONDS, wait_until
from tests.pictures.stage import NAME, PASSWORD, Stage, run_units
from waitroom.embedded import EmbeddedValkey

pytestmark = [pytest.mark.journey, pytest.mark.browser]

PATIENCE_MS = PATIENCE_SECONDS * 1000
ROOM = "dress"
GHOSTS = 60
CROWD = {
    "fans": str(GHOSTS),
    "over_minutes": "0",
    "no_show": "0",
    "claim_seconds": "0",
    "shop_minutes": "0",
    "seats": "500",
}


@pytest.fixture
def browser(chromium_path: str) -> Iterator[Browser]:
    """Chromium; as root it runs without its sandbox."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def stage(store: EmbeddedValkey, database_url: str, tmp_path: Path) -> Iterator[Stage]:
    """An edge, a checkout and a console, and an organizer who may sign in."""
    with run_units(tmp_path, redis_url=store.url, database_url=database_url) as stage:
        yield stage


def test_an_evening(stage: Stage, browser: Browser) -> None:
    """Sign in, make a room, rehearse with a crowd and a fan, release, say something, and read what came of it."""
    organizer, fan = _page(browser, stage.console), _page(browser, stage.edge)
    sign_in(organizer)
    make_room(organizer)
    start_crowd(organizer)
    fan.goto(f"/r/{ROOM}")
    fan.get_by_role("button", name="Join the lobby").click()
    expect(fan.locator("body[data-state=lobby]")).to_be_visible()
    expect(fan.get_by_text("This is a rehearsal.")).to_be_visible()
    stage.room_once(ROOM, lambda room: room["lobby"] == GHOSTS + 1)
    release(organizer)
    take_the_turn(fan)
    say(organizer, fan, "Thank you for walking along.")
    stage.room_once(ROOM, lambda room: room["totals"]["finished"] == GHOSTS + 1)
    read_the_report(stage, organizer)


def sign_in(page: Page) -> None:
    """Come to the console, be led to the sign-in and back."""
    page.goto("/")
    page.get_by_label("Name").first.fill(NAME)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in").first.click()
    expect(page.get_by_role("heading", name="Rooms", exact=True)).to_be_visible()


def make_room(page: Page) -> None:
    """Make a rehearsal with a lobby by the form."""
    page.get_by_role("link", name="Make the first room").click()
    page.locator("#field-name").fill("The Dress Rehearsal")
    page.locator("#field-room").fill(ROOM)
    page.locator("#field-release_at").fill("2099-01-15T19:30")
    page.locator("#field-new_users_per_minute").fill("6000")
    page.locator("summary", has_text="Rehearsal").click()
    page.get_by_label("This room is a rehearsal").check()
    page.locator("#go").click()
    page.wait_for_url(f"**/rooms/{ROOM}")


def start_crowd(page: Page) -> None:
    """Let a quick crowd of ours walk."""
    page.goto(f"/rooms/{ROOM}/rehearsal")
    for name, value in CROWD.items():
        page.locator(f"#field-{name}").fill(value)
    page.get_by_role("button", name="Let the crowd walk").click()
    expect(page.locator("#walk-status")).to_have_text("Walking")


def release(page: Page) -> None:
    """Release the line from the night's screen, which asks for the room's name."""
    page.goto(f"/rooms/{ROOM}")
    page.locator("#more summary").click()
    page.get_by_role("button", name="Release now").click()
    page.locator("#ask-word").fill(ROOM)
    page.locator("#ask-go").click()
    expect(page.locator("#badge")).to_have_text("Open")


def take_the_turn(fan: Page) -> None:
    """See the turn, take it, and be told at the shop's door that it was a rehearsal."""
    fan.wait_for_timeout(1100)
    fan.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(fan.locator("body[data-state=turn]")).to_be_visible()
    fan.get_by_role("button", name="Take my turn").click()
    expect(fan.get_by_role("heading", name="This was a rehearsal. It worked.")).to_be_visible()


def say(page: Page, fan: Page, text: str) -> None:
    """Say something to everybody, and see it on a fan's page."""
    page.get_by_role("button", name="Message", exact=True).click()
    page.locator("#field-message").fill(text)
    page.locator("#message-go").click()
    expect(page.locator("#changes")).to_contain_text(text)
    fan.goto(f"/r/{ROOM}")
    expect(fan.locator("[data-fill=message]:visible")).to_have_text(text)


def read_the_report(stage: Stage, page: Page) -> None:
    """The report knows the crowd and the fan, verifies the draw, and comes as a file."""
    page.goto(f"/rooms/{ROOM}/rehearsal")
    expect(page.locator("#walk-status")).to_have_text("All are through")
    page.goto(f"/rooms/{ROOM}/report")
    tiles = page.locator(".report-tiles")
    expect(tiles).to_contain_text(f"{GHOSTS + 1} were drawn")
    expect(tiles).to_contain_text(f"{GHOSTS + 1} finished")
    page.get_by_role("button", name="Verify it here").click()
    expect(page.locator("#verified")).to_contain_text("The draw holds")
    with page.expect_download() as loading:
        page.get_by_role("link", name="Timeline, CSV").click()
    assert loading.value.suggested_filename == f"{ROOM}-timeline.csv"
    # Joins by network come within some seconds, from the edge's memory.
    wait_until(lambda: stage.call("GET", f"/rooms/{ROOM}/report")["networks"]["joins"] == 1, look_seconds=0.5)


def _page(browser: Browser, address: str) -> Page:
    context: BrowserContext = browser.new_context(base_url=address, timezone_id="Europe/Berlin")
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()
