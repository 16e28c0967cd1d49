"""What a fan may do besides waiting: another device, help, more time, a bell at the turn, the proof of the draw."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import StageSetter
from tests.browser.stage import FAN_ID, START_MS, Stage, a_place, a_snapshot
from tests.browser.standings import ADMITTED, ENDING, LOBBY, SHOWN_CODE
from tests.browser.test_states import DRAW
from waitroom.clock import rfc3339

pytestmark = pytest.mark.browser

# Counts what rings and what is notified: a headless browser has neither speakers nor anybody to allow it.
LISTEN = """
window.rung = []; window.noted = []; window.asked = 0;
window.Notification = class { constructor(title, options) { noted.push([title, options.body]); }
  static async requestPermission() { asked += 1; return 'granted'; } };
AudioContext.prototype.createOscillator = (create => function () { rung.push(1); return create.call(this); })(
  AudioContext.prototype.createOscillator);
"""


def press(shown: Stage, act: str) -> None:
    """Press the button of an act, opening the part that it is in."""
    form = shown.page.locator(f"form[data-act={act}]").and_(shown.page.locator(":not([hidden] form)"))
    if not form.is_visible():
        form.locator("xpath=ancestor::details").locator("summary").click()
    form.locator("button").click()


def in_line(shown: Stage, *, score: int = 60_000, state: str = "waiting") -> Stage:
    """Open the page and join."""
    shown.open()
    shown.join(score=score)
    shown.wait_for(state)
    return shown


def test_a_code_for_another_device_takes_the_place_away(stage: StageSetter) -> None:
    """The code is shown large and said; the page then asks how it stands, and gives the place up when it is moved."""
    shown = in_line(stage(place=a_place("waiting", ahead=5600, poll_after=20)))
    assert "GET /place" not in shown.asked
    shown.answers["POST /move"] = (201, SHOWN_CODE)
    press(shown, "move")
    expect(shown.page.locator(".code:visible")).to_have_text("7GQ4-K2MX")
    expect(shown.page.locator("#status")).to_have_text("7GQ4-K2MX")
    shown.pass_seconds(7)
    assert shown.asked.count("GET /place") >= 2
    expect(shown.page.locator("h1:visible")).to_have_text("You are in line")
    assert "7GQ4" not in str(shown.page.evaluate("({...localStorage})"))
    shown.place = a_place("moved")
    shown.pass_seconds(7)
    shown.wait_for("moved")
    # It stays so over a reload, and asks nobody.
    before = shown.asked.count("GET /place")
    shown.open()
    shown.wait_for("moved")
    assert shown.asked.count("GET /place") == before


@pytest.mark.parametrize("act", ["move", "support"])
def test_a_code_is_of_one_fan(stage: StageSetter, act: str) -> None:
    """Who leaves and joins anew is not shown the code of the place of before."""
    shown = in_line(stage())
    shown.answers |= {f"POST /{act}": (201, SHOWN_CODE), "POST /leave": (204, {})}
    press(shown, act)
    expect(shown.page.locator(".code:visible")).to_have_text("7GQ4-K2MX")
    press(shown, "leave")
    shown.wait_for("left")
    anew = {"epoch": "e1", "fan_id": FAN_ID[::-1], "tier": 0, "score": 60_000, "state": "waiting"}
    shown.answers["POST /join"] = (201, anew)
    shown.page.locator("section:visible form[data-act=join] button").click()
    shown.wait_for("waiting")
    expect(shown.page.locator(".code:visible")).to_have_count(0)


def test_news_after_a_refusal(stage: StageSetter) -> None:
    """A pause is told though the page still says that a code was refused."""
    shown = stage()
    shown.open()
    shown.answers["POST /take-over"] = (403, {"type": "/problems/move-code-refused"})
    press(shown, "take-over")
    expect(shown.page.locator("[data-notice=move-code-refused]")).to_be_visible()
    shown.pass_seconds(30)
    expect(shown.page.locator("[data-notice=move-code-refused]")).to_be_visible()
    shown.snapshot = a_snapshot(paused=True)
    shown.pass_seconds(30)
    expect(shown.page.locator("[data-notice=paused]")).to_be_visible()


def test_the_way_back(stage: StageSetter) -> None:
    """Where a place has gone from there is a field for the code that brings it back, and the used code is gone."""
    shown = in_line(stage(place=a_place("moved")))
    shown.answers["POST /move"] = (201, SHOWN_CODE)
    press(shown, "move")
    shown.pass_seconds(7)
    shown.wait_for("moved")
    fan = {"epoch": "e1", "fan_id": FAN_ID, "tier": 0, "score": 60_000, "state": "waiting"}
    shown.answers["POST /take-over"] = (200, fan)
    press(shown, "take-over")
    shown.wait_for("waiting")
    expect(shown.page.locator(".code:visible")).to_have_count(0)


def test_who_shows_no_code_is_not_asked_for_the_place(stage: StageSetter) -> None:
    """Waiting costs nothing: once the code is too old, the place comes from the snapshot again."""
    shown = in_line(stage())
    shown.answers["POST /move"] = (201, SHOWN_CODE | {"expires_at": rfc3339(START_MS + 9_000)})
    press(shown, "move")
    shown.pass_seconds(12)
    before = shown.asked.count("GET /place")
    shown.pass_seconds(40)
    assert shown.asked.count("GET /place") - before <= 1
    expect(shown.page.locator(".code:visible")).to_have_count(0)


def test_a_new_line_after_the_place_has_moved(stage: StageSetter) -> None:
    """The old device may join anew, at the end, and says that it means it."""
    shown = in_line(stage(place=a_place("moved")), score=10, state="moved")
    shown.join(score=60_000)
    shown.wait_for("waiting")
    assert shown.join_bodies[-1] == {"anew": True}


def test_a_code_brings_the_place_here(stage: StageSetter) -> None:
    """The new device types the code, and has the place; a lost reply is asked for again with the same key."""
    shown = stage()
    shown.open()
    shown.first_answers["POST /take-over"] = (503, {})
    fan = {"epoch": "e1", "fan_id": FAN_ID, "tier": 0, "score": 60_000, "state": "waiting"}
    shown.answers["POST /take-over"] = (200, fan)
    keys = []
    shown.page.on("request", lambda request: keys.append(request.headers.get("idempotency-key", "")))
    shown.page.get_by_text("I have a code from another device").locator("visible=true").first.click()
    shown.page.get_by_role("textbox", name="Code", exact=True).fill("7gq4 k2mx")
    press(shown, "take-over")
    shown.pass_seconds(6)
    shown.wait_for("waiting")
    assert shown.asked.count("POST /take-over") == 2
    assert len({key for key in keys if key}) == 1
    expect(shown.page.locator("h1:visible")).to_be_focused()


@pytest.mark.parametrize(
    ("status", "problem", "notice"),
    [(403, "move-code-refused", "not known here"), (429, "too-many-guesses", "too many wrong codes")],
)
def test_a_code_that_opens_nothing_is_said(stage: StageSetter, status: int, problem: str, notice: str) -> None:
    """The page says what to do with a code that is refused, and does not go on guessing with it."""
    shown = stage()
    shown.open()
    shown.answers["POST /take-over"] = (status, {"type": f"/problems/{problem}"})
    shown.page.get_by_text("I have a code from another device").locator("visible=true").first.click()
    shown.page.get_by_role("textbox", name="Code", exact=True).fill("7GQ4-K2MY")
    press(shown, "take-over")
    expect(shown.page.locator("[data-notice]:visible")).to_contain_text(notice)
    shown.pass_seconds(30)
    assert shown.asked.count("POST /take-over") == 1


def test_an_act_on_a_place_that_has_moved_shows_where_it_is(stage: StageSetter) -> None:
    """A turn that was taken along to another device cannot be taken here."""
    shown = in_line(stage(place=ADMITTED), score=10, state="turn")
    shown.answers["POST /claim"] = (403, {"type": "/problems/pass-moved"})
    press(shown, "claim")
    shown.wait_for("moved")


def test_help_shows_a_code_to_read_out(stage: StageSetter) -> None:
    """The organizer's helpers find a fan by a code that the page shows when asked."""
    shown = in_line(stage(snapshot=a_snapshot(**LOBBY)), score=None, state="lobby")  # type: ignore[arg-type] # none is known in the lobby
    shown.answers["POST /support"] = (201, SHOWN_CODE)
    press(shown, "support")
    expect(shown.page.locator(".code:visible")).to_have_text("7GQ4-K2MX")


def test_more_time_is_offered_at_the_warning_and_given(stage: StageSetter) -> None:
    """Two minutes before the end the page warns, in itself and aloud; a press gives time, and the warning goes."""
    shown = in_line(stage(place=ENDING | {"claim_by": rfc3339(START_MS + 123_000)}), score=10, state="turn")
    button = shown.page.get_by_role("button", name="I need more time")
    expect(button).to_be_hidden()
    shown.pass_seconds(5)
    expect(button).to_be_visible()
    assert "Less than two minutes" in shown.announced()
    shown.place = a_place("admitted", claim_by=rfc3339(START_MS + 300_000), poll_after=600)
    shown.answers["POST /more-time"] = (200, shown.place)
    button.click()
    expect(button).to_be_hidden()
    expect(shown.page.locator("h1:visible")).to_be_focused()
    assert "kept until" in shown.announced()


def test_when_there_is_no_more_time_it_is_said(stage: StageSetter) -> None:
    """After ten times the page says that there is no more, and the turn can still be taken."""
    shown = in_line(stage(place=ENDING), score=10, state="turn")
    shown.answers["POST /more-time"] = (409, {"type": "/problems/no-more-time"})
    shown.page.get_by_role("button", name="I need more time").click()
    expect(shown.page.locator("[data-notice=no-more-time]")).to_be_visible()
    expect(shown.page.get_by_role("button", name="Take my turn")).to_be_enabled()


def test_who_asked_to_be_told_is_rung_and_notified(stage: StageSetter) -> None:
    """A press unlocks the sound and asks to notify; at the turn both happen once, and the tab is another one."""
    shown = stage()
    shown.page.add_init_script(LISTEN)
    in_line(shown)
    icon = shown.page.locator("link[rel=icon]").get_attribute("href")
    press(shown, "tell")
    expect(shown.page.get_by_text("it makes a sound").locator("visible=true")).to_be_focused()
    assert shown.page.evaluate("[rung.length, asked, noted.length]") == [1, 1, 0]
    shown.snapshot, shown.place = a_snapshot(curve=[[70_000, 0]]), ADMITTED
    shown.pass_seconds(30)
    shown.wait_for("turn")
    assert shown.page.evaluate("rung.length") == 2
    assert shown.page.evaluate("noted") == [["It is your turn", "The Long Night, Hall One"]]
    assert shown.page.locator("link[rel=icon]").get_attribute("href") != icon
    titles = set()
    for _ in range(2):
        titles.add(shown.page.title())
        shown.pass_seconds(1)
    assert len(titles) == 2
    assert all("YOUR TURN" in title for title in titles)


def test_nobody_is_rung_who_did_not_ask(stage: StageSetter) -> None:
    """Without the press there is no sound, no question and no notification."""
    shown = stage(place=ADMITTED)
    shown.page.add_init_script(LISTEN)
    in_line(shown, score=10, state="turn")
    assert shown.page.evaluate("[rung.length, asked, noted.length]") == [0, 0, 0]
    assert "your turn" in shown.announced()


def test_after_the_draw_the_page_leads_to_its_proof(stage: StageSetter) -> None:
    """The link to the page that checks the draw names this fan, behind the mark that no server sees."""
    shown = stage(snapshot=a_snapshot(**LOBBY, draw=DRAW | {"root": None, "seed": None}))
    shown.open()
    shown.join()
    shown.wait_for("lobby")
    shown.snapshot = a_snapshot(draw=DRAW, curve=[[0, 0], [2**48, 50_000]], waiting=50_001)
    shown.pass_seconds(30)
    shown.wait_for("waiting")
    link = shown.page.locator("section:visible").get_by_role("link", name="Check the draw of any fan")
    expect(link).to_have_attribute("href", re.compile(rf"/r/demo/check\?lang=en#{FAN_ID}$"))


def test_what_the_organizer_says_anew_is_said_aloud(stage: StageSetter) -> None:
    """A message that comes while one waits is a status message; the one that was there already is not."""
    shown = in_line(stage(snapshot=a_snapshot(message="Doors at 19:00.")))
    shown.pass_seconds(3)
    assert "19:00" not in shown.announced()
    shown.snapshot = a_snapshot(message="Doors at 20:00.")
    shown.pass_seconds(30)
    assert "20:00" in shown.announced()


def test_a_rehearsal_says_so(stage: StageSetter) -> None:
    """Nobody who sees a rehearsal takes it for a sale."""
    shown = in_line(stage(snapshot=a_snapshot(rehearsal=True)))
    expect(shown.page.get_by_text("This is a rehearsal. Nothing is sold.")).to_be_visible()
