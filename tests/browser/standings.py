"""Every state of the waiting page on the stage, by name: how a test gets there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.browser.stage import CHECKOUT, START_MS, Stage, a_place, a_snapshot
from waitroom.clock import rfc3339

Json = dict[str, Any]  # Any: JSON values
IN_A_WHILE = rfc3339(START_MS + 754_000)
BEFORE: Json = {"phase": "scheduled", "lobby_at": rfc3339(START_MS + 9 * 86_400_000), "lobby_closes_at": None}
BEFORE |= {"release_at": rfc3339(START_MS + 10 * 86_400_000), "waiting": 0, "curve": []}
LOBBY: Json = {"phase": "lobby", "lobby": 8123, "waiting": 0, "curve": []}
LOBBY |= {"lobby_closes_at": IN_A_WHILE, "release_at": IN_A_WHILE}
ADMITTED = a_place("admitted", claim_by=rfc3339(START_MS + 583_000), poll_after=600)
ENDING = a_place("admitted", claim_by=rfc3339(START_MS + 95_000), poll_after=600)
CLAIMED: Json = {
    "admission_token": "a.token",
    "enter_url": f"{CHECKOUT}/enter",
    "enter_at": rfc3339(START_MS + 60_000),
    "expires_at": rfc3339(START_MS + 600_000),
}
SHOWN_CODE = {"code": "7GQ4-K2MX", "expires_at": rfc3339(START_MS + 600_000)}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A room, what the edge says of the fan, and the score that a join gives; without one, nobody joins."""

    snapshot: Json = field(default_factory=a_snapshot)
    place: Json = field(default_factory=lambda: a_place("waiting"))
    joins: bool = True
    score: int | None = 10
    then: Callable[[Stage], None] = lambda _: None

    def reach(self, shown: Stage, state: str) -> None:
        """Open the page and come to the state."""
        shown.answers |= {"POST /move": (201, SHOWN_CODE), "POST /support": (201, SHOWN_CODE)}
        shown.answers["POST /claim"] = (200, CLAIMED)
        shown.open()
        if self.joins:
            shown.join(score=self.score)
        self.then(shown)
        shown.wait_for(state)


def _claim(shown: Stage) -> None:
    shown.page.locator("section:visible form[data-act=claim] button").click()


STANDINGS: Mapping[str, Standing] = {
    "scheduled": Standing(snapshot=a_snapshot(**BEFORE), joins=False),
    "join-lobby": Standing(snapshot=a_snapshot(**LOBBY), joins=False),
    "join-line": Standing(snapshot=a_snapshot(codes="required", message="Doors at 19:00."), joins=False),
    "lobby": Standing(snapshot=a_snapshot(**LOBBY), score=None),
    "drawing": Standing(snapshot=a_snapshot(phase="drawing", lobby=8123), score=None),
    "waiting": Standing(snapshot=a_snapshot(paused=True, rehearsal=True), score=60_000),
    "next": Standing(snapshot=a_snapshot(curve=[[1000, 0], [1001, 6]]), score=1001),
    "turn": Standing(place=ENDING),
    "entering": Standing(place=ADMITTED, then=_claim),
    "inside": Standing(place=a_place("active")),
    "finished": Standing(place=a_place("finished")),
    "lapsed": Standing(place=a_place("lapsed")),
    "expired": Standing(place=a_place("expired")),
    "left": Standing(place=a_place("left")),
    "moved": Standing(place=a_place("moved")),
    "sold-out": Standing(snapshot=a_snapshot(sold_out=True), joins=False),
    "closed": Standing(snapshot=a_snapshot(phase="closed"), joins=False),
}
