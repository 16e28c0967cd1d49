"""One look at a page in a throttled Chromium with nothing kept: when each thing was there, and what it weighed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, CDPSession

LATENCY_MS = 400
"""From a request sent to its answer's first byte. Chromium adds it to each request, and not to making a connection."""
BITS_PER_SECOND = 400_000
PATIENCE_MS = 60_000
WIDTH, HEIGHT = 360, 740

# This runs as the answer's head arrives. No frame is drawn before the style is there, so what a frame sees is what a
# person could see and press.
WATCH = """
  globalThis.seen = { head: performance.now() };
  const note = (name, is) => { if (is) seen[name] ??= performance.now(); };
  const watch = () => {
    const section = document.querySelector('section:not([hidden])');
    note('usable', section?.querySelector('button')?.getClientRects().length || section?.dataset.empty);
    note('fresh', document.querySelector('footer [data-fill=updated]:not(:empty)') || section?.dataset.empty);
    if (!seen.usable || !seen.fresh) requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
"""
READ = """() => {
  const [nav] = performance.getEntriesByType('navigation');
  const [paint] = performance.getEntriesByName('first-contentful-paint');
  if (!seen.usable || !seen.fresh || !paint) return null;
  const since = (time) => time - nav.requestStart;
  return {
    first_byte: since(seen.head), paint: since(paint.startTime),
    usable: since(Math.max(seen.usable, paint.startTime)), fresh: since(seen.fresh),
  };
}"""


@dataclass(frozen=True, kw_only=True)
class Look:
    """Milliseconds from the request, on a connection that stands; and bytes on the wire by kind, headers and all."""

    first_byte: float
    paint: float
    usable: float
    fresh: float
    wire: Mapping[str, int] = field(default_factory=dict)


def look_at(browser: Browser, url: str, *, languages: str = "en") -> Look:
    """Open a page as a phone does that was never here."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale=languages)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    wire: Counter[str] = Counter()
    _throttle(context.new_cdp_session(page), wire)
    page.add_init_script(WATCH)
    page.goto(url)
    seen = page.wait_for_function(READ).json_value()
    context.close()
    return Look(**seen, wire=dict(wire))


def _throttle(session: CDPSession, wire: Counter[str]) -> None:
    kinds: dict[str, str] = {}

    def on_response(event: Mapping[str, Any]) -> None:  # Any: what Chromium tells of an answer
        kinds[event["requestId"]] = str(event["type"])

    def on_finished(event: Mapping[str, Any]) -> None:  # Any: as above
        wire[kinds.get(event["requestId"], "Other")] += int(event["encodedDataLength"])

    session.on("Network.responseReceived", on_response)
    session.on("Network.loadingFinished", on_finished)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    conditions = {"offline": False, "latency": LATENCY_MS}
    speeds = {"downloadThroughput": BITS_PER_SECOND / 8, "uploadThroughput": BITS_PER_SECOND / 8}
    session.send("Network.emulateNetworkConditions", conditions | speeds)
