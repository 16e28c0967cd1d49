"""Branding and its live preview in Chromium, on a real console."""

import base64
import random
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.forms.conftest import Sit
from tests.browser.forms.stage import Desk
from waitroom.contrast import PARTS, TEXT, contrast, nearest_passing, text_on

pytestmark = pytest.mark.browser

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CONTRASTS = """async cases => {
  const { contrast, nearestPassing, textOn } = await import("/static/contrast.js");
  return cases.map(([one, other, least]) => [contrast(one, other), nearestPassing(one, [other], least), textOn(one)]);
}"""


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    """The smallest picture."""
    file = tmp_path / "logo.png"
    file.write_bytes(base64.b64decode(PIXEL))
    return file


def ratio(page: Page, name: str) -> str:
    """What is told of a colour's contrast."""
    return page.locator(f"#ratio-{name}").inner_text()


def test_contrast_is_reckoned_as_on_the_server(sit: Sit) -> None:
    """Ratio, nearest colour that passes and text on a colour are the same in the browser and in Python."""
    dice = random.Random(7)
    colours = [f"#{dice.randrange(2**24):06x}" for _ in range(120)]
    cases = list(zip(colours[::2], colours[1::2], [TEXT, PARTS] * 30, strict=True))
    told = sit("/static/icon.svg").evaluate(CONTRASTS, [list(case) for case in cases])
    for (one, other, least), (ratio_there, nearest, ink) in zip(cases, told, strict=True):
        assert ratio_there == pytest.approx(contrast(one, other))
        assert (nearest, ink) == (nearest_passing(one, other, least=least), text_on(one))


def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can(sit: Sit, desk: Desk) -> None:
    """The contrast is told while one types, the refusal has the nearest that passes, and taking it saves."""
    desk.make(name="The Night")
    page = sit(f"{desk.page}/branding", role="operator")
    page.get_by_label("Colours of your own").check()
    accent = page.locator("#colour-accent")
    accent.fill("#f0a0b8")
    assert ratio(page, "accent").startswith("✗ 1.82 to 1")
    page.get_by_role("button", name="Save the branding").click()
    expect(page.locator("#wrong-accent")).to_contain_text("has a contrast of 1.82 to 1 and needs 3")
    expect(accent).to_have_value("#f0a0b8")
    page.get_by_role("button", name="the nearest that passes").click()
    assert ratio(page, "accent").startswith("✓ 3")
    page.get_by_role("button", name="Save the branding").click()
    expect(page.locator("#notes")).to_contain_text("Saved.")
    assert desk.look()["branding"]["colours"] == {"accent": accent.input_value(), "ground": None, "ink": None}


def test_the_preview_shows_what_is_not_saved(sit: Sit, desk: Desk, logo: Path) -> None:
    """Name, message, colours, links and logo are in the frame before they are saved, and then on the room."""
    desk.make(name="The Night")
    page = sit(f"{desk.page}/branding")
    frame = page.frame_locator("#frame")
    expect(frame.locator("h1")).to_have_text("You are in line")
    page.get_by_label("Your name").fill("<b>Nord</b>licht")
    expect(frame.locator("header")).to_contain_text("<b>Nord</b>licht")
    page.get_by_label("Message").fill("Doors at seven")
    expect(frame.locator(".message")).to_contain_text("Doors at seven")
    page.get_by_label("Colours of your own").check()
    page.locator("#colour-ground").fill("#fff0f5")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(255, 240, 245)")
    page.get_by_role("button", name="Add a link").click()
    page.get_by_label("Link text").fill("Imprint")
    page.get_by_label("Address").fill("https://example.org/imprint")
    expect(frame.locator(".links")).to_contain_text("Imprint")
    page.locator("#logo").set_input_files(logo)
    expect(frame.locator("header img")).to_have_attribute("alt", "<b>Nord</b>licht")
    assert desk.look()["version"] == 1
    page.get_by_role("button", name="Save the branding").click()
    expect(page.locator("#notes")).to_contain_text("Saved.")
    room = desk.look()
    assert (room["message"], room["branding"]["name"]) == ("Doors at seven", "<b>Nord</b>licht")
    assert room["branding"]["links"] == [{"label": "Imprint", "url": "https://example.org/imprint"}]
    assert room["branding"]["logo"].endswith(".png")
    expect(frame.locator("header img")).to_have_attribute("src", f"/v1/admin/rooms/{desk.room}/logo")


def test_what_is_saved_counts_as_no_change(sit: Sit, desk: Desk) -> None:
    """A room with colours of its own opens without a change to save, and leaves without a question."""
    desk.make(branding={"name": "Riverside", "colours": {"accent": "#7a1f5c"}, "links": []})
    page = sit(f"{desk.page}/branding")
    expect(page.locator("#save-words")).to_have_text("No changes.")
    expect(page.locator("#undo")).to_be_disabled()


def test_each_look_of_the_page(sit: Sit, desk: Desk) -> None:
    """State, notice, language, width and light are chosen beside the frame, which scripts and forms never leave."""
    desk.make(name="The Night")
    page = sit(f"{desk.page}/branding", role="viewer")
    frame = page.frame_locator("#frame")
    page.get_by_label("State").select_option("turn")
    expect(frame.locator("body")).to_have_attribute("data-state", "turn")
    page.get_by_label("State").select_option("waiting")
    page.get_by_label("Notice").select_option("paused")
    expect(frame.locator("[data-notice=paused]")).to_be_visible()
    page.get_by_label("Language").select_option("ar")
    expect(frame.locator("html")).to_have_attribute("dir", "rtl")
    page.get_by_label("Dark", exact=True).check()
    expect(frame.locator("body")).to_have_css("background-color", "rgb(14, 16, 19)")
    page.get_by_label("Desktop").check()
    expect(page.locator("#device")).to_have_class("device desktop")
    assert page.locator("#frame").evaluate("each => each.contentWindow.innerWidth") == 1180


def test_pictures_that_are_no_logo(sit: Sit, desk: Desk, tmp_path: Path) -> None:
    """Too large, of another kind or damaged: told at the field, nothing is sent."""
    desk.make()
    page = sit(f"{desk.page}/branding")
    png = base64.b64decode(PIXEL)
    for content, words in (
        (png + b"\0" * 32_768, "32 KiB at most"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "PNG, JPEG or WebP"),
        (png[:30], "damaged"),
    ):
        (file := tmp_path / "logo.png").write_bytes(content)
        page.locator("#logo").set_input_files(file)
        expect(page.locator("#wrong-logo")).to_contain_text(words)
    expect(page.locator("#save-words")).to_have_text("No changes.")


def test_a_logo_is_taken_away(sit: Sit, desk: Desk) -> None:
    """The name stands there again."""
    desk.make(name="The Night")
    desk.client.put(f"/v1/admin/rooms/{desk.room}/logo", content=base64.b64decode(PIXEL))
    page = sit(f"{desk.page}/branding")
    page.get_by_role("button", name="Take the logo away").click()
    page.get_by_role("button", name="Save the branding").click()
    expect(page.locator("#notes")).to_contain_text("Saved.")
    assert (desk.look()["branding"] or {"logo": None})["logo"] is None
    expect(page.frame_locator("#frame").locator("header")).to_have_text("The Night")
