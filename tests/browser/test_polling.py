"""When the page looks at the room: as asked, at once when it must, and through sleep, set clocks and other tabs."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import StageSetter
from tests.browser.stage import ORIGIN, START_MS, Stage, a_snapshot
from tests.browser.standings import ADMITTED, CLAIMED, SHOWN_CODE
from waitroom.clock import rfc3339

pytestmark = pytest.mark.browser


def in_line(shown: Stage) -> Stage:
    """Open the page and join."""
    shown.open()
    shown.join(score=100_000)
    shown.wait_for("waiting")
    shown.settle()
    return shown


def ahead(shown: Stage) -> str:
    """How many are ahead, as the page says."""
    return shown.page.locator("section:visible [data-fill=ahead]").inner_text()


def test_an_older_answer_of_another_cache_changes_nothing(stage: StageSetter) -> None:
    """Caches may differ by seconds: the line does not go backwards on the page."""
    shown = in_line(stage())
    shown.snapshot = a_snapshot(curve=[[50_000, 0], [100_000, 6000]])
    shown.pass_seconds(30)
    assert ahead(shown) == "6,000"
    old = a_snapshot(now=rfc3339(START_MS + 5_000))
    shown.answers["GET"] = (200, old)
    shown.pass_seconds(30)
    assert ahead(shown) == "6,000"
    expect(shown.page.locator(".notice:visible")).to_have_count(0)


def test_a_server_whose_clock_was_set_back_is_believed(stage: StageSetter) -> None:
    """What is older by minutes is no cache's: the page goes on with it."""
    shown = in_line(stage())
    shown.snapshot = a_snapshot(curve=[[50_000, 0], [100_000, 6000]])
    shown.now_ms -= 3_600_000
    shown.pass_seconds(30)
    assert ahead(shown) == "6,000"


def test_after_a_sleep_it_looks_at_once(stage: StageSetter) -> None:
    """A machine that slept past the next look does not wait for timers that slept, too."""
    shown = in_line(stage())
    before = shown.asked.count("GET")
    shown.page.clock.set_system_time((START_MS + 3_600_000) / 1000)
    shown.pass_seconds(2)
    assert shown.asked.count("GET") == before + 1


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_set_changes_no_countdown(stage: StageSetter, hours: int) -> None:
    """The time left runs by the page's own clock and the server's, whatever the machine's is set to."""
    closes = rfc3339(START_MS + 754_000)
    shown = stage(snapshot=a_snapshot(phase="lobby", lobby=3, curve=[], lobby_closes_at=closes, release_at=closes))
    shown.open()
    shown.page.clock.set_system_time(START_MS / 1000 + hours * 3600)
    shown.pass_seconds(4)
    expect(shown.page.locator("section:visible [data-fill=draw_in]")).to_have_text("12:30")


def test_another_tab_s_act_is_seen_here(stage: StageSetter) -> None:
    """Who joins or leaves in one tab is in line, or out of it, in the other."""
    shown = stage()
    shown.open()
    other = shown.page.context.new_page()
    other.route("**/*", lambda route: route.fulfill(status=200, content_type="text/html", body="<p>"))
    other.goto("http://localhost:8000/r/demo")
    fan = '{"fan_id": "AAECAwQFBgcICQoLDA0ODw", "tier": 0, "score": 100000}'
    other.evaluate("(fan) => localStorage.setItem('wr:demo:e1', fan)", fan)
    shown.wait_for("waiting")
    assert "POST /join" not in shown.asked
    other.evaluate("""(fan) => localStorage.setItem('wr:demo:e1', fan)""", fan.replace("}", ', "over": "left"}'))
    shown.wait_for("left")


def test_a_press_takes_the_place_of_the_try_before(stage: StageSetter) -> None:
    """A fan who presses again while the page still tries does not start a second row of tries."""
    shown = stage()
    shown.answers["POST /join"] = (503, {})
    shown.open()
    button = shown.page.locator("section:visible form[data-act=join] button")
    for presses in range(1, 4):
        button.click()
        shown.settle()
        assert shown.asked.count("POST /join") == presses
    shown.pass_seconds(60)
    # After 2, 4, 8 and 16 seconds, and perhaps after 30: looks that succeed meanwhile make it no more eager.
    assert 3 + 3 <= shown.asked.count("POST /join") <= 3 + 5


def test_a_page_opened_while_the_store_is_away_waits_calmly(stage: StageSetter) -> None:
    """Without a first answer the page says so, promises no place, and looks again, later each time."""
    shown = stage()
    shown.answers["GET"] = (503, {})
    shown.page.goto(f"{ORIGIN}/r/demo")
    expect(shown.page.locator("[data-notice=unreached]")).to_be_visible()
    expect(shown.page.locator(".notice:visible")).to_have_count(1)
    shown.pass_seconds(20)
    assert 3 <= shown.asked.count("GET") <= 6
    del shown.answers["GET"]
    shown.pass_seconds(40)
    expect(shown.page.locator(".notice:visible")).to_have_count(0)


def test_a_turn_goes_on_being_claimed_while_help_is_asked_for(stage: StageSetter) -> None:
    """Another act does not end the tries to take a turn at a full house."""
    shown = stage(place=ADMITTED)
    shown.answers["POST /claim"] = (409, {"type": "/problems/not-your-turn", "ahead": 0, "poll_after": 4})
    shown.answers["POST /support"] = (201, SHOWN_CODE)
    shown.open()
    shown.join(score=10)
    shown.page.get_by_role("button", name="Take my turn").click()
    expect(shown.page.locator("[data-has=claiming]")).to_be_visible()
    shown.page.get_by_text("Do you need help?").click()
    shown.page.get_by_role("button", name="Show my code").click()
    expect(shown.page.locator(".code:visible")).to_be_visible()
    shown.answers["POST /claim"] = (200, CLAIMED)
    shown.pass_seconds(6)
    shown.wait_for("entering")


def test_a_refusal_names_its_time(stage: StageSetter) -> None:
    """An edge that says when to come back is not asked before."""
    shown = in_line(stage())
    shown.page.route(
        "**/v1/rooms/demo", lambda route: route.fulfill(status=503, headers={"Retry-After": "50"}, body="{}")
    )
    asked: list[str] = []
    shown.page.on("request", lambda request: asked.append(request.url))
    shown.pass_seconds(26)
    assert len(asked) == 1
    shown.pass_seconds(26)
    assert len(asked) == 1
