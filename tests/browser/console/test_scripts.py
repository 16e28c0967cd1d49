"""The pure parts of the console's scripts, run where they run: in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.console.conftest import Console

pytestmark = pytest.mark.browser


@pytest.fixture
def page(console: Console) -> Iterator[Page]:
    """A page that may import the console's scripts."""
    page = console.open("vic", "/")
    yield page
    page.close()


def call(page: Page, module: str, code: str) -> object:
    """Evaluate an expression over what a module exports."""
    result: object = page.evaluate(f"import('/static/{module}').then((it) => {code})")
    return result


def test_times_are_read_at_a_glance(page: Page) -> None:
    """Durations and ranges are told in units that fit them."""
    told = call(page, "words.js", "[45, 200, 3900, 200000].map(it.duration)")
    assert told == ["45 s", "3 min 20 s", "1 h 05 min", "2 days"]
    told = call(page, "words.js", "[[10, 50], [0, 110], [420, 900], [3600, 9000]].map(it.range)")
    assert told == ["10\N{EN DASH}50 s", "under 2 min", "7\N{EN DASH}15 min", "1\N{EN DASH}2.5 h"]


def test_changes_in_words(page: Page) -> None:
    """The change log is told as people would say it, and names people without their kind."""
    fields = "{paused: {from: '0', to: '1'}, new_users_per_minute: {from: '60', to: '1200'}}"
    assert call(page, "words.js", f"it.deed({{version: 2, fields: {fields}}})") == (
        "paused the room; set the rate from 60 to 1,200 a minute"
    )
    closed = (
        "{version: 2, at: '2027-01-01T20:00:00.000Z', fields: {closes_at: {from: '', to: '2027-01-01T20:00:00.000Z'}}}"
    )
    assert call(page, "words.js", f"it.deed({closed})") == "closed the room"
    assert call(page, "words.js", "['person:olga', 'console:ci', 'demo', 'person:a:b'].map(it.name)") == [
        "olga", "ci", "demo", "a:b",
    ]  # fmt: skip


def test_the_slider_is_logarithmic(page: Page) -> None:
    """The slider begins at 0, ends at its most, and its steps lead back to where they came from."""
    assert call(page, "speed.js", "[0, 1000].map((step) => it.toValue(step, 60000))") == [0, 60_000]
    wrong = call(
        page,
        "speed.js",
        "[...Array(1001).keys()].filter((step) => { const value = it.toValue(step, 60000); "
        "return it.toValue(it.toStep(value, 60000), 60000) !== value; }).length",
    )
    assert wrong == 0


def test_axes_and_thinning(page: Page) -> None:
    """An axis ends at a round number, and a long evening is drawn with few spots, the newest among them."""
    assert call(page, "chart.js", "[0.4, 7, 101, 2500].map(it.roundUp)") == [1, 8, 120, 3000]
    rows = "[...Array(5000).keys()].map((second) => ({at_ms: second * 1000}))"
    kept = call(page, "chart.js", f"it.thin({rows}, 0, 5e6).map((row) => row.at_ms)")
    assert isinstance(kept, list)
    assert len(kept) <= 362
    assert kept[-1] == 4_999_000
