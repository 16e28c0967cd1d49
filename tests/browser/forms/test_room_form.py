"""Making a room and changing its settings in Chromium, on a real console."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.forms.conftest import Sit
from tests.browser.forms.stage import Desk

pytestmark = pytest.mark.browser

LOBBY_AT, RELEASE_AT = "2099-01-15T18:00:00.000Z", "2099-01-15T18:30:00.000Z"
PLAN = [{"at": RELEASE_AT, "new_users_per_minute": 300, "total_active_users": 900}]


def wrong(page: Page, field: str) -> str:
    """What stands at a field."""
    line = page.locator(f"[data-field='{field}'] .wrong").first
    expect(line).to_be_visible()
    return line.text_content() or ""


def save(page: Page) -> None:
    """Press the button and wait for the note."""
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#notes")).to_contain_text("Saved.")


def test_a_room_is_made_by_keyboard_alone(sit: Sit, desk: Desk) -> None:
    """Name, times of a chosen zone and a button: the room has what was typed, its address follows from the name."""
    page = sit("/rooms/new")
    page.locator("#field-name").focus()
    page.keyboard.type(f"Nächt {desk.room}!")
    expect(page.locator("#field-room")).to_have_value(f"nacht-{desk.room}")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type(desk.room)
    expect(page.locator("#address")).to_have_text(f"https://queue.example.org/r/{desk.room}")
    page.locator("#zone").focus()
    page.keyboard.type("Europe/Berlin")
    page.locator("#field-lobby_at").fill("2099-01-15T19:00")
    page.locator("#field-release_at").fill("2099-01-15T19:30")
    clocks = page.locator("[data-moment=release_at] .clocks")
    for told in ("18:30 UTC", "19:30 Berlin, UTC+01:00", "13:30 your own clock, UTC−05:00"):  # noqa: RUF001 - a minus
        expect(clocks).to_contain_text(told)
    expect(page.locator("#evening")).to_have_text("The lobby is open for 30 min.")
    page.locator("#go").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/rooms/{desk.room}")
    made = desk.look()
    assert (made["lobby_at"], made["release_at"], made["name"]) == (LOBBY_AT, RELEASE_AT, f"Nächt {desk.room}!")
    assert made["lobby_closes_at"] == made["closes_at"] is None


def test_hours_that_clocks_leave_out_or_repeat(sit: Sit, desk: Desk) -> None:
    """A time that does not exist, or exists twice, is told and refused until it is said which one is meant."""
    page = sit("/rooms/new", zone="Europe/Berlin")
    page.locator("#field-name").fill("Night of the clocks")
    page.locator("#field-room").fill(desk.room)
    release = page.locator("#field-release_at")
    choice = page.locator("[data-moment=release_at] .choice")
    release.fill("2027-03-28T02:30")
    expect(choice).to_contain_text("never 02:30")
    page.locator("#go").click()
    assert "does not exist" in wrong(page, "release_at")
    choice.get_by_text("03:30 (UTC+02:00)").click()
    expect(release).to_have_value("2027-03-28T03:30")
    release.fill("2027-10-31T02:30")
    expect(choice).to_contain_text("twice")
    page.locator("#go").click()
    assert wrong(page, "release_at") == "say which of the two is meant."
    choice.get_by_text("The second (UTC+01:00)").click()
    page.locator("#go").click()
    page.wait_for_url(f"**/rooms/{desk.room}")
    assert desk.look()["release_at"] == "2027-10-31T01:30:00.000Z"


def test_a_refused_field_keeps_what_was_typed(sit: Sit, desk: Desk) -> None:
    """What the API refuses stands at its field, in words, opened and focused, and nothing that was typed is lost."""
    desk.make()
    page = sit("/rooms/new")
    page.locator("#field-name").fill("Second of its name")
    page.locator("#field-room").fill(desk.room)
    page.get_by_text("Always open").click()
    page.locator("#go").click()
    assert "is taken" in wrong(page, "room")
    page.locator("#field-room").fill("Not an address")
    page.get_by_text("Turns", exact=True).click()
    page.locator("#field-claim_minutes").fill("2000")
    page.get_by_text("Turns", exact=True).click()
    page.locator("#go").click()
    assert "lower-case" in wrong(page, "room")
    page.locator("#field-room").fill("not-there-yet")
    page.locator("#go").click()
    assert "1440" in wrong(page, "claim_minutes")
    expect(page.locator("#field-claim_minutes")).to_be_focused()
    expect(page.locator("#field-name")).to_have_value("Second of its name")


def test_times_out_of_order_and_in_the_past(sit: Sit) -> None:
    """A release before its lobby is refused at the field, and a time that is over is told."""
    page = sit("/rooms/new")
    page.locator("#field-name").fill("Yesterday")
    page.locator("#field-lobby_at").fill("2020-01-15T19:00")
    page.locator("#field-release_at").fill("2020-01-15T18:00")
    expect(page.locator("[data-moment=release_at] .past")).to_contain_text("released at once")
    page.locator("#go").click()
    assert "before the opening of the lobby" in wrong(page, "release_at")
    page.locator("#field-release_at").fill("")
    page.locator("#go").click()
    assert "is needed" in wrong(page, "release_at")


def test_only_what_was_changed_is_sent(sit: Sit, desk: Desk) -> None:
    """Two people change different settings: neither change takes the other back, and the log names one field each."""
    desk.make(lobby_at=LOBBY_AT, release_at=RELEASE_AT)
    page = sit(f"{desk.page}/edit", role="operator")
    expect(page.locator("#save-words")).to_have_text("No changes.")
    page.locator("#field-total_active_users").fill("500")
    expect(page.locator("#sized")).to_contain_text("needs about 4,000")
    page.get_by_text("When something breaks").click()
    page.get_by_text("A few go in").click()
    expect(page.locator("#save-words")).to_have_text("2 settings changed, not saved yet.")
    save(page)
    room = desk.look()
    assert (room["total_active_users"], room["outage_policy"], room["version"]) == (500, "open_limited", 2)
    log = desk.client.get(f"/v1/admin/rooms/{desk.room}/changes").json()["changes"][0]
    assert set(log["fields"]) - {"rate_by_hand"} == {"total_active_users", "outage_policy"}


def test_a_stale_edit_is_refused_and_nothing_typed_is_lost(sit: Sit, desk: Desk) -> None:
    """Who saves over somebody else's change is shown it first, keeps what was typed, and may then save as well."""
    desk.make()
    page = sit(f"{desk.page}/edit")
    page.locator("#field-name").fill("My name for it")
    desk.change(name="The other name", message="Doors at seven")
    expect(page.locator("#meanwhile-note")).to_contain_text("otto")
    page.get_by_role("button", name="Save changes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Doors at seven")
    dialog.get_by_role("button", name="Keep editing").click()
    assert desk.look()["name"] == "The other name"
    expect(page.locator("#field-name")).to_have_value("My name for it")
    page.get_by_role("button", name="Save changes").click()
    dialog.get_by_role("button", name="Make my change as well").click()
    expect(page.locator("#notes")).to_contain_text("Saved.")
    assert (desk.look()["name"], desk.look()["message"]) == ("My name for it", "Doors at seven")


def test_what_somebody_else_saved_is_seen(sit: Sit, desk: Desk) -> None:
    """With nothing typed, the other's change is in the form by itself."""
    desk.make(new_users_per_minute=600)
    page = sit(f"{desk.page}/edit")
    desk.change(new_users_per_minute=90)
    expect(page.locator("#field-new_users_per_minute")).to_have_value("90")
    expect(page.locator("#notes")).to_contain_text("otto set the rate from 600 to 90")


def test_a_moved_release_takes_the_plan_along(sit: Sit, desk: Desk) -> None:
    """The plan keeps its distance from the release, unless that is switched off."""
    desk.make(lobby_at=LOBBY_AT, release_at=RELEASE_AT, plan=PLAN)
    page = sit(f"{desk.page}/edit", zone="UTC")
    page.locator("#field-release_at").fill("2099-01-15T20:00")
    expect(page.locator("#move-plan")).to_be_visible()
    save(page)
    assert desk.look()["plan"][0]["at"] == desk.look()["release_at"] == "2099-01-15T20:00:00.000Z"


def test_what_cannot_be_changed_says_why(sit: Sit, desk: Desk) -> None:
    """An open room gets no lobby: its fields are disabled, with the reason."""
    desk.make()
    page = sit(f"{desk.page}/edit")
    expect(page.get_by_label("With a lobby and a draw")).to_be_disabled()
    expect(page.get_by_text("its line is open").first).to_be_visible()


def test_a_viewer_looks_and_changes_nothing(sit: Sit, desk: Desk) -> None:
    """Everything that would change something is disabled, and the page says which role it needs."""
    desk.make()
    page = sit(f"{desk.page}/edit", role="viewer")
    expect(page.locator("#why-operator")).to_contain_text("need the role operator")
    expect(page.get_by_role("button", name="Save changes")).to_be_disabled()
    expect(page.locator("#field-name")).to_be_disabled()
    expect(page.get_by_role("button", name="Delete the room")).to_be_disabled()


def test_a_room_is_made_from_another(sit: Sit, desk: Desk) -> None:
    """A copy has the settings, the times moved by whole weeks by the clock, and the plan at its distance."""
    desk.make(
        lobby_at="2020-06-06T18:00:00Z",
        release_at="2020-06-06T18:30:00Z",
        plan=[PLAN[0] | {"at": "2020-06-06T18:40:00Z"}],
        session_minutes=7,
        message="Doors at seven",
    )
    page = sit(f"/rooms/new?from={desk.room}", zone="UTC")
    expect(page.locator("#copied")).to_contain_text(desk.room)
    assert page.locator("#field-release_at").input_value().endswith("T18:30")
    page.locator("#field-name").fill("The next one")
    page.locator("#field-room").fill(other := f"{desk.room}-b")
    page.locator("#go").click()
    page.wait_for_url(f"**/rooms/{other}")
    made = desk.client.get(f"/v1/admin/rooms/{other}").json()
    desk.client.delete(f"/v1/admin/rooms/{other}")
    assert (made["session_minutes"], made["message"], made["phase"]) == (7, "Doors at seven", "scheduled")
    assert made["release_at"][11:16] == "18:30"
    assert made["plan"][0]["at"] == made["release_at"].replace("18:30", "18:40")


def test_what_binds_is_told_where_the_plan_does(sit: Sit, desk: Desk) -> None:
    """Rate and ceiling in force stand above those that were set by hand, with what set them."""
    desk.make(plan=[{"at": "2020-01-01T00:00:00Z", "new_users_per_minute": 42, "total_active_users": 43}])
    page = sit(f"{desk.page}/edit")
    expect(page.locator("#in-force")).to_have_text("In force now, by the plan: 42 a minute, 43 inside at most.")


def test_a_rehearsal_is_chosen_when_the_room_is_made(sit: Sit, desk: Desk) -> None:
    """The box makes a rehearsal, and afterwards the form says that it stays one."""
    page = sit("/rooms/new")
    page.locator("#field-name").fill("Dress rehearsal")
    page.locator("#field-room").fill(desk.room)
    page.get_by_text("Always open").click()
    page.locator("summary", has_text="Rehearsal").click()
    page.get_by_label("This room is a rehearsal").check()
    page.locator("#go").click()
    page.wait_for_url(f"**/rooms/{desk.room}")
    assert desk.look()["rehearsal"] is True
    page.goto(f"{desk.url}{desk.page}/edit")
    expect(page.locator("[data-sum=rehearsal]")).to_have_text("a rehearsal, nothing is sold")


def test_a_beacon_is_chosen_when_the_room_is_made(sit: Sit, desk: Desk) -> None:
    """drand's own chain is offered; an address that is none is refused at its field."""
    page = sit("/rooms/new")
    page.locator("#field-name").fill("Fair")
    page.locator("#field-room").fill(desk.room)
    page.locator("#field-release_at").fill("2099-01-15T19:30")
    page.locator("summary", has_text="Fairness").click()
    page.get_by_label("Wait for a beacon").check()
    url = page.get_by_label("The beacon's address")
    good = url.input_value()
    url.fill("http://elsewhere.example/x")
    page.locator("#go").click()
    assert "https://" in wrong(page, "beacon.url")
    url.fill(good)
    page.locator("#go").click()
    page.wait_for_url(f"**/rooms/{desk.room}")
    beacon = desk.look()["beacon"]
    assert (beacon["period_seconds"], beacon["genesis_at"]) == (30, "2020-07-22T15:17:30.000Z")


def test_deleting_asks_for_the_room_s_name(sit: Sit, desk: Desk) -> None:
    """The button stays shut until the name is typed; then the room is gone."""
    desk.make()
    page = sit(f"{desk.page}/edit")
    page.get_by_role("button", name="Delete the room").click()
    dialog = page.get_by_role("dialog")
    go = dialog.get_by_role("button", name="Delete the room")
    expect(go).to_be_disabled()
    dialog.get_by_label("to confirm").fill(desk.room)
    go.click()
    page.wait_for_url(f"{desk.url}/")
    assert desk.client.get(f"/v1/admin/rooms/{desk.room}").status_code == 404
