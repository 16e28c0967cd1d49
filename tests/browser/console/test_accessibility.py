"""The console for everybody: axe-core on each page and dialog, and what axe does not see."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import overflow, small_targets, violations
from tests.browser.console.conftest import Console

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 640}
Do = Callable[[Page], None]


@pytest.fixture
def room(console: Console) -> str:
    """A room with everything on its screen: fans, a message, trouble."""
    return console.make_room(fans=30, new_users_per_minute=60, total_active_users=0, message="Soon")


def _menu(page: Page) -> None:
    page.locator("#more summary").click()


def _message(page: Page) -> None:
    page.get_by_role("button", name="Message").click()


def _close(page: Page) -> None:
    _menu(page)
    page.get_by_role("button", name="Close the room").click()


def _edit(page: Page) -> None:
    page.get_by_label("New fans a minute", exact=True).fill("900")
    expect(page.locator('[data-foretold="bound"] [data-then]')).to_have_text("nobody gets in")


def _table(page: Page) -> None:
    page.get_by_text("As a table: Waiting").click()


def _signed_out(page: Page) -> None:
    page.context.clear_cookies()
    expect(page.locator("#sign-in")).to_be_visible()


STATES: dict[str, Do] = {
    "menu": _menu, "message": _message, "close": _close, "edit": _edit, "table": _table, "signed out": _signed_out,
}  # fmt: skip


def open_night(console: Console, room: str, name: str = "anna", **options: object) -> Page:
    """The night's page with its first figures."""
    page = console.open(name, f"/rooms/{room}", **options)
    expect(page.locator("#in-force")).to_contain_text("60 a minute")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages(console: Console, room: str, scheme: str) -> None:
    """Each page is clean for axe-core in light and dark."""
    page = open_night(console, room, color_scheme=scheme)
    assert violations(page) == []
    page.goto("/")
    expect(page.locator(f'[data-room="{room}"]')).to_be_visible()
    assert violations(page) == []
    page.goto("/rooms/nowhere")
    assert violations(page) == []


@pytest.mark.parametrize("state", STATES)
def test_dialogs_and_menus(console: Console, room: str, state: str) -> None:
    """So is whatever opens on the night's page."""
    page = open_night(console, room)
    STATES[state](page)
    assert violations(page) == []


def test_a_viewer_s_page(console: Console, room: str) -> None:
    """So is the page of who may only look."""
    assert violations(open_night(console, room, "vic")) == []


def test_a_narrow_window(console: Console, room: str) -> None:
    """At 320 pixels nothing is cut off or needs a sidewards scroll, and every control can be hit."""
    page = open_night(console, room, viewport=NARROW)
    _menu(page)
    assert (overflow(page), small_targets(page)) == (0, [])
    page.keyboard.press("Escape")
    _message(page)
    assert (overflow(page), small_targets(page)) == (0, [])
    page.goto("/")
    expect(page.locator(f'[data-room="{room}"]')).to_be_visible()
    assert (overflow(page), small_targets(page)) == (0, [])


def test_the_keyboard_reaches_everything_and_sees_where_it_is(console: Console, room: str) -> None:
    """Every control gets the focus by Tab, in order, and shows it."""
    page = open_night(console, room)
    seen: list[str] = []
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        name = page.evaluate("document.activeElement.id || document.activeElement.getAttribute('aria-label') || ''")
        outline = page.evaluate(
            "getComputedStyle(document.activeElement.closest('label') ?? document.activeElement).outlineStyle"
        )
        assert outline != "none", name
        seen.append(name)
    wanted = ["pause", "say", "rate", "rate-slider", "ceiling", "ceiling-slider", "Waiting: read the chart"]
    assert [name for name in seen if name in wanted] == wanted


def test_status_messages_keep_their_cadence(console: Console) -> None:
    """Screen readers hear the newest of many messages, and not more than one in ten seconds."""
    page = console.sign_in("olga").new_page()
    page.clock.install()
    page.goto("/")
    said = page.evaluate(
        """async () => {
          const { announce } = await import("/static/notes.js");
          window.said = [];
          new MutationObserver(() => said.push(document.getElementById("status").textContent))
            .observe(document.getElementById("status"), {childList: true});
          for (const text of ["one", "two", "three"]) announce(text);
          return said;
        }"""
    )
    assert said == []
    page.clock.run_for(1000)
    page.evaluate("import('/static/notes.js').then(({ announce }) => announce('four'))")
    page.clock.run_for(8000)
    assert page.evaluate("said") == ["three"]
    page.clock.run_for(2000)
    assert page.evaluate("said") == ["three", "four"]


def test_reduced_motion(console: Console, room: str) -> None:
    """Who wants no motion gets none."""
    page = open_night(console, room, reduced_motion="reduce")
    moving = page.evaluate("document.getAnimations().length")
    assert moving == 0
