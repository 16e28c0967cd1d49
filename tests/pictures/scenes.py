"""The evening that the guide tells, scene by scene; each leaves pictures."""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from tests.patience import PATIENCE_SECONDS
from tests.pictures.stage import NAME, PASSWORD, Json, Stage
from waitroom.clock import SystemClock, rfc3339

ROOM = "long-night"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 760}
MINUTE_MS = 60_000
CROWD = {
    "fans": 2400,
    "over_minutes": 0.6,
    "no_show": 0.15,
    "claim_seconds": 6,
    "shop_minutes": 0.5,
    "seats": 3200,
    "seats_a_buyer": 2.2,
}
SETTINGS: Json = {
    "name": "The Long Night",
    "rehearsal": True,
    "new_users_per_minute": 300,
    "total_active_users": 420,
    "claim_minutes": 2,
    "session_minutes": 10,
    "message": "Doors at seven. Have your card ready.",
    "branding": {"name": "Riverside Arena", "colours": {"accent": "#7a1f5c"}, "links": []},
}


@dataclass(frozen=True, kw_only=True)
class Camera:
    """Takes pictures of a page, as small as its window."""

    folder: Path

    def take(self, page: Page, name: str, *, full: bool = False) -> None:
        """Take one, once nothing moves on the page."""
        page.evaluate("document.activeElement?.blur()")
        page.mouse.move(0, 0)
        page.screenshot(path=self.folder / f"{name}.png", animations="disabled", full_page=full)


def play(stage: Stage, browser: Browser, camera: Camera) -> None:
    """Play the whole evening."""
    organizer = _organizer(stage, browser)
    console = organizer.new_page()
    make_rooms(stage)
    before(console, camera)
    stage.call("POST", f"/rooms/{ROOM}/rehearsal", CROWD)
    fan = _fan(stage, browser)
    lobby(stage, fan, camera)
    night(stage, console, fan, camera)
    after(stage, console, fan, camera)
    organizer.close()


def make_rooms(stage: Stage) -> None:
    """The night's room, and two others for the list."""
    now_ms = SystemClock().now_ms()
    release = now_ms + 60 * MINUTE_MS
    plan = [
        {"at": rfc3339(release), "new_users_per_minute": 300, "total_active_users": 420},
        {"at": rfc3339(release + 10 * MINUTE_MS), "new_users_per_minute": 1200, "total_active_users": 600},
    ]
    times = {"lobby_at": rfc3339(now_ms - 1000), "release_at": rfc3339(release)}
    stage.call("POST", "/rooms", {"room": ROOM, "plan": plan} | times | SETTINGS)
    later = {"lobby_at": rfc3339(now_ms + 2900 * MINUTE_MS), "release_at": rfc3339(now_ms + 2960 * MINUTE_MS)}
    stage.call("POST", "/rooms", {"room": "matinee", "name": "The Matinée", "new_users_per_minute": 1200} | later)
    stage.call("POST", "/rooms", {"room": "box-office", "name": "The Box Office, always open"})


def before(page: Page, camera: Camera) -> None:
    """The pages of a room before its evening."""
    page.goto("/rooms/new")
    page.locator("#field-name").fill("The Long Night")
    camera.take(page, "new-room")
    page.goto(f"/rooms/{ROOM}/plan")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(2500)
    camera.take(page, "plan")
    if page.goto(f"/rooms/{ROOM}/branding").ok:  # type: ignore[union-attr] # a navigation answers
        page.wait_for_timeout(2500)
        camera.take(page, "branding")


def lobby(stage: Stage, fan: Page, camera: Camera) -> None:
    """A fan among the crowd in the lobby."""
    fan.goto(f"/r/{ROOM}")
    fan.get_by_role("button", name="Join").first.click()
    stage.room_once(ROOM, lambda room: room["lobby"] > CROWD["fans"] * 0.9)
    fan.wait_for_timeout(3000)
    camera.take(fan, "fan-lobby")


def night(stage: Stage, console: Page, fan: Page, camera: Camera) -> None:
    """The release and the hours after it, in a minute."""
    console.goto(f"/rooms/{ROOM}")
    stage.call("POST", f"/rooms/{ROOM}/release-now")
    stage.room_once(ROOM, lambda room: room["totals"]["entered"] >= 30)
    fan.reload()
    fan.locator("body:is([data-state=waiting], [data-state=next], [data-state=turn])").wait_for()
    fan.wait_for_timeout(1500)
    camera.take(fan, "fan-waiting")
    stage.call("PATCH", f"/rooms/{ROOM}", {"new_users_per_minute": 600})
    stage.room_once(ROOM, lambda room: room["totals"]["entered"] >= 300)
    stage.call("PATCH", f"/rooms/{ROOM}", {"new_users_per_minute": 1200})
    stage.room_once(ROOM, lambda room: room["totals"]["entered"] >= 600)
    console.locator('input[name=span][value="5"]').check(force=True)
    console.wait_for_timeout(1500)
    camera.take(console, "night")
    console.goto(f"/rooms/{ROOM}/rehearsal")
    console.wait_for_timeout(1500)
    camera.take(console, "rehearsal")
    console.goto("/")
    console.wait_for_timeout(3500)
    camera.take(console, "rooms")


def after(stage: Stage, console: Page, fan: Page, camera: Camera) -> None:
    """The fan's turn, the support desk, the report."""
    code: str = fan.evaluate(
        "room => fetch(`/v1/rooms/${room}/support`, {method: 'POST'}).then(a => a.json()).then(a => a.code)", ROOM
    )
    console.goto(f"/rooms/{ROOM}/support")
    console.get_by_label("The fan's code").fill(code)
    console.get_by_role("button", name="Find").click()
    console.locator("#fan").wait_for()
    console.evaluate("scrollTo(0, 0)")
    camera.take(console, "support")
    stage.call("PATCH", f"/rooms/{ROOM}", {"new_users_per_minute": 3000, "total_active_users": 1500})
    fan.locator("body[data-state=turn]").wait_for()
    fan.wait_for_timeout(500)
    camera.take(fan, "fan-turn")
    stage.room_once(ROOM, lambda room: room["waiting"] == 0)
    console.wait_for_timeout(11_000)
    console.goto(f"/rooms/{ROOM}/report")
    console.wait_for_timeout(1000)
    camera.take(console, "report")
    console.get_by_role("heading", name="Over time").scroll_into_view_if_needed()
    console.evaluate("document.getElementById('time-title').scrollIntoView()")
    camera.take(console, "report-timeline")


def _organizer(stage: Stage, browser: Browser) -> BrowserContext:
    context = browser.new_context(base_url=stage.console, viewport=DESKTOP, timezone_id="Europe/Berlin", locale="en-GB")  # type: ignore[arg-type] # Playwright's own type of a size
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    body = {"name": NAME, "password": PASSWORD}
    answer = context.request.post("/v1/admin/session", data=body, headers={"Origin": stage.console})
    assert answer.status == 201, answer.text()
    return context


def _fan(stage: Stage, browser: Browser) -> Page:
    context = browser.new_context(base_url=stage.edge, viewport=PHONE, timezone_id="Europe/Berlin", locale="en-GB")  # type: ignore[arg-type] # as above
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    return context.new_page()
