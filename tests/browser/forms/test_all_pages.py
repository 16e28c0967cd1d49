"""What every page of a room before its evening must hold: axe-core, narrow screens, target sizes, forced colours."""

import pytest
from playwright.sync_api import expect

from tests.browser.forms.conftest import Sit
from tests.browser.forms.stage import Desk, faults

pytestmark = pytest.mark.browser

PAGES = ("/rooms/new", "{room}/edit", "{room}/plan", "{room}/codes", "{room}/branding")
PLAN = [{"at": "2099-01-15T18:30:00Z", "new_users_per_minute": 300, "total_active_users": 900}]
EVENING = {"lobby_at": "2099-01-15T18:00:00Z", "release_at": "2099-01-15T18:30:00Z", "plan": PLAN}
NARROW = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
TARGETS = """() => [...document.querySelectorAll("button, summary, select, .button, .option, nav a")]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 24).map((each) => each.outerHTML)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_no_fault_is_found(sit: Sit, desk: Desk, path: str, scheme: str) -> None:
    """axe-core finds nothing with everything unfolded, on a phone and a desktop; nothing scrolls sideways."""
    desk.make(**EVENING)
    page = sit(path.format(room=desk.page), color_scheme=scheme, viewport={"width": 1280, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    if path.endswith("plan"):
        expect(page.locator("#dry-figures tbody tr")).not_to_have_count(0)
    assert faults(page) == []
    for width in (768, 360, 320):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate(NARROW), f"it scrolls sideways at {width} px"
    assert faults(page) == []
    assert page.evaluate(TARGETS) == []


@pytest.mark.parametrize("height", [540, 800])
def test_the_focus_is_never_under_the_bar(sit: Sit, desk: Desk, height: int) -> None:
    """Whatever has the focus by Tab is seen: the bar at the foot covers nothing of it."""
    desk.make(**EVENING)
    page = sit(f"{desk.page}/edit", viewport={"width": 1024, "height": height})
    covered = """() => {
      const focus = document.activeElement.getBoundingClientRect();
      const save = document.getElementById("save");
      const bar = save.getBoundingClientRect();
      return !save.contains(document.activeElement) && focus.top >= bar.top && focus.top < bar.bottom;
    }"""
    page.locator("#field-name").focus()
    for _ in range(25):
        page.keyboard.press("Tab")
        assert not page.evaluate(covered), page.evaluate("document.activeElement.outerHTML")
