"""An example for previews: a lively room, and a fan in each state of the waiting page. Pure."""

from collections.abc import Mapping
from typing import Any

from waitroom.chance import Chance
from waitroom.clock import parse_rfc3339, rfc3339

Json = dict[str, Any]  # Any: JSON values

STATES = {
    "scheduled": "Before the lobby",
    "join-lobby": "The lobby is open, not joined",
    "lobby": "In the lobby",
    "drawing": "The draw is running",
    "join-line": "The line is open, not joined",
    "waiting": "Waiting",
    "next": "Nearly there",
    "turn": "Your turn",
    "entering": "Going in",
    "inside": "Inside",
    "finished": "Visit complete",
    "lapsed": "Turn not taken",
    "expired": "Time inside is over",
    "left": "Left the line",
    "moved": "Moved to another device",
    "sold-out": "Sold out",
    "closed": "Closed",
}
"""Every state, in the order of an evening, as the console calls it."""

NOTICES = {
    "": "None",
    "paused": "Paused",
    "slowed": "Slowed",
    "recovering": "After a fault",
    "offline": "The fan is offline",
    "away": "The line cannot be reached",
    "unreached": "The same, without a place",
}

BEFORE_THE_LINE = ("scheduled", "join-lobby", "lobby", "drawing")
HOUR_MS = 3_600_000
COUNTS = {"lobby": 41_280, "waiting": 38_940, "seats_left": 5_120, "admitted": 60, "active": 2_900}
PACE = {"rate_per_minute": 600.0, "measured_per_minute": 588.0, "slowed": None, "recovering_until": None}
CLOCKS = {
    "lobby_in": "1:42:10",
    "draw_in": "12:30",
    "claim_in": "8:45",
    "enter_in": "0:12",
    "way": "37 %",
    "progress": "0.37",
    "others": "41,279",
}
"""What the page's own script would count down; in figures that are the same in every language."""
PLACES: Mapping[str, Json] = {
    "waiting": {"ahead": 7_312, "exact": False, "wait_seconds": [720, 960], "chance": Chance.LIKELY},
    "next": {"ahead": 4, "exact": True, "wait_seconds": [20, 60], "chance": Chance.LIKELY},
}
NOBODY = {"ahead": None, "exact": True, "wait_seconds": None, "chance": None, "claim_by": None}


def example_room(snapshot: Json, state: str, *, notice: str) -> Json:
    """The room's public document with figures of a lively evening; times lie ahead in the states before the line."""
    now = parse_rfc3339(snapshot["now"])
    moments = {"lobby_at": now + HOUR_MS, "lobby_closes_at": now + 2 * HOUR_MS, "release_at": now + 2 * HOUR_MS}
    is_early = state in BEFORE_THE_LINE
    times = {name: _to_come(snapshot[name], at, now=now) if is_early else None for name, at in moments.items()}
    return snapshot | COUNTS | PACE | times | {"paused": notice == "paused", "sold_out": False}


def example_place(state: str, *, now: str) -> Json:
    """The standing of the example's fan."""
    place = NOBODY | PLACES.get(state, {})
    return place | {"claim_by": rfc3339(parse_rfc3339(now) + 525_000)} if state == "turn" else place


def clocks_of(state: str) -> dict[str, str]:
    """What counts down in a state."""
    # A fan who can go in at once has nothing to wait for.
    return {name: text for name, text in CLOCKS.items() if name != "enter_in" or state == "entering"}


def _to_come(time: str | None, otherwise: int, *, now: int) -> str:
    return time if time is not None and parse_rfc3339(time) > now else rfc3339(otherwise)
