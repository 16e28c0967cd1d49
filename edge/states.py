"""Which state the waiting page shows: pure, and the same in the page's script.

`tests/vectors/states.json` holds the two together.
"""

from collections.abc import Mapping
from typing import Any

NEAR_SECONDS = 120
NEAR_FANS = 10

STATES = (
    "scheduled",
    "join-lobby",
    "join-line",
    "lobby",
    "drawing",
    "waiting",
    "next",
    "turn",
    "entering",
    "inside",
    "finished",
    "lapsed",
    "expired",
    "left",
    "moved",
    "sold-out",
    "closed",
)
"""Every state; each is one section of the page."""

_INSIDE = {"entering": "entering", "active": "inside", "finished": "finished"}
_OVER = ("lapsed", "expired", "left", "moved")


def state_of(
    snapshot: Mapping[str, Any],  # Any: the values of the snapshot's JSON
    standing: str | None,
    *,
    ahead: int | None = None,
    wait_seconds: tuple[int, int] | list[int] | None = None,
) -> str:
    """Return the state to show for a room and a fan's standing in it (None: not joined).

    In this order: whoever is inside stays inside; a closed room; a turn; sold out; a turn that is over;
    a room that is not open; then by whether the fan has joined.
    """
    phase = snapshot["phase"]
    if standing in _INSIDE:
        return _INSIDE[standing]
    if phase == "closed":
        return "closed"
    if standing == "admitted":
        return "turn"
    if snapshot["sold_out"]:
        return "sold-out"
    if standing in {"lobby", "waiting"}:
        return _in_line(phase, standing, ahead=ahead, wait_seconds=wait_seconds)
    return _outside(phase, standing)


def notice_of(snapshot: Mapping[str, Any], *, now: str) -> str | None:  # Any: as above
    """Return what is out of the ordinary and concerns everyone; times are RFC 3339 and compare as text."""
    until = snapshot["recovering_until"]
    if until is not None and until > now:
        return "recovering"
    if snapshot["phase"] == "closed":
        return None
    if snapshot["paused"]:
        return "paused"
    return "slowed" if snapshot["slowed"] else None


def is_near(ahead: int, wait_seconds: tuple[int, int] | list[int] | None) -> bool:
    """Tell whether the turn is so near that the fan should stay by the page."""
    return ahead < NEAR_FANS or (wait_seconds is not None and wait_seconds[1] <= NEAR_SECONDS)


def _outside(phase: str, standing: str | None) -> str:
    if standing in _OVER:
        return str(standing)
    return {"scheduled": "scheduled", "lobby": "join-lobby"}.get(phase, "join-line")


def _in_line(phase: str, standing: str, *, ahead: int | None, wait_seconds: tuple[int, int] | list[int] | None) -> str:
    if phase in {"scheduled", "lobby"}:
        return "lobby"
    # While the draw runs, the line is incomplete: a place read from it would be false.
    if phase == "drawing" or (standing == "lobby" and ahead is None):
        return "drawing"
    return "next" if ahead is not None and is_near(ahead, wait_seconds) else "waiting"
