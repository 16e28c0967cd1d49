"""Presale codes made in Chromium, on a real console."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.forms.conftest import Sit
from tests.browser.forms.stage import Desk

pytestmark = pytest.mark.browser


def test_codes_are_shown_once_and_kept(sit: Sit, desk: Desk, tmp_path: Path) -> None:
    """The dialog stays until the codes are kept, the file has them all, and afterwards only their number is known."""
    desk.make(codes="required")
    page = sit(f"{desk.page}/codes")
    expect(page.locator("#no-codes")).to_be_visible()
    page.get_by_label("How many").fill("25")
    page.get_by_label("Tier").fill("2")
    page.get_by_role("button", name="Make the codes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("25 codes of tier 2, for one use each")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    codes = dialog.get_by_role("textbox").input_value().split("\n")
    with page.expect_download() as coming:
        dialog.get_by_role("button", name="Download as CSV").click()
    coming.value.save_as(file := tmp_path / "codes.csv")
    assert file.read_text().split() == ["code,tier,uses", *(f"{code},2,1" for code in codes)]
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator("#codes-table tbody td")).to_have_text(["1", "25"])
    assert page.locator("#made-codes").input_value() == ""


def test_words_of_one_s_own(sit: Sit, desk: Desk) -> None:
    """A word that is too short is told at its field; one without a limit asks first."""
    desk.make(codes="optional")
    page = sit(f"{desk.page}/codes")
    page.get_by_text("Your own words").click()
    words = page.get_by_label("Words", exact=True)
    words.fill("short")
    page.get_by_role("button", name="Make the codes").click()
    expect(page.locator("#form-trouble")).to_contain_text("8 to 64 letters")
    words.fill("SUMMER NIGHT\nwinter night\n")
    page.get_by_label("As often as one likes").check()
    page.get_by_role("button", name="Make the codes").click()
    page.get_by_role("dialog").get_by_role("button", name="Make it so").click()
    expect(page.locator("#notes")).to_contain_text("2 words are new")
    expect(page.locator("#codes-table tbody td")).to_have_text(["any number", "2"])


def test_an_operator_may_not(sit: Sit, desk: Desk) -> None:
    """Codes are made by admins; others see the numbers."""
    desk.make()
    page = sit(f"{desk.page}/codes", role="operator")
    expect(page.get_by_role("button", name="Make the codes")).to_be_disabled()
    expect(page.locator("#why-admin")).to_contain_text("need the role admin")
