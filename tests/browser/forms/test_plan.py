"""The plan's editor and its dry run in Chromium, on a real console."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.forms.conftest import Sit
from tests.browser.forms.stage import Desk

pytestmark = pytest.mark.browser

RELEASE_AT = "2099-01-15T18:30:00.000Z"
EVENING = {"lobby_at": "2099-01-15T18:00:00.000Z", "release_at": RELEASE_AT, "total_active_users": 4000}


def part(step: int, name: str) -> str:
    """The place of a control of a step."""
    return f"#steps > li:nth-child({step}) [data-name={name}]"


def figure(page: Page, name: str) -> list[str]:
    """A row of the dry run's table."""
    row = page.locator("#dry-figures tbody tr", has_text=name)
    expect(row).to_be_visible()
    return row.locator("td").all_inner_texts()


def test_steps_are_added_tried_and_saved(sit: Sit, desk: Desk) -> None:
    """Steps from the release and by the clock become moments; the dry run compares them with the plan in force."""
    desk.make(**EVENING)
    page = sit(f"{desk.page}/plan", role="operator", zone="UTC")
    expect(page.locator("#no-steps")).to_be_visible()
    add = page.get_by_role("button", name="Add a step")
    add.click()
    page.locator(part(1, "rate")).fill("300")
    add.click()
    expect(page.locator(part(2, "minutes"))).to_have_value("10")
    expect(page.locator(part(2, "minutes"))).to_be_focused()
    page.locator(part(2, "rate")).fill("1200")
    add.click()
    page.locator(part(3, "kind")).select_option("clock")
    expect(page.locator(part(3, "clock"))).to_have_value("2099-01-15T18:50")
    page.locator(part(3, "clock")).fill("2099-01-15T19:00")
    expect(page.locator("#dry-figures thead .before")).to_be_visible()
    drained = figure(page, "The line is empty after")
    assert len(drained) == 2
    assert drained[0] != drained[1]
    expect(page.locator("#dry-picture svg")).to_have_count(3)
    page.get_by_role("button", name="Save the plan").click()
    expect(page.locator("#notes")).to_contain_text("The plan is saved.")
    saved = [(step["at"][11:16], step["new_users_per_minute"]) for step in desk.look()["plan"]]
    assert saved == [("18:30", 300), ("18:40", 1200), ("19:00", 1200)]


def test_steps_are_moved_and_removed_by_keyboard(sit: Sit, desk: Desk) -> None:
    """Earlier and later change what neighbours do, their times stay in order, and the focus goes along."""
    times = ("2099-01-15T18:30:00Z", "2099-01-15T18:40:00Z", "2099-01-15T18:50:00Z")
    rates = (100, 200, 300)
    plan = [
        {"at": at, "new_users_per_minute": rate, "total_active_users": rate * 10}
        for at, rate in zip(times, rates, strict=True)
    ]
    desk.make(**EVENING, plan=plan)
    page = sit(f"{desk.page}/plan")
    page.locator("#steps > li:nth-child(2) [data-act=later]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(part(3, "rate"))).to_be_focused()
    expect(page.locator(part(3, "rate"))).to_have_value("200")
    page.locator("#steps > li:nth-child(1) [data-act=remove]").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save the plan").click()
    expect(page.locator("#notes")).to_contain_text("The plan is saved.")
    saved = [(step["at"][11:16], step["new_users_per_minute"]) for step in desk.look()["plan"]]
    assert saved == [("18:40", 300), ("18:50", 200)]


def test_the_picture_can_be_kept(sit: Sit, desk: Desk, tmp_path: Path) -> None:
    """It is the one that the API draws of what is typed."""
    desk.make(**EVENING)
    page = sit(f"{desk.page}/plan", role="viewer")
    keep = page.get_by_role("button", name="Keep the picture")
    expect(keep).to_be_enabled()
    with page.expect_download() as coming:
        keep.click()
    coming.value.save_as(file := tmp_path / "picture.svg")
    assert f"Dry run of {desk.room}" in file.read_text()


def test_steps_out_of_order_are_told_and_put_right(sit: Sit, desk: Desk) -> None:
    """A step that is not after the one before it cannot be saved; one button puts them in order."""
    desk.make(**EVENING)
    page = sit(f"{desk.page}/plan")
    for _ in range(2):
        page.get_by_role("button", name="Add a step").click()
    page.locator(part(1, "minutes")).fill("20")
    expect(page.locator("#wrong-1-at")).to_have_text("is not after the step before it.")
    page.get_by_role("button", name="Save the plan").click()
    assert desk.look()["plan"] == []
    page.get_by_role("button", name="Put in order").click()
    expect(page.locator(part(2, "minutes"))).to_have_value("20")
    page.get_by_role("button", name="Save the plan").click()
    expect(page.locator("#notes")).to_contain_text("The plan is saved.")


def test_a_crowd_that_cannot_be_is_told(sit: Sit, desk: Desk) -> None:
    """A supposed figure out of its range stands at its field, and the dry run waits."""
    desk.make(**EVENING)
    page = sit(f"{desk.page}/plan")
    figure(page, "Fans let in")
    page.get_by_label("No-shows").fill("120")
    expect(page.locator("#wrong-crowd-no_show")).to_be_visible()
    expect(page.locator("#dry-words")).to_contain_text("waits until everything typed is right")


def test_a_room_that_is_open_goes_by_the_clock(sit: Sit, desk: Desk) -> None:
    """Without a release there is nothing to count from."""
    desk.make()
    page = sit(f"{desk.page}/plan")
    page.get_by_role("button", name="Add a step").click()
    expect(page.locator(part(1, "kind"))).to_have_value("clock")
    expect(page.locator(part(1, "clock"))).to_be_visible()


def test_a_stale_plan_is_refused(sit: Sit, desk: Desk) -> None:
    """Somebody else's change is shown before the plan is saved over it."""
    desk.make(**EVENING)
    page = sit(f"{desk.page}/plan")
    page.get_by_role("button", name="Add a step").click()
    desk.change(message="Doors at seven")
    expect(page.locator("#meanwhile-note")).to_contain_text("Doors at seven")
    page.get_by_role("button", name="Save the plan").click()
    page.get_by_role("dialog").get_by_role("button", name="Make my change as well").click()
    expect(page.locator("#notes")).to_contain_text("The plan is saved.")
    assert (len(desk.look()["plan"]), desk.look()["message"]) == (1, "Doors at seven")
