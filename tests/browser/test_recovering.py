"""The page after a loss of the queue's store: it presents its pass, once, spread, and says that the place is kept."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import StageSetter
from tests.browser.stage import START_MS, Stage, a_place, a_snapshot
from waitroom.clock import rfc3339

pytestmark = pytest.mark.browser


def presentations(shown: Stage) -> int:
    """How often the page presented its pass."""
    return shown.asked.count("GET /place")


def test_after_a_loss_the_page_presents_its_pass_once(stage: StageSetter) -> None:
    """At a moment of its own before the recovery ends; meanwhile the place of before is shown, and said to be kept."""
    shown = stage(place=a_place("waiting"))
    shown.open()
    shown.join(score=50_000)
    shown.wait_for("waiting")
    place = shown.page.locator("section:visible .hero b").inner_text()
    until = rfc3339(shown.now_ms + 90_000)
    shown.snapshot = a_snapshot(recovering_until=until, curve=[[60_000, 0]], waiting=1)
    shown.page.evaluate("Math.random = () => 0.999")
    shown.pass_seconds(25)
    expect(shown.page.locator("[data-notice=recovering]")).to_be_visible()
    assert presentations(shown) == 0
    shown.pass_seconds(60)
    assert presentations(shown) == 1
    expect(shown.page.locator("section:visible .hero b")).to_have_text(place)
    assert shown.asked.count("POST /join") == 1


def test_a_page_opened_after_a_loss_presents_its_pass_at_once(stage: StageSetter) -> None:
    """Who comes back to the page while the line is restored need not wait for it; a second loss is another."""
    shown = stage(place=a_place("waiting"))
    shown.open()
    shown.join(score=50_000)
    shown.wait_for("waiting")
    shown.snapshot = a_snapshot(recovering_until=rfc3339(shown.now_ms + 90_000))
    shown.open()
    shown.pass_seconds(2)
    assert presentations(shown) == 1
    # Nobody is told a place meanwhile.
    expect(shown.page).to_have_title("You are in line · The Long Night, Hall One")
    shown.pass_seconds(70)
    assert presentations(shown) == 1
    shown.snapshot = a_snapshot(recovering_until=rfc3339(shown.now_ms + 90_000))
    shown.pass_seconds(110)
    assert presentations(shown) == 2


def test_a_pass_is_presented_until_it_is_taken(stage: StageSetter) -> None:
    """While the edge cannot answer, the page goes on trying by itself."""
    shown = stage(place=a_place("waiting"))
    shown.open()
    shown.join(score=50_000)
    shown.wait_for("waiting")
    shown.first_answers["GET /place"] = (503, {})
    shown.snapshot = a_snapshot(recovering_until=rfc3339(shown.now_ms + 90_000))
    shown.page.evaluate("Math.random = () => 0")
    shown.pass_seconds(40)
    assert presentations(shown) == 2


def test_who_has_not_joined_presents_nothing(stage: StageSetter) -> None:
    """Without a place there is none to be put back; nor is there one for a turn that is over."""
    shown = stage(snapshot=a_snapshot(recovering_until=rfc3339(START_MS + 90_000)))
    shown.open()
    shown.pass_seconds(100)
    assert presentations(shown) == 0
