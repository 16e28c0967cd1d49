"""Which state the page shows; the script's agreement is in tests/browser/test_vectors.py."""

from typing import Any

import pytest

from edge.states import STATES, notice_of, state_of

NOW = "2027-01-15T08:00:00.000Z"
OPEN: dict[str, Any] = {
    "phase": "open",
    "sold_out": False,
    "paused": False,
    "slowed": None,
    "recovering_until": None,
}


@pytest.mark.parametrize(
    ("changes", "standing", "state"),
    [
        ({"phase": "scheduled"}, None, "scheduled"),
        ({"phase": "lobby"}, None, "join-lobby"),
        ({"phase": "drawing"}, None, "join-line"),
        ({}, None, "join-line"),
        ({"phase": "lobby"}, "lobby", "lobby"),
        ({"phase": "drawing"}, "lobby", "drawing"),
        ({"phase": "drawing"}, "waiting", "drawing"),
        ({}, "lobby", "drawing"),
        ({}, "waiting", "waiting"),
        ({}, "admitted", "turn"),
        ({"sold_out": True}, "admitted", "turn"),
        ({"sold_out": True}, "waiting", "sold-out"),
        ({"sold_out": True}, "lapsed", "sold-out"),
        ({"sold_out": True}, "active", "inside"),
        ({"phase": "closed"}, "active", "inside"),
        ({"phase": "closed"}, "admitted", "closed"),
        ({"phase": "closed", "sold_out": True}, None, "closed"),
        ({}, "lapsed", "lapsed"),
        ({}, "unknown", "join-line"),
    ],
)
def test_state(changes: dict[str, Any], standing: str | None, state: str) -> None:
    """Who is inside stays inside; then the room's end, a turn, sold out, an ended turn, the phase."""
    assert state_of(OPEN | changes, standing) == state
    assert state in STATES


@pytest.mark.parametrize(
    ("ahead", "wait", "state"),
    [(9, None, "next"), (10, None, "waiting"), (500, (60, 120), "next"), (500, (60, 180), "waiting")],
)
def test_nearly_there(ahead: int, wait: tuple[int, int] | None, state: str) -> None:
    """A fan is nearly there with fewer than ten ahead, or with at most two minutes to wait."""
    assert state_of(OPEN, "waiting", ahead=ahead, wait_seconds=wait) == state


@pytest.mark.parametrize(
    ("changes", "notice"),
    [
        ({}, None),
        ({"paused": True, "slowed": "health"}, "paused"),
        ({"slowed": "health"}, "slowed"),
        ({"paused": True, "recovering_until": "2027-01-15T08:00:01.000Z"}, "recovering"),
        ({"recovering_until": "2027-01-15T07:59:59.000Z"}, None),
        ({"phase": "closed", "paused": True}, None),
    ],
)
def test_notice(changes: dict[str, Any], notice: str | None) -> None:
    """A recovery is told first, then a pause, then a slow line; a closed room has no news."""
    assert notice_of(OPEN | changes, now=NOW) == notice
