"""The night's live screen in a real browser, on a real console: what it shows, foretells and does, and who may."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.conftest import PASSWORD, Console

pytestmark = pytest.mark.browser

WAITING = 240


@pytest.fixture
def room(console: Console) -> str:
    """A room in which fans wait and nobody gets in."""
    return console.make_room(fans=WAITING, new_users_per_minute=60, total_active_users=0)


def sign_in_again(page: Page, password: str = PASSWORD) -> None:
    """Fill in the dialog that an ended session opens."""
    dialog = page.locator("#sign-in")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Password").fill(password)
    dialog.get_by_role("button", name="Sign in").click()


def in_force(page: Page, text: str) -> None:
    """Wait until the page says what is in force."""
    expect(page.locator("#in-force")).to_contain_text(text)


def test_it_is_live(console: Console, room: str) -> None:
    """Figures come by themselves, charts have their lines, and a checkout's report is there."""
    page = console.open("vic", f"/rooms/{room}")
    expect(page.locator('[data-tile="waiting"] [data-big]')).to_have_text(str(WAITING))
    expect(page.locator('[data-tile="seats"] [data-big]')).to_have_text("500")
    expect(page.locator('[data-chart="waiting"] path.stroke')).to_have_attribute("d", re.compile(r"^M.*L"))
    expect(page.locator("#changes li")).to_contain_text("machine made the room")
    console.call("PATCH", f"/rooms/{room}", {"message": "Doors at seven"})
    expect(page.locator("#changes li").first).to_contain_text("machine said: “Doors at seven”")


def test_the_effect_is_foretold(console: Console, room: str) -> None:
    """What a rate and a ceiling would do is shown beside how it is, before it is applied; then it is in force."""
    page = console.open("olga", f"/rooms/{room}")
    expect(page.locator('[data-foretold="bound"] [data-now]')).to_have_text("nobody gets in")
    page.get_by_label("Inside at most", exact=True).fill("5000")
    expect(page.locator('[data-foretold="bound"] [data-then]')).to_have_text("the rate")
    expect(page.locator('[data-foretold="last"] [data-then]')).to_have_text(re.compile(r"[45] min"))
    assert console.call("GET", f"/rooms/{room}")["total_active_users"] == 0
    page.get_by_role("button", name="Apply").click()
    in_force(page, "5,000 inside; by olga")
    assert console.call("GET", f"/rooms/{room}")["total_active_users"] == 5000


def test_the_slider_is_the_number(console: Console, room: str) -> None:
    """A slider moved by keyboard writes the number, says it in words, and Undo takes both back."""
    page = console.open("olga", f"/rooms/{room}")
    in_force(page, "60 a minute")
    slider = page.get_by_label("New fans a minute, by slider")
    slider.press("End")
    expect(page.get_by_label("New fans a minute", exact=True)).to_have_value("60000")
    expect(slider).to_have_attribute("aria-valuetext", "60,000 a minute")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("New fans a minute", exact=True)).to_have_value("60")
    expect(page.get_by_role("button", name="Apply")).to_be_disabled()


def test_a_wrong_number_is_named_beside_its_field(console: Console, room: str) -> None:
    """What cannot be is told at its field, and nothing is changed."""
    page = console.open("olga", f"/rooms/{room}")
    in_force(page, "60 a minute")
    page.get_by_label("New fans a minute", exact=True).fill("7000000")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#wrong-rate")).to_be_visible()
    expect(page.get_by_label("New fans a minute", exact=True)).to_have_attribute("aria-invalid", "true")
    assert console.call("GET", f"/rooms/{room}")["version"] == 1


def test_two_organizers_see_each_other(console: Console, room: str) -> None:
    """What one does the other sees by itself, with the name of who did it."""
    olga, otto = console.open("olga", f"/rooms/{room}"), console.open("otto", f"/rooms/{room}")
    expect(otto.locator("#changes li")).to_have_count(1)
    olga.get_by_role("button", name="Pause").click()
    expect(otto.locator("#badge")).to_have_text("Paused")
    expect(otto.locator("#changes li").first).to_contain_text("olga paused the room")
    expect(otto.locator("#notes")).to_contain_text("olga paused the room.")
    otto.get_by_role("button", name="Resume").click()
    expect(olga.locator("#badge")).to_have_text("Open")


def test_a_stale_edit_is_shown_and_not_lost(console: Console, room: str) -> None:
    """Who edits while another changes the room is told by whom, keeps what was typed, and may go on with it."""
    olga, otto = console.open("olga", f"/rooms/{room}"), console.open("otto", f"/rooms/{room}")
    in_force(otto, "60 a minute")
    otto.get_by_label("New fans a minute", exact=True).fill("900")
    in_force(olga, "60 a minute")
    olga.get_by_label("New fans a minute", exact=True).fill("300")
    olga.get_by_role("button", name="Apply").click()
    in_force(otto, "300 a minute")
    expect(otto.locator("#overtaken")).to_contain_text("olga has just set 300 a minute")
    otto.get_by_role("button", name="Apply").click()
    dialog = otto.get_by_role("dialog", name="Somebody else has changed this room")
    expect(dialog.locator("li")).to_contain_text("olga set the rate from 60 to 300 a minute")
    dialog.get_by_role("button", name="Keep editing").click()
    expect(otto.get_by_label("New fans a minute", exact=True)).to_have_value("900")
    assert console.call("GET", f"/rooms/{room}")["new_users_per_minute"] == 300
    otto.get_by_role("button", name="Apply").click()
    dialog.get_by_role("button", name="Make my change as well").click()
    in_force(olga, "900 a minute, 0 inside; by otto")


def test_a_viewer_may_not(console: Console, room: str) -> None:
    """A viewer sees everything, is told why nothing can be pressed, and is refused by the API as well."""
    page = console.open("vic", f"/rooms/{room}")
    expect(page.get_by_text("you may look. Changes here need the role operator.")).to_be_visible()
    in_force(page, "60 a minute")
    page.get_by_label("New fans a minute", exact=True).fill("900")
    for name in ("Pause", "Message", "Apply"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    # By hand, past the disabled button.
    refused = page.evaluate(
        """async (room) => {
          const { post, explain } = await import("/static/api.js");
          return post(`/rooms/${room}/pause`).then(() => "done", explain);
        }""",
        room,
    )
    assert refused == "Your role may not do this; it needs the role operator."
    assert console.call("GET", f"/rooms/{room}")["paused"] is False


def test_a_session_that_ends_loses_nothing(console: Console, room: str) -> None:
    """A session that ends in the middle of an edit asks to sign in, on the spot, and the edit goes on."""
    page = console.open("olga", f"/rooms/{room}")
    in_force(page, "60 a minute")
    page.get_by_label("New fans a minute", exact=True).fill("777")
    page.context.clear_cookies()
    sign_in_again(page, "not the password")
    expect(page.locator("#sign-in-wrong")).to_be_visible()
    sign_in_again(page)
    expect(page.locator("#sign-in")).to_be_hidden()
    expect(page.get_by_label("New fans a minute", exact=True)).to_have_value("777")
    page.get_by_role("button", name="Apply").click()
    in_force(page, "777 a minute, 0 inside; by olga")


def test_who_does_not_sign_in_again_is_told_what_is_old(console: Console, room: str) -> None:
    """Who puts the sign-in off is not asked each second, is told that the figures are old, and can still sign in."""
    page = console.open("olga", f"/rooms/{room}")
    in_force(page, "60 a minute")
    page.context.clear_cookies()
    page.locator("#sign-in").get_by_role("button", name="Not now").click()
    expect(page.get_by_text("You are signed out: what you see is old.")).to_be_visible()
    expect(page.locator("#sign-in")).to_be_hidden()
    page.locator("#silence").get_by_role("button", name="Sign in").click()
    sign_in_again(page)
    expect(page.locator("#silence")).to_have_count(0)


def test_what_cannot_be_taken_back_asks_for_the_name(console: Console, room: str) -> None:
    """Closing needs the room's name typed; Escape leaves everything as it is, and the focus at the menu."""
    page = console.open("olga", f"/rooms/{room}")
    in_force(page, "60 a minute")
    page.locator("#more summary").click()
    page.get_by_role("button", name="Close the room").click()
    dialog = page.get_by_role("dialog", name="Close the room?")
    go = dialog.get_by_role("button", name="Close the room")
    expect(go).to_be_disabled()
    dialog.get_by_role("textbox").fill("another-room")
    expect(go).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#more summary")).to_be_focused()
    assert console.call("GET", f"/rooms/{room}")["phase"] == "open"
    page.locator("#more summary").click()
    page.get_by_role("button", name="Close the room").click()
    dialog.get_by_role("textbox").fill(room)
    go.click()
    expect(page.locator("#badge")).to_have_text("Closed")
    expect(page.get_by_role("button", name="Pause")).to_be_disabled()


def test_a_message(console: Console, room: str) -> None:
    """A message is shown as fans will see it, said, and taken away again."""
    page = console.open("olga", f"/rooms/{room}")
    in_force(page, "60 a minute")
    page.get_by_role("button", name="Message").click()
    dialog = page.locator("#message")
    dialog.get_by_label("Message").fill("<b>Doors</b> at seven")
    expect(page.locator("#message-preview")).to_have_text("<b>Doors</b> at seven")
    dialog.get_by_role("button", name="Say it").click()
    expect(page.locator("#changes li").first).to_contain_text("said: “<b>Doors</b> at seven”")
    page.get_by_role("button", name="Message").click()
    dialog.get_by_label("Message").fill("")
    dialog.get_by_role("button", name="Take it away").click()
    expect(page.locator("#changes li").first).to_contain_text("took the message away")


def test_a_chart_is_read_by_keyboard_and_as_a_table(console: Console, room: str) -> None:
    """A chart's moments are stepped through by arrow keys, in words, and stand in a table."""
    page = console.open("vic", f"/rooms/{room}")
    plot = page.get_by_label("Waiting: read the chart")
    expect(page.locator('[data-chart="waiting"] path.stroke')).to_have_attribute("d", re.compile(r"^M.*L.*L"))
    plot.focus()
    plot.press("Home")
    first = plot.get_attribute("aria-valuetext")
    plot.press("ArrowRight")
    assert first is not None
    assert re.fullmatch(r"\d\d:\d\d:\d\d · waiting 240.*", first)
    assert plot.get_attribute("aria-valuetext") != first
    page.get_by_text("As a table: Waiting").click()
    expect(page.get_by_role("region", name="Waiting as a table").get_by_role("cell").first).to_have_text("240")


def test_rooms_are_listed_and_fresh(console: Console, room: str) -> None:
    """The list shows each room as it stands, follows it by itself, and leads to its night."""
    page = console.open("vic", "/")
    row = page.locator(f'[data-room="{room}"]')
    expect(row.locator('[data-value="waiting"]')).to_have_text(str(WAITING))
    console.call("POST", f"/rooms/{room}/pause", {})
    expect(row.locator('[data-value="badge"]')).to_have_text("Paused")
    row.get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/rooms/{room}$"))
