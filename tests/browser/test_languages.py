"""Server and script write numbers and waits alike, in every language, whatever the fan's region does."""

import pytest
from playwright.sync_api import expect

from edge.words import Words
from tests.browser.conftest import StageSetter
from tests.browser.stage import ORIGIN, START_MS, Stage, a_snapshot
from waitroom.clock import rfc3339
from waitroom.forecast import wait_range
from waitroom.web.languages import LANGUAGES, choose_language

pytestmark = pytest.mark.browser

RATE = 600
IN_LINE = (7, 600, 850, 1_234, 12_345, 60_000, 812_345)
"""Their waits are open below, of 1 to 2, of few and of many minutes, and of half hours."""


def speaks(stage: Stage, language: str) -> Words:
    """Open the page in a language, and return what the server says in it."""
    stage.page.goto(f"{ORIGIN}/r/demo?lang={language}")
    stage.page.locator("footer [data-fill=updated]:not(:empty)").wait_for(state="attached")
    return Words(choose_language(language, ""))


NARROW = 320
# Each state in turn with everything in it shown at once, also what is never there together.
TOO_WIDE = """() => {
  const wide = [];
  for (const details of document.querySelectorAll('details')) details.open = true;
  const sections = [...document.querySelectorAll('section, .besides, [data-notice]')];
  for (const shown of sections) {
    for (const other of sections) other.hidden = other !== shown;
    for (const part of shown.querySelectorAll('[hidden]')) part.hidden = false;
    for (const part of shown.querySelectorAll('*')) {
      const { left, right } = part.getBoundingClientRect();
      const isCut = part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).display !== 'inline';
      if (left < 0 || right > innerWidth || isCut) wide.push([shown.dataset.state, part.tagName, part.textContent]);
    }
    const across = document.documentElement.scrollWidth;
    if (across > innerWidth) wide.push([shown.dataset.state, across]);
  }
  return wide;
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_too_long_for_a_small_screen(stage: StageSetter, language: str) -> None:
    """At 320 px nothing of any state reaches over the edge, in any language and either direction."""
    set_up = stage(width=NARROW)
    speaks(set_up, language)
    set_up.page.wait_for_function("document.fonts.status === 'loaded'")
    assert set_up.page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_the_servers(stage: StageSetter, language: str) -> None:
    """Digits, their grouping, and a wait's range, unit and plural are the same with and without JavaScript."""
    rates = {"rate_per_minute": RATE, "measured_per_minute": RATE}
    found, wanted = [], []
    set_up = stage(snapshot=a_snapshot(**rates))
    words = speaks(set_up, language)
    section = set_up.page.locator("section:visible")
    for waiting in IN_LINE:
        set_up.snapshot = a_snapshot(waiting=waiting, seats_left=waiting, **rates)
        set_up.pass_seconds(30)
        number = words.count(waiting, exact=True)
        expect(section.locator("[data-fill=seats]")).to_have_text(number)
        found.append(
            (section.locator("[data-fill=waiting]").inner_text(), section.locator("[data-fill=wait_now]").inner_text())
        )
        wanted.append((number, words.wait(wait_range(waiting, RATE, RATE))))
    assert found == wanted


def test_regions_change_no_digits(stage: StageSetter) -> None:
    """An Egyptian browser would write Arabic digits beside our countdowns, whose digits are Latin; it does not."""
    closing = rfc3339(START_MS + 754_000)
    set_up = stage(snapshot=a_snapshot(phase="lobby", lobby=8_123, lobby_closes_at=closing, release_at=closing))
    set_up.page.add_init_script("Object.defineProperty(navigator, 'languages', { value: ['ar-EG', 'ar'] })")
    speaks(set_up, "ar")
    section = set_up.page.locator("section:visible")
    expect(section.locator("[data-fill=lobby]")).to_have_text("8,123")
    expect(section.locator("[data-fill=draw_in]")).to_have_text("12:34")
