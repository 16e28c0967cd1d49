"""WCAG 2.2 AA in every state of the waiting page: by axe-core, and what axe-core does not see."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from edge.assets import Assets
from edge.rendering import OwnPage, Renderer
from edge.states import STATES
from tests.browser.accessibility import overflow, small_targets, violations
from tests.browser.conftest import StageSetter
from tests.browser.stage import ORIGIN, Stage, a_place, a_snapshot
from tests.browser.standings import ADMITTED, STANDINGS
from waitroom.branding import Colours, style_of
from waitroom.web.languages import choose_language

pytestmark = pytest.mark.browser

STYLE = Path(__file__).parents[2] / "edge" / "static" / "waiting.css"
LEAST_HEIGHT_OF_BUTTONS = 44
LINKS = [{"label": "Terms", "url": "https://hall.example/terms"}, {"label": "Help", "url": "https://hall.example/"}]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
FULLEST = ("scheduled", "lobby", "waiting", "turn", "moved")
FOCUS = """() => {
  const style = getComputedStyle(document.activeElement);
  return [document.activeElement.tagName, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
}"""


def come_to(stage: StageSetter, state: str, *, width: int = 360, **changes: str) -> Stage:
    """Reach a state and open whatever can be opened in it."""
    standing = STANDINGS[state]
    shown = stage(width=width, snapshot=standing.snapshot | changes, place=standing.place)
    standing.reach(shown, state)
    for summary in shown.page.locator("summary:visible").all():
        summary.click()
    return shown


def test_every_state_is_looked_at() -> None:
    """No state is without a way to it on the stage."""
    assert set(STANDINGS) == set(STATES)


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(stage: StageSetter, state: str) -> None:
    """Each state is clean in light and in dark, with everything opened, and its targets can be hit."""
    shown = come_to(stage, state)
    # axe-core waits by the page's own timers, which the stage has stopped.
    shown.page.clock.resume()
    for scheme in ("light", "dark"):
        shown.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(shown.page) == [], scheme
    assert small_targets(shown.page) == []
    for button in shown.page.locator("button:visible, .button:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= LEAST_HEIGHT_OF_BUTTONS


BRANDS = {
    "bright": Colours(accent="#b4006e", ground="#fff4e0", ink="#2b1500"),
    "night": Colours(accent="#ffd400", ground="#10131a", ink="#f4f4f4"),
}


@pytest.mark.parametrize("state", ["waiting", "turn", "inside"])
@pytest.mark.parametrize("brand", BRANDS)
def test_axe_finds_nothing_in_a_brand_s_colours(stage: StageSetter, brand: str, state: str) -> None:
    """Colours that a room may have can be read in every part of the page, and the turn stays unmistakable."""
    standing = STANDINGS[state]
    branding = {"name": "Hall One", "style": "/r/demo/brand.1.css", "logo": None, "links": LINKS}
    shown = stage(width=360, snapshot=standing.snapshot | {"branding": branding}, place=standing.place)
    style = style_of(BRANDS[brand])
    shown.page.route("**/brand.1.css", lambda route: route.fulfill(content_type="text/css", body=style))
    standing.reach(shown, state)
    shown.page.clock.resume()
    for scheme in ("light", "dark"):
        shown.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(shown.page) == [], scheme
    assert small_targets(shown.page) == []


def test_what_axe_finds_is_found(stage: StageSetter) -> None:
    """The look at a state is no empty one: text that can hardly be read is a fault."""
    shown = come_to(stage, "waiting")
    shown.page.clock.resume()
    shown.page.evaluate("document.body.style.setProperty('--ink', '#ddd')")
    assert any("color-contrast" in fault for fault in violations(shown.page))


@pytest.mark.parametrize("state", FULLEST)
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_has_to_be_scrolled_sideways(stage: StageSetter, state: str, direction: str) -> None:
    """At 320 px, and with text at 200 %, everything is there without scrolling sideways, in both directions."""
    shown = come_to(stage, state, width=320, name=LONG, message=LONG)
    shown.page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
    assert overflow(shown.page) == 0
    shown.page.set_viewport_size({"width": 640, "height": 400})
    shown.page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert overflow(shown.page) == 0


def test_the_style_knows_no_left_and_right() -> None:
    """What is mirrored for Arabic follows from the direction alone."""
    for line in STYLE.read_text().splitlines():
        name = line.strip().partition(":")[0]
        assert "left" not in name, line
        assert "right" not in name, line
        assert "text-align: left" not in line


def test_the_focus_is_never_stolen(stage: StageSetter) -> None:
    """Who is busy elsewhere on the page is not moved as the state changes; who would lose the focus is taken along."""
    shown = stage()
    shown.open()
    shown.join(score=60_000)
    shown.wait_for("waiting")
    summary = shown.page.locator("summary:visible", has_text="Do you need help?")
    summary.focus()
    shown.snapshot = a_snapshot(curve=[[1000, 0], [60_000, 5]])
    shown.pass_seconds(30)
    shown.wait_for("next")
    expect(summary).to_be_focused()
    shown.page.get_by_role("button", name="Tell me when it is my turn").focus()
    shown.snapshot, shown.place = a_snapshot(curve=[[70_000, 0]]), ADMITTED
    shown.pass_seconds(8)
    shown.wait_for("turn")
    expect(shown.page.locator("h1:visible")).to_be_focused()


def test_the_focus_is_seen_wherever_it_is(stage: StageSetter) -> None:
    """By the tab key one comes to every control, and sees where one is."""
    shown = come_to(stage, "turn")
    seen = [_next_focus(shown.page) for _ in range(12)]
    assert {name for name, _ in seen} >= {"BUTTON", "SUMMARY", "A"}
    assert all(is_outlined for name, is_outlined in seen if name != "BODY")


def _next_focus(page: Page) -> tuple[str, bool]:
    page.keyboard.press("Tab")
    name, is_outlined = page.evaluate(FOCUS)
    return str(name), bool(is_outlined)


def test_who_wants_less_motion_gets_none(stage: StageSetter) -> None:
    """Nothing runs or slides where less motion is asked for; otherwise the bar of the draw does."""
    shown = come_to(stage, "drawing")
    running = "document.getAnimations().filter((each) => each.playState === 'running').length"
    assert shown.page.evaluate(running) > 0
    shown.page.emulate_media(reduced_motion="reduce")
    assert shown.page.evaluate(running) == 0


def test_forced_colours_keep_the_shapes(stage: StageSetter) -> None:
    """Where the reader's colours replace ours, buttons have a border, and the bar shows how far one has come."""
    shown = come_to(stage, "waiting")
    shown.page.emulate_media(forced_colors="active")
    border = "(name) => getComputedStyle(document.querySelector(name)).borderTopStyle"
    assert shown.page.evaluate(border, "section:not([hidden]) progress") == "solid"
    assert shown.page.evaluate(border, "form[data-act=leave] button") == "solid"
    assert shown.page.evaluate(border, ".safe") == "solid"


@pytest.mark.parametrize("state", ["lobby", "waiting", "turn", "inside", "left"])
def test_the_own_page_without_a_script_is_clean_too(stage: StageSetter, state: str) -> None:
    """What one fan is shown without JavaScript passes as well; that it refreshes itself is what it is for."""
    values = {
        "ahead": "5",
        "place": "6",
        "wait": "1 minute",
        "claim_soon": "",
        "move_code": "7GQ4-K2MX",
        "move_at": "9",
    }
    own = OwnPage(state=state, notice="slowed", values=values, refresh_seconds=20)
    html = Renderer(Assets.load(), choose_language("en", "")).own(a_snapshot(message="Doors at 19:00."), own)
    shown = stage(width=360)
    shown.page.route("**/r/demo/place", lambda route: route.fulfill(content_type="text/html", body=html))
    shown.page.goto(f"{ORIGIN}/r/demo/place")
    shown.page.clock.resume()
    assert [fault for fault in violations(shown.page) if not fault.startswith("meta-refresh")] == []
    assert overflow(shown.page) == 0


def test_status_messages_are_few(stage: StageSetter) -> None:
    """Five minutes of small steps in line are not told aloud one by one."""
    shown = stage(snapshot=a_snapshot(measured_per_minute=1, rate_per_minute=1), place=a_place("waiting", ahead=5))
    shown.open()
    shown.join(score=100_000)
    shown.wait_for("waiting")
    said = {shown.announced()}
    for step in range(10):
        shown.snapshot = a_snapshot(
            curve=[[1000, 0], [100_000, 11_000 - 10 * step]], measured_per_minute=1, rate_per_minute=1
        )
        shown.pass_seconds(30)
        said.add(shown.announced())
    assert len(said) == 1
