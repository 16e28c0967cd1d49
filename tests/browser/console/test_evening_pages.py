"""The pages beside and after an evening: the rehearsal's crowd, the support desk, the report."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import overflow, small_targets, violations
from tests.browser.console.conftest import KEYS, Console, run
from tests.factories import a_fan
from waitroom.queue import Held, Queue, look_at_room
from waitroom.short_codes import Purpose, new_short_code, short_code_id
from waitroom.tokens import KeyRing

pytestmark = pytest.mark.browser

REHEARSAL = {"rehearsal": True, "new_users_per_minute": 60_000}
PAGES = ("rehearsal", "support", "report")


def support_code(console: Console, room: str) -> str:
    """Let a fan join, and return the code that the fan's page would show."""

    async def make() -> str:
        queue, fan, code = Queue.connect(console.redis_url), a_fan(), new_short_code(Purpose.SUPPORT)
        await queue.join(room, [(fan, 0)])
        epoch = (await look_at_room(queue, room)).epoch
        secret = KeyRing.parse(KEYS).newest.secret
        code_id = short_code_id(code, Purpose.SUPPORT, secret=secret, epoch=epoch)
        assert code_id is not None
        held = Held(fan_id=fan, tier=0, score=None, joined_at_ms=time.time_ns() // 1_000_000)
        await queue.support(room, held=held, moves=0, code_id=code_id)
        await queue.close()
        return code

    return run(make())


def note_networks(console: Console, room: str) -> None:
    """Let fans have joined from some networks, so that the report's table of them is there."""

    async def note() -> None:
        queue = Queue.connect(console.redis_url)
        epoch = (await look_at_room(queue, room)).epoch
        await queue.networks(room, epoch=epoch, joins={"198.51.100.0/24": 40, "2001:db8:1200::/48": 2})
        await queue.close()

    run(note())


def walk(page: Page, **fields: str) -> None:
    """Fill in a quick crowd and let it walk."""
    quick = {"fans": "40", "over_minutes": "0", "no_show": "0", "claim_seconds": "0", "shop_minutes": "0"}
    for name, value in (quick | fields).items():
        page.locator(f"#field-{name}").fill(value)
    page.get_by_role("button", name="Let the crowd walk").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_no_fault_is_found(console: Console, path: str, scheme: str) -> None:
    """axe-core finds nothing, nothing needs a sidewards scroll down to 320 pixels, every control can be hit."""
    room = console.make_room(fans=25, **REHEARSAL)
    note_networks(console, room)
    page = console.open("anna", f"/rooms/{room}/{path}", color_scheme=scheme)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert violations(page) == []
    for width in (768, 360, 320):
        page.set_viewport_size({"width": width, "height": 740})
        assert (overflow(page), small_targets(page)) == (0, []), width


def test_a_rehearsal_is_started_seen_and_over(console: Console) -> None:
    """An operator lets a crowd walk and sees where its fans are, until all are through."""
    room = console.make_room(**REHEARSAL)
    page = console.open("olga", f"/rooms/{room}/rehearsal")
    walk(page, seats="200")
    expect(page.locator("#walk-status")).to_have_text("All are through")
    expect(page.locator('[data-stage="bought"] [data-count]')).to_have_text("40")
    expect(page.locator("#seats-line")).to_have_text("120 of 200 seats are left.")
    walk(page, over_minutes="60")
    expect(page.locator("#walk-status")).to_have_text("Walking")
    page.get_by_role("button", name="Stop it").click()
    page.locator("#ask-go").click()
    expect(page.locator("#walk-status")).to_have_text("Stopped")


def test_a_crowd_that_cannot_be(console: Console) -> None:
    """What is wrong is told beside its field, which gets the focus; what was typed is kept."""
    room = console.make_room(**REHEARSAL)
    page = console.open("olga", f"/rooms/{room}/rehearsal")
    walk(page, fans="20001")
    expect(page.locator("#wrong-fans")).to_contain_text("20000")
    expect(page.locator("#field-fans")).to_be_focused()
    expect(page.locator("#field-fans")).to_have_value("20001")


def test_who_may_not(console: Console) -> None:
    """A viewer sees the crowd and why the buttons are not for viewers; a real room offers no crowd to anybody."""
    page = console.open("vic", f"/rooms/{console.make_room(**REHEARSAL)}/rehearsal")
    expect(page.get_by_role("button", name="Let the crowd walk")).to_be_disabled()
    expect(page.locator("#why-operator")).to_be_visible()
    page.goto(f"/rooms/{console.make_room()}/rehearsal")
    expect(page.get_by_role("heading", name="This room is no rehearsal")).to_be_visible()
    expect(page.get_by_role("button", name="Let the crowd walk")).to_have_count(0)


def test_the_support_desk(console: Console) -> None:
    """A code finds its fan however it is typed; one that finds nobody is told, and the fan shown before is gone."""
    room = console.make_room()
    code = support_code(console, room)
    page = console.open("vic", f"/rooms/{room}/support")
    page.get_by_label("The fan's code").fill(code.lower().replace("-", " "))
    page.keyboard.press("Enter")
    expect(page.locator("#fan-state")).to_have_text("Has the turn")
    expect(page.locator("#fan")).to_be_focused()
    expect(page.locator("#history li")).to_have_count(3)
    assert violations(page) == []
    page.get_by_label("The fan's code").fill("0000-0000")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator("#form-trouble")).to_be_visible()
    expect(page.locator("#fan")).to_be_hidden()


def test_a_report_in_numbers_and_files(console: Console) -> None:
    """The report tells what became of the fans, and its files come with their names."""
    room = console.make_room(**REHEARSAL)
    page = console.open("olga", f"/rooms/{room}/rehearsal")
    walk(page)
    expect(page.locator("#walk-status")).to_have_text("All are through")
    # What is shown of a room may lie a moment back.
    for _ in range(100):
        page.goto(f"/rooms/{room}/report")
        if page.locator(".tile", has_text="Came in").inner_text().split()[2] == "40":
            break
    tiles = page.locator(".report-tiles")
    expect(tiles).to_contain_text("40 finished")
    expect(page.locator("#changes li")).to_have_count(1)
    with page.expect_download() as loading:
        page.get_by_role("link", name="Timeline, CSV").click()
    assert loading.value.suggested_filename == f"{room}-timeline.csv"


def test_the_report_of_a_deleted_room(console: Console) -> None:
    """Who deletes a room finds its report in the list."""
    room = console.make_room(fans=3, name="The Night That Was")
    console.call("DELETE", f"/rooms/{room}")
    page = console.open("vic", "/reports")
    assert violations(page) == []
    page.get_by_role("row", name=room).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The Night That Was")
    expect(page.get_by_text("This room is deleted.")).to_be_visible()
