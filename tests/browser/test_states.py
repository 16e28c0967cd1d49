"""What the waiting page shows and says in each state, with the edge's answers written by the test."""

import hashlib
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import StageSetter
from tests.browser.stage import CHECKOUT, START_MS, a_place, a_snapshot
from waitroom.clock import rfc3339

pytestmark = pytest.mark.browser

Json = dict[str, Any]  # Any: JSON values
LOBBY: Json = {
    "phase": "lobby",
    "lobby": 8123,
    "waiting": 0,
    "curve": [],
    "lobby_closes_at": rfc3339(START_MS + 754_000),
    "release_at": rfc3339(START_MS + 754_000),
}
DRAW: Json = {
    "commitment": hashlib.sha256(bytes.fromhex("11" * 32)).hexdigest(),
    "entrants": 50_001,
    "root": "22" * 32,
    "beacon": None,
    "seed": "11" * 32,
}
ADMITTED = a_place("admitted", claim_by=rfc3339(START_MS + 583_000), poll_after=600)
CLAIMED = {
    "admission_token": "a.token",
    "enter_url": f"{CHECKOUT}/enter",
    "enter_at": rfc3339(START_MS + 7_000),
    "expires_at": rfc3339(START_MS + 600_000),
}


def test_before_the_lobby_it_counts_down(stage: StageSetter) -> None:
    """Before the lobby the page counts down to its opening, and shows the way in when it opens."""
    shown = stage(snapshot=a_snapshot(phase="scheduled", lobby_at=rfc3339(START_MS + 65_000)))
    shown.open()
    countdown = shown.page.locator("section:visible .hero b")
    expect(countdown).to_have_text("1:05")
    shown.pass_seconds(2)
    expect(countdown).to_have_text("1:03")
    shown.snapshot = a_snapshot(**LOBBY)
    shown.pass_seconds(68)
    shown.wait_for("join-lobby")


def test_nobody_joins_without_pressing_the_button(stage: StageSetter) -> None:
    """A page that is only looked at joins nothing; one press joins once."""
    shown = stage(snapshot=a_snapshot(**LOBBY))
    shown.open()
    shown.pass_seconds(30)
    assert not any("POST" in asked for asked in shown.asked)
    shown.join()
    shown.wait_for("lobby")
    assert [asked for asked in shown.asked if "POST" in asked] == ["POST /join"]
    expect(shown.page.locator("h1:visible")).to_be_focused()


def test_the_place_comes_from_the_snapshot(stage: StageSetter) -> None:
    """A waiting fan's place, wait and progress are worked out in the browser: nobody is asked."""
    shown = stage()
    shown.open()
    shown.join(score=2 * 50_000)
    shown.wait_for("waiting")
    expect(shown.page.locator("section:visible [data-fill=ahead]")).to_have_text("11,999")
    shown.snapshot = a_snapshot(curve=[[50_000, 0], [100_000, 6000]], waiting=6001)
    shown.pass_seconds(30)
    expect(shown.page.locator("section:visible [data-fill=ahead]")).to_have_text("6,000")
    assert "6,001" in shown.page.title()
    assert float(shown.page.locator("section:visible progress").get_attribute("value") or 0) > 0.48
    assert "GET /place" not in shown.asked


def test_a_place_that_is_only_nearly_right_is_rounded(stage: StageSetter) -> None:
    """Between two pairs of the curve the place is told with three digits, and as `about`."""
    shown = stage()
    shown.open()
    shown.join(score=60_000)
    expect(shown.page.locator("section:visible [data-fill=ahead]")).to_have_text("5,600")
    expect(shown.page.locator("section:visible [data-fill=place]")).to_have_text("about 5,600")


def test_a_reload_keeps_the_place_and_never_the_pass(stage: StageSetter) -> None:
    """The browser remembers what a place is worked out from; no storage holds the pass or the key of the join."""
    shown = stage()
    shown.open()
    shown.join(score=60_000)
    shown.wait_for("waiting")
    kept = shown.page.evaluate("({...localStorage})")
    assert list(kept) == ["wr:demo:e1"]
    assert "pass" not in kept["wr:demo:e1"]
    shown.open()
    shown.wait_for("waiting")
    assert shown.asked.count("POST /join") == 1


def test_another_epoch_is_another_line(stage: StageSetter) -> None:
    """A fan of an earlier sale of the same name has not joined this one."""
    shown = stage()
    shown.open()
    shown.join(score=60_000)
    shown.wait_for("waiting")
    shown.snapshot = a_snapshot(epoch="e2")
    shown.pass_seconds(30)
    shown.wait_for("join-line")


def test_the_own_draw_is_worked_out_from_the_published_seed(stage: StageSetter) -> None:
    """A fan of the lobby finds the drawn place without asking, and is told so."""
    shown = stage(snapshot=a_snapshot(**LOBBY, draw=DRAW | {"root": None, "seed": None}))
    shown.open()
    shown.join()
    shown.wait_for("lobby")
    shown.snapshot = a_snapshot(phase="drawing")
    shown.pass_seconds(30)
    shown.wait_for("drawing")
    shown.snapshot = a_snapshot(draw=DRAW, curve=[[0, 0], [2**48, 50_000]], waiting=50_001)
    shown.pass_seconds(8)
    shown.wait_for("waiting")
    expect(shown.page.locator("section:visible [data-has=drawn]")).to_be_visible()
    assert "GET /place" not in shown.asked


def test_another_secret_than_the_one_committed_to_proves_nothing(stage: StageSetter) -> None:
    """A seed that does not fit the fingerprint shown on joining is not called checked."""
    shown = stage(snapshot=a_snapshot(**LOBBY))
    shown.open()
    shown.join()
    shown.wait_for("lobby")
    shown.snapshot = a_snapshot(draw=DRAW, curve=[[0, 0], [2**48, 50_000]], waiting=50_001)
    shown.pass_seconds(30)
    shown.wait_for("waiting")
    expect(shown.page.locator("[data-has=drawn]:visible")).to_have_count(0)


def test_a_cookie_of_an_earlier_sale_is_no_hurdle(stage: StageSetter) -> None:
    """When the edge takes an old pass away, the page joins once more by itself."""
    shown = stage()
    shown.first_answers["POST /join"] = (403, {"type": "/problems/other-epoch"})
    shown.open()
    shown.join(score=60_000)
    shown.wait_for("waiting")
    assert shown.asked.count("POST /join") == 2


def test_a_browser_without_storage_waits_all_the_same(stage: StageSetter) -> None:
    """Refused storage costs the memory over a reload, nothing else: a retry has the same key."""
    shown = stage()
    shown.page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })")
    shown.first_answers["POST /join"] = (503, {})
    shown.open()
    shown.join(score=60_000)
    expect(shown.page.locator("[data-notice=busy]")).to_be_visible()
    shown.pass_seconds(6)
    shown.wait_for("waiting")
    assert len(shown.join_keys) == 2
    assert len(set(shown.join_keys)) == 1


def test_the_turn_is_unmistakable(stage: StageSetter) -> None:
    """A fan before the curve's first pair asks, learns of the turn, and sees the time left to take it."""
    shown = stage(place=ADMITTED)
    shown.open()
    shown.join(score=10)
    shown.wait_for("turn")
    assert "YOUR TURN" in shown.page.title()
    assert "your turn" in shown.announced()
    expect(shown.page.locator("section:visible .hero b")).to_have_text(re.compile("9:4[123]"))
    button = shown.page.get_by_role("button", name="Take my turn")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 60


def test_two_minutes_before_the_end_of_the_turn_it_warns(stage: StageSetter) -> None:
    """A fan who has not taken the turn is warned once, two minutes before it ends."""
    shown = stage(place=a_place("admitted", claim_by=rfc3339(START_MS + 124_000), poll_after=600))
    shown.open()
    shown.join(score=10)
    shown.wait_for("turn")
    assert "Less than two minutes" not in shown.announced()
    shown.pass_seconds(6)
    assert "Less than two minutes" in shown.announced()


def test_a_claim_counts_down_and_goes_in_by_itself(stage: StageSetter) -> None:
    """The page counts down to the moment of entry, then posts the token to the checkout."""
    shown = stage(place=ADMITTED)
    shown.answers["POST /claim"] = (200, CLAIMED)
    shown.open()
    shown.join(score=10)
    shown.page.get_by_role("button", name="Take my turn").click()
    shown.wait_for("entering")
    expect(shown.page.locator("section:visible .hero b")).to_have_text(re.compile("0:0[67]"))
    assert shown.entered == []
    shown.pass_seconds(9)
    shown.page.get_by_role("heading", name="Tickets").wait_for()
    assert shown.entered == ["admission_token=a.token"]


def test_a_full_house_keeps_the_turn_and_tries_again(stage: StageSetter) -> None:
    """At a full ceiling the page says that the turn is kept and claims again by itself."""
    shown = stage(place=ADMITTED)
    shown.answers["POST /claim"] = (409, {"type": "/problems/not-your-turn", "ahead": 0, "poll_after": 2})
    shown.open()
    shown.join(score=10)
    shown.page.get_by_role("button", name="Take my turn").click()
    expect(shown.page.locator("[data-has=claiming]")).to_be_visible()
    assert "Your turn is kept" in shown.announced()
    shown.answers["POST /claim"] = (200, CLAIMED)
    shown.pass_seconds(4)
    shown.wait_for("entering")


def test_a_turn_that_is_over_says_why(stage: StageSetter) -> None:
    """A claim that comes too late shows what became of the turn and offers the end of the line."""
    shown = stage(place=ADMITTED)
    shown.answers["POST /claim"] = (410, {"type": "/problems/turn-over", "reason": "lapsed"})
    shown.open()
    shown.join(score=10)
    shown.page.get_by_role("button", name="Take my turn").click()
    shown.wait_for("lapsed")
    shown.join(score=90_000)
    shown.wait_for("waiting")


@pytest.mark.parametrize(
    ("standing", "state"), [("active", "inside"), ("finished", "finished"), ("expired", "expired"), ("left", "left")]
)
def test_after_the_turn(stage: StageSetter, standing: str, state: str) -> None:
    """What the edge says of a fan past the line is what the page shows."""
    shown = stage(place=a_place(standing))
    shown.open()
    shown.join(score=10)
    shown.wait_for(state)


def test_leaving_takes_two_steps(stage: StageSetter) -> None:
    """The place is given up only after the consequence was shown."""
    shown = stage()
    shown.answers["POST /leave"] = (204, {})
    shown.open()
    shown.join(score=60_000)
    shown.wait_for("waiting")
    button = shown.page.get_by_role("button", name="Give up my place")
    expect(button).to_be_hidden()
    shown.page.locator("summary:visible", has_text="Leave the line").click()
    button.click()
    shown.wait_for("left")


@pytest.mark.parametrize(
    ("changes", "notice"),
    [
        ({"paused": True}, "paused"),
        ({"slowed": "health"}, "slowed"),
        ({"recovering_until": rfc3339(START_MS + 90_000)}, "recovering"),
    ],
)
def test_what_is_out_of_the_ordinary_is_said(stage: StageSetter, changes: Json, notice: str) -> None:
    """A pause, a slow checkout and a recovery are told beside the place, which stays."""
    shown = stage(snapshot=a_snapshot(**changes))
    shown.open()
    shown.join(score=60_000)
    shown.wait_for("waiting")
    expect(shown.page.locator(".notice:visible")).to_have_attribute("data-notice", notice)
    expect(shown.page.locator(".notice:visible")).to_contain_text("Your place is kept")


def test_a_pause_promises_no_wait(stage: StageSetter) -> None:
    """While the organizer has paused the line, no wait is foretold."""
    shown = stage(snapshot=a_snapshot(paused=True))
    shown.open()
    shown.join(score=60_000)
    expect(shown.page.locator("section:visible [data-fill=wait]")).to_have_text("not known yet")


def test_offline_and_back(stage: StageSetter) -> None:
    """Without a network the place stays on the page with a note, which goes when the network is back."""
    shown = stage()
    shown.open()
    shown.join(score=60_000)
    shown.wait_for("waiting")
    shown.is_down = True
    shown.page.context.set_offline(True)
    expect(shown.page.locator("[data-notice=offline]")).to_be_visible()
    expect(shown.page.locator("section:visible [data-fill=ahead]")).to_have_text("5,600")
    shown.is_down = False
    shown.page.context.set_offline(False)
    expect(shown.page.locator(".notice:visible")).to_have_count(0)


def test_a_store_that_is_away_is_asked_less_and_less(stage: StageSetter) -> None:
    """While the edge refuses, the page says that the place is kept and backs off."""
    shown = stage()
    shown.open()
    shown.join(score=60_000)
    shown.wait_for("waiting")
    shown.answers["GET"] = (503, {})
    shown.pass_seconds(30)
    expect(shown.page.locator("[data-notice=away]")).to_be_visible()
    before = len(shown.asked)
    shown.pass_seconds(60)
    assert len(shown.asked) - before <= 5
    del shown.answers["GET"]
    shown.pass_seconds(75)
    expect(shown.page.locator(".notice:visible")).to_have_count(0)


def test_a_refused_join_goes_on_by_itself(stage: StageSetter) -> None:
    """Too many joins at once: the page goes on trying with the same key."""
    shown = stage()
    shown.answers["POST /join"] = (429, {})
    shown.open()
    shown.page.locator("section:visible form[data-act=join] button").click()
    expect(shown.page.locator("[data-notice=busy]")).to_be_visible()
    fan = {"epoch": "e1", "fan_id": "AAECAwQFBgcICQoLDA0ODw", "tier": 0, "score": 60_000, "state": "waiting"}
    shown.answers["POST /join"] = (201, fan)
    shown.pass_seconds(5)
    shown.wait_for("waiting")
    keys = {key for key in shown.join_keys if key}
    assert len(keys) == 1


def test_polls_follow_the_hints(stage: StageSetter) -> None:
    """With 12,000 ahead the page looks every 20 to 25 seconds, as the snapshot asks."""
    shown = stage()
    shown.open()
    shown.join(score=100_000)
    shown.wait_for("waiting")
    shown.settle()
    before = shown.asked.count("GET")
    shown.pass_seconds(100)
    # Jitter, and a look that was due just before, make one more or less.
    assert 3 <= shown.asked.count("GET") - before <= 6


def test_an_answer_cut_off_on_the_way_is_none(stage: StageSetter) -> None:
    """A snapshot of which only the beginning arrives changes nothing; the page keeps what it knows and looks again."""
    shown = stage()
    shown.open()
    shown.join(score=100_000)
    shown.wait_for("waiting")
    shown.page.route("**/v1/rooms/demo", lambda route: route.fulfill(status=200, body='{"room": "de'))
    shown.pass_seconds(2)
    shown.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    shown.page.locator("[data-notice=away]").wait_for()
    shown.wait_for("waiting")


def test_a_tab_shown_again_looks_at_once(stage: StageSetter) -> None:
    """A tab that comes back to the front does not wait for its timer."""
    shown = stage()
    shown.open()
    shown.pass_seconds(2)
    before = shown.asked.count("GET")
    with shown.page.expect_response("**/v1/rooms/demo"):
        shown.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert shown.asked.count("GET") == before + 1


def test_the_edge_s_clock_counts(stage: StageSetter) -> None:
    """A fan's clock that is an hour off changes no countdown."""
    shown = stage(snapshot=a_snapshot(**LOBBY))
    shown.page.clock.set_system_time((START_MS + 3_600_000) / 1000)
    shown.open()
    expect(shown.page.locator("section:visible [data-fill=draw_in]").first).to_have_text(re.compile("12:3[34]"))


def test_only_milestones_are_announced(stage: StageSetter) -> None:
    """A fan who moves up a little is not told so aloud; at half the way, and each minute under ten, yes."""
    shown = stage()
    shown.open()
    shown.join(score=100_000)
    shown.wait_for("waiting")
    first = shown.announced()
    assert "12,000" in first
    shown.snapshot = a_snapshot(curve=[[1000, 0], [100_000, 11_000]])
    shown.pass_seconds(30)
    assert shown.announced() == first
    shown.snapshot = a_snapshot(curve=[[1000, 0], [100_000, 5000]])
    shown.pass_seconds(30)
    assert "5,001" in shown.announced()
    shown.snapshot = a_snapshot(curve=[[1000, 0], [100_000, 9]])
    shown.pass_seconds(30)
    shown.wait_for("next")
    assert "nearly there" in shown.announced()


def test_the_policy_blocks_what_is_inline(stage: StageSetter) -> None:
    """The stage's watch is no empty one: an inline style is blocked, and noticed."""
    shown = stage()
    shown.open()
    shown.page.evaluate("document.querySelector('main').setAttribute('style', 'color: red')")
    shown.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=color:red>x</p>')")
    assert any("Content Security Policy" in trouble for trouble in shown.troubles)
    shown.troubles.clear()


def test_sold_out_and_closed(stage: StageSetter) -> None:
    """The end of the sale is said to everyone, joined or not."""
    shown = stage(snapshot=a_snapshot(sold_out=True))
    shown.open()
    shown.wait_for("sold-out")
    shown.snapshot = a_snapshot(phase="closed")
    shown.pass_seconds(30)
    shown.wait_for("closed")


def test_a_room_s_name_and_message_are_text(stage: StageSetter) -> None:
    """Markup in what an organizer writes is shown, never run."""
    name = "<script>alert(1)</script>"
    shown = stage(snapshot=a_snapshot(name=name, message="<img src=x onerror=alert(2)>"))
    shown.open()
    expect(shown.page.locator(".room")).to_have_text(name)
    expect(shown.page.locator(".message [data-fill]")).to_have_text("<img src=x onerror=alert(2)>")


@pytest.mark.parametrize("state", ["scheduled", "lobby", "waiting", "turn"])
def test_320_pixels_suffice(stage: StageSetter, state: str) -> None:
    """At 320 px, the width of a 1280 px page at 400 % zoom, nothing needs to be scrolled sideways."""
    snapshots = {"scheduled": a_snapshot(phase="scheduled", lobby_at=rfc3339(START_MS + 9 * 86_400_000))}
    snapshots |= {"lobby": a_snapshot(**LOBBY), "waiting": a_snapshot(waiting=14_000_000)}
    shown = stage(width=320, snapshot=snapshots.get(state, a_snapshot()), place=ADMITTED)
    shown.open()
    if state != "scheduled":
        shown.join(score={"lobby": None, "waiting": 200_000, "turn": 10}[state])
    shown.wait_for(state)
    for summary in shown.page.locator("summary:visible").all():
        summary.click()
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_every_target_is_large_enough(stage: StageSetter) -> None:
    """Whatever can be pressed is at least 24 px high."""
    shown = stage(width=360)
    shown.open()
    shown.join(score=60_000)
    shown.wait_for("waiting")
    for target in shown.page.locator("button:visible, summary:visible, a:visible").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["height"], box["width"]) >= 24


def test_a_code_is_asked_for_where_the_room_takes_codes(stage: StageSetter) -> None:
    """The field is there with its label where codes are taken, hidden otherwise, and what is typed goes along."""
    shown = stage(snapshot=a_snapshot())
    shown.open()
    expect(shown.page.get_by_role("textbox")).to_have_count(0)
    shown.snapshot = a_snapshot(codes="optional", version=4)
    shown.pass_seconds(30)
    expect(shown.page.get_by_role("textbox", name="Presale code, if you have one", exact=True)).to_be_visible()
    shown.snapshot = a_snapshot(codes="required", version=5)
    shown.pass_seconds(30)
    shown.page.get_by_role("textbox", name="Presale code", exact=True).fill(" fan-club 2027 ")
    shown.join(score=60_000)
    shown.wait_for("waiting")
    assert shown.join_bodies == [{"code": "fan-club 2027"}]


@pytest.mark.parametrize(
    ("problem", "notice"), [("code-required", "enter the presale code"), ("code-refused", "not known here")]
)
def test_a_refused_code_is_said_and_may_be_mended(stage: StageSetter, problem: str, notice: str) -> None:
    """The page says what is wrong with the code, aloud too; a right one then joins under a fresh key."""
    shown = stage(snapshot=a_snapshot(codes="required"))
    shown.open()
    shown.first_answers["POST /join"] = (403, {"type": f"/problems/{problem}", "status": 403})
    shown.join(score=60_000)
    expect(shown.page.locator("[data-notice]:visible")).to_contain_text(notice)
    assert notice in shown.announced()
    shown.page.locator("section:visible input").fill("RIGHTCODE")
    shown.join(score=60_000)
    shown.wait_for("waiting")
    expect(shown.page.locator("[data-notice]:visible")).to_have_count(0)
    assert len(set(shown.join_keys)) == 2


def test_who_guessed_too_often_is_tried_again_with_the_same_code(stage: StageSetter) -> None:
    """A network that is slowed waits: the page tries again by itself, with the code that was typed."""
    shown = stage(snapshot=a_snapshot(codes="required"))
    shown.open()
    shown.page.locator("section:visible input").fill("RIGHTCODE")
    shown.first_answers["POST /join"] = (429, {"type": "/problems/too-many-joins", "status": 429})
    shown.join(score=60_000)
    shown.pass_seconds(15)
    shown.wait_for("waiting")
    assert shown.join_bodies == [{"code": "RIGHTCODE"}] * 2
    assert len(set(shown.join_keys)) == 1


@pytest.mark.parametrize(("seats", "words"), [(40_000, "likely"), (4_210, "unlikely")])
def test_the_chance_of_a_seat_is_said_beside_the_seats_left(stage: StageSetter, seats: int, words: str) -> None:
    """A fan with 5,600 ahead reads how many seats are left and whether one is likely."""
    shown = stage(snapshot=a_snapshot(seats_left=seats))
    shown.open()
    shown.join(score=60_000)
    shown.wait_for("waiting")
    expect(shown.page.locator("section:visible [data-fill=chance]")).to_have_text(words)
    shown.snapshot = a_snapshot(seats_left=None)
    shown.pass_seconds(30)
    expect(shown.page.locator("section:visible [data-fill=chance]")).to_be_hidden()
