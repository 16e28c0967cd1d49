"""The checks of the journeys can fail: each finds the fault that it is there to find."""

import pytest

from loadtests.answers import FanRecord, Joined, Place
from tests.journeys.promises import most_above_due, order_broken


def a_record(fan_id: str, *, admitted_at_ms: int) -> FanRecord:
    """A fan who had a turn at that moment."""
    joined = Joined(
        status=201,
        epoch="e",
        fan_id=fan_id,
        queue_pass="p",
        tier=0,
        score=None,
        state="lobby",
        ahead=None,
        joined_at_ms=0,
    )
    place = Place(
        state="admitted", ahead=0, exact=True, admitted_at_ms=admitted_at_ms, claim_by_ms=None, poll_after_seconds=1
    )
    return FanRecord(joined=joined, admitted=place)


def test_one_overtaken_fan_is_found() -> None:
    """A turn before that of somebody ahead is named; turns of the same batch are no fault."""
    scores = {"a": 1, "b": 2, "c": 3}
    kept = [a_record("c", admitted_at_ms=9), a_record("a", admitted_at_ms=5), a_record("b", admitted_at_ms=5)]
    assert order_broken(kept, scores) == []
    overtaken = [a_record("a", admitted_at_ms=9), a_record("b", admitted_at_ms=5)]
    assert order_broken(overtaken, scores) == ["b"]


@pytest.mark.parametrize(
    ("moments_ms", "is_kept"),
    [
        ([0, 0, 1000, 2000, 3000], False),
        ([0, 1000, 2000, 3000], True),
        ([number * 950 for number in range(40)], False),
        ([], True),
    ],
)
def test_entries_above_the_rate_are_found(moments_ms: list[int], *, is_kept: bool) -> None:
    """At one entry a second with a depth of one: a double entry and a rate five percent too high are found."""
    assert (most_above_due(moments_ms, per_minute=60) <= 0) is is_kept
