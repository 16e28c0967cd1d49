"""Release plans as text."""

import pytest

from tests.factories import START_MS
from waitroom.clock import rfc3339
from waitroom.plans import read_plan, step_in_words
from waitroom.rooms import PlanStep, RoomSettings

MINUTE_MS = 60_000


def test_offsets_and_times() -> None:
    """A step's time is an offset from the start or RFC 3339, whose own colons stand."""
    text = f"+0m:600:2000, +90s:0.5:0 {rfc3339(START_MS + 10 * MINUTE_MS)}:1200:3000,"
    assert read_plan(text, start_ms=START_MS) == (
        PlanStep(at=START_MS, new_users_per_minute=600, total_active_users=2000),
        PlanStep(at=START_MS + 90_000, new_users_per_minute=0.5, total_active_users=0),
        PlanStep(at=START_MS + 10 * MINUTE_MS, new_users_per_minute=1200, total_active_users=3000),
    )


def test_no_plan() -> None:
    """Nothing is the empty plan."""
    assert read_plan("", start_ms=START_MS) == ()


@pytest.mark.parametrize("step", ["600:2000", "+5:600:2000", "+5m:x:1", "+5m:1:1.5", "+5m:-1:1", "2027-01-01:1:1", ":"])
def test_what_is_no_step(step: str) -> None:
    """A wrong step is named, with an example of a right one."""
    with pytest.raises(ValueError, match="is no step of a plan"):
        read_plan(f"+0m:1:1,{step}", start_ms=START_MS)


def test_steps_are_settings_of_a_room() -> None:
    """What is read can be set, and told again."""
    plan = read_plan("+0m:600:2000,+10m:1200:3000", start_ms=START_MS)
    assert RoomSettings(plan=plan).plan == plan
    assert step_in_words(plan[0]) == "from 2027-01-15T08:00:00.000Z 600 a minute, ceiling 2000"
