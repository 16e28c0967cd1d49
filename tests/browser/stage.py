"""A stage for the waiting page: the real page in a real browser, the edge's answers written by the test.

For states that a real room reaches rarely or only for a moment. The journeys run against real processes.
"""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal

import httpx
from playwright.sync_api import Browser, ConsoleMessage, Page, Route
from starlette.applications import Starlette

from edge.app import content_security_policy
from edge.assets import Assets
from edge.pages import Pages, routes
from tests.patience import PATIENCE_SECONDS
from waitroom.clock import rfc3339
from waitroom.settings import Settings

ORIGIN = "http://localhost:8000"
CHECKOUT = "http://localhost:8002"
PATIENCE_MS = PATIENCE_SECONDS * 1000
START_MS = 1_800_000_000_000
FAN_ID = "AAECAwQFBgcICQoLDA0ODw"

Json = dict[str, Any]  # Any: JSON values


def a_snapshot(**changes: Any) -> Json:  # Any: JSON values
    """A room of 12,000 waiting fans, open, with every member of the contract."""
    snapshot: Json = {
        "room": "demo",
        "epoch": "e1",
        "name": "The Long Night, Hall One",
        "phase": "open",
        "paused": False,
        "sold_out": False,
        "now": rfc3339(START_MS),
        "lobby_at": rfc3339(START_MS - 3_600_000),
        "lobby_closes_at": rfc3339(START_MS - 600_000),
        "release_at": rfc3339(START_MS - 600_000),
        "closes_at": None,
        "recovering_until": None,
        "lobby": 0,
        "waiting": 12_000,
        "admitted": 40,
        "active": 800,
        "watermark": 999,
        "curve": [[1000, 0], [1001, 1], [50_000, 4000], [100_000, 11_999]],
        "rate_per_minute": 600,
        "measured_per_minute": 588.5,
        "slowed": None,
        "seats_left": 4210,
        "seats_a_buyer": None,
        "codes": "off",
        "message": None,
        "branding": None,
        "draw": {"commitment": "9f" * 32, "entrants": 12_000, "root": None, "beacon": None, "seed": None},
        "poll": [[0, 2], [100, 5], [5000, 20]],
        "version": 3,
    }
    return snapshot | changes


def a_place(state: str, **changes: Any) -> Json:  # Any: JSON values
    """An answer of `/place`, with every member of the contract."""
    place: Json = {
        "state": state,
        "ahead": None,
        "exact": False,
        "wait_seconds": None,
        "chance": None,
        "admitted_at": None,
        "claim_by": None,
        "poll_after": 20,
    }
    return place | changes


@dataclass
class Stage:
    """The page, the answers it gets, and what it asked."""

    page: Page
    snapshot: Json
    place: Json
    asked: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, Json]] = field(default_factory=dict)
    first_answers: dict[str, tuple[int, Json]] = field(default_factory=dict)
    entered: list[str] = field(default_factory=list)
    join_keys: list[str] = field(default_factory=list)
    join_bodies: list[Json] = field(default_factory=list)
    is_down: bool = False
    in_flight: int = 0
    now_ms: int = START_MS

    def open(self) -> None:
        """Open the page and wait until it has looked once."""
        self.page.goto(f"{ORIGIN}/r/demo")
        self.page.locator("footer [data-fill=updated]:not(:empty)").wait_for(state="attached")

    def join(self, *, score: int | None = None) -> None:
        """Press the button; the edge answers with this score."""
        fan = {"epoch": self.snapshot["epoch"], "fan_id": FAN_ID, "tier": 0, "score": score, "state": "waiting"}
        self.answers["POST /join"] = (201, fan)
        self.page.locator("section:visible form[data-act=join] button").click()

    def wait_for(self, state: str) -> None:
        """Wait until the page shows a state."""
        self.page.locator(f"section[data-state={state}]").wait_for()

    def pass_seconds(self, seconds: int) -> None:
        """Let the page's clock and the edge's run on together."""
        for _ in range(seconds):
            self.now_ms += 1000
            self.page.clock.run_for(1000)
            self.settle()

    def settle(self) -> None:
        """Wait until every question has its answer: the page's clock must not outrun the network and time it out."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.in_flight and time.monotonic() < deadline:
            self.page.wait_for_timeout(2)

    def announced(self) -> str:
        """What a screen reader was told last."""
        return self.page.locator("#status").inner_text()


def set_stage(
    browser: Browser,
    *,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    javascript: bool = True,
    snapshot: Json | None = None,
    place: Json | None = None,
) -> Stage:
    """Make a page whose every request this stage answers."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=javascript
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    stage = Stage(page, snapshot or a_snapshot(), place or a_place("waiting", ahead=5))
    page.on("console", lambda message: _note(stage, message))
    page.on("pageerror", lambda error: stage.troubles.append(str(error)))
    page.on("request", lambda _: _count(stage, 1))
    page.on("requestfinished", lambda _: _count(stage, -1))
    page.on("requestfailed", lambda _: _count(stage, -1))
    if javascript:
        # It stands still but for `pass_seconds`: however slow the machine, the page sees the seconds that it is given.
        page.clock.install(time=START_MS / 1000 - 3600)
        page.clock.pause_at(START_MS / 1000)
    app = _app(stage)
    page.route("**/*", lambda route: _answer(stage, app, route))
    return stage


def _count(stage: Stage, change: int) -> None:
    stage.in_flight += change


def _note(stage: Stage, message: ConsoleMessage) -> None:
    # A refusal that the test wrote itself is in the console, too.
    if message.type == "error" and not message.text.startswith("Failed to load resource"):
        stage.troubles.append(message.text)


def _app(stage: Stage) -> Starlette:
    assets = Assets.load()
    app = Starlette(routes=routes(Pages.load(assets), assets))
    snapshot = SimpleNamespace(to_json=lambda: stage.snapshot)
    app.state.line = SimpleNamespace(snapshot=lambda _room: snapshot)
    app.state.settings = Settings(public_url=ORIGIN, checkout_url=CHECKOUT)
    return app


def _answer(stage: Stage, app: Starlette, route: Route) -> None:
    request = route.request
    path = request.url.removeprefix(ORIGIN)
    if request.url.startswith(CHECKOUT):
        stage.entered.append(request.post_data or "")
        route.fulfill(status=200, content_type="text/html", body="<h1>Tickets</h1>")
    elif stage.is_down:
        route.abort()
    elif path.startswith("/v1/"):
        asked = f"{request.method} {path.removeprefix('/v1/rooms/demo')}".strip()
        stage.asked.append(asked)
        if asked == "POST /join":
            stage.join_keys.append(request.headers.get("idempotency-key", ""))
            stage.join_bodies.append(request.post_data_json or {})
        status, body = _api(stage, asked)
        route.fulfill(status=status, content_type="application/json", body=json.dumps(body))
    else:
        # Playwright's own loop runs in this thread.
        with ThreadPoolExecutor(1) as thread:
            answer = thread.submit(asyncio.run, _get(app, path)).result()
        headers = dict(answer.headers) | {"content-security-policy": content_security_policy(app.state.settings)}
        headers.pop("content-encoding", None)
        route.fulfill(status=answer.status_code, headers=headers, body=answer.content)


async def _get(app: Starlette, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        return await client.get(path)


def _api(stage: Stage, asked: str) -> tuple[int, Json]:
    if asked in stage.first_answers:
        return stage.first_answers.pop(asked)
    if asked in stage.answers:
        return stage.answers[asked]
    if asked == "GET":
        return 200, stage.snapshot | {"now": rfc3339(stage.now_ms)}
    return 200, stage.place
