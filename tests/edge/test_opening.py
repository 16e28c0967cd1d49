"""What may be let in while the store is away: rules over a room as it was last seen."""

import json
from dataclasses import replace
from typing import Any

import pytest

from edge.answers import place_in_snapshot
from edge.opening import (
    EDGES_ASSUMED,
    LIMITED_SECONDS,
    PATIENCE_SECONDS,
    Share,
    Shut,
    arrival_pass,
    line_without_store,
    seconds_open,
    why_shut,
)
from tests.factories import START_MS, a_fan, a_pass
from waitroom.queue import Snapshot
from waitroom.queue.scores import ARRIVALS, TIER
from waitroom.rooms import OutagePolicy, Phase, RoomSettings

LATER_MS = START_MS + 3_600_000


def a_room(policy: str = "open", **settings: object) -> Snapshot:
    """An open room in which a hundred fans wait, one each second since the freeze."""
    chosen = RoomSettings.model_validate({"outage_policy": policy} | settings)
    fields = chosen.to_fields() | {"epoch": "an-epoch", "version": "1", "seed_key_id": "test", "commitment": "c" * 64}
    raw: dict[str, Any] = {  # Any: JSON values
        "now_ms": str(START_MS),
        "phase": "open",
        "curve": " ".join(f"{ARRIVALS + rank * 1_000_000}:{rank}" for rank in (*range(20), 40, 80, 99)),
        "settings": [text for pair in fields.items() for text in pair],
        "meter": {"frozen_at_us": str(START_MS * 1000), "last_arrival_us": "99000000", "drawn": "1"},
        "health": [],
        "per_minute": str(chosen.new_users_per_minute),
        "planned_per_minute": str(chosen.new_users_per_minute),
        "ceiling": str(chosen.total_active_users),
        "rate_by": "test",
    }
    counts = {"lobby": "0", "waiting": "100", "admitted": "0", "active": "0"}
    return Snapshot.parse("room", json.dumps(raw | counts))


@pytest.mark.parametrize(
    ("policy", "away", "seconds"),
    [
        ("keep", 3600, None),
        ("open", PATIENCE_SECONDS - 0.1, None),
        ("open", PATIENCE_SECONDS, 0),
        ("open", 86_400, 86_400 - PATIENCE_SECONDS),
        ("open_limited", PATIENCE_SECONDS + 599, 599),
        ("open_limited", PATIENCE_SECONDS + LIMITED_SECONDS, None),
    ],
)
def test_when_a_room_opens(policy: str, away: float, seconds: float | None) -> None:
    """After five seconds; a limited one closes again after ten minutes, and one that keeps never opens."""
    assert seconds_open(a_room(policy), away) == seconds


@pytest.mark.parametrize(
    ("settings", "changes", "why"),
    [
        ({}, {}, None),
        ({"closes_at": LATER_MS}, {}, Shut.CLOSED),
        ({"paused": True, "closes_at": LATER_MS}, {}, Shut.CLOSED),
        ({"paused": True}, {}, Shut.PAUSED),
        ({"sold_out": True}, {}, Shut.NOT_OPEN),
        ({}, {"nothing_left": True}, Shut.NOT_OPEN),
        ({}, {"recovering_until_ms": LATER_MS + 1}, Shut.NOT_OPEN),
        ({"new_users_per_minute": 0}, {}, Shut.NOT_OPEN),
        ({"total_active_users": 0}, {}, Shut.NOT_OPEN),
        ({}, {"phase": Phase.CLOSED}, Shut.CLOSED),
        ({"release_at": LATER_MS + 1}, {"phase": Phase.LOBBY, "is_drawn": False}, Shut.NOT_OPEN),
        ({"release_at": LATER_MS - 1}, {"phase": Phase.LOBBY, "is_drawn": False}, Shut.NOT_OPEN),
        ({"release_at": LATER_MS + 1}, {"phase": Phase.DRAWING}, Shut.NOT_OPEN),
        ({"release_at": LATER_MS}, {"phase": Phase.DRAWING}, None),
    ],
)
def test_why_nobody_goes_in(settings: dict[str, object], changes: dict[str, Any], why: Shut | None) -> None:
    """What the organizer or the sale has shut stays shut; a room that is drawn opens at its release."""
    assert why_shut(replace(a_room("open", **settings), **changes), LATER_MS) is why


def test_an_open_room_has_no_line() -> None:
    """`open` takes everybody off the line, also who comes now."""
    shown = line_without_store(a_room("open"), 0)
    assert (shown.curve, shown.counts.waiting) == ((), 0)


@pytest.mark.parametrize(
    ("seconds", "first", "left"),
    [(0, 0, 100), (0.9, 9, 91), (1, 10, 90), (3, 19, 81), (4, 40, 60), (9.9, 99, 1), (10, None, 0), (500, None, 0)],
)
def test_a_limited_room_goes_on_from_the_head(seconds: float, first: int | None, left: int) -> None:
    """At 600 a minute ten a second come off the head, never more than the rate would have reached."""
    shown = line_without_store(a_room("open_limited"), seconds)
    assert shown.counts.waiting == left
    if first is None:
        assert shown.curve == ()
    else:
        assert shown.curve[0] == (ARRIVALS + first * 1_000_000, 0)
        behind = a_pass(score=ARRIVALS + (first + 1) * 1_000_000, tier=0)
        assert place_in_snapshot(shown, behind) is not None
    ahead = a_pass(score=ARRIVALS - 1, tier=0)
    assert place_in_snapshot(shown, ahead) is None


def test_who_comes_during_an_outage_stands_behind_all() -> None:
    """The pass stands for the moment, behind every arrival that the store knew, so it wins no place afterwards."""
    room = a_room()
    held = arrival_pass(room, a_fan(), now_ms=START_MS + 200_000)
    assert held.score == ARRIVALS + 200_000_000
    early = arrival_pass(room, a_fan(), now_ms=START_MS + 5_000)
    assert early.score == ARRIVALS + 99_000_001
    asked = arrival_pass(a_room(codes="optional"), a_fan(), now_ms=START_MS + 200_000)
    assert (asked.tier, asked.score) == (7, 7 * TIER + ARRIVALS + 200_000_000)


def test_ten_edges_keep_the_rate() -> None:
    """At 600 a minute an edge lets in one a second, ten of them the whole rate; the bucket is empty at first."""
    share = Share.of(a_room("open_limited"), starts_at=100.0)
    assert share.take(100.0) == 1
    assert share.take(101.0) is None
    assert share.take(101.0) == 1
    taken = sum(share.take(101 + tenth / 10) is None for tenth in range(1, 301))
    assert taken == 30
    assert EDGES_ASSUMED == 10


def test_a_tenth_of_the_ceiling_is_the_most() -> None:
    """However long the store is away, an edge lets in a tenth of the ceiling and no more."""
    share = Share.of(a_room("open_limited", total_active_users=25), starts_at=0.0)
    assert [share.take(float(second)) is None for second in range(1, 10)] == [True] * 3 + [False] * 6


def test_policies_are_all_ruled() -> None:
    """No policy is without a rule."""
    for policy in OutagePolicy:
        seconds_open(a_room(policy.value), 1000)
