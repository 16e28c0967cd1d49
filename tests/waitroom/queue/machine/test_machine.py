"""A machine of rules drives the real scripts on a real server, beside a small model of what must be so."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.waitroom.queue.machine.ground import World
from tests.waitroom.queue.machine.room import ANY_PACE, machine_on

SHORT = settings(ANY_PACE, max_examples=25, stateful_step_count=35, derandomize=True)
LONG = settings(ANY_PACE, max_examples=1500, stateful_step_count=80)


def test_the_rules_hold_whatever_happens(world: World) -> None:
    """Whatever fans, edges, organizers, clocks and losses do, the rules of the queue hold."""
    run_state_machine_as_test(machine_on(world), settings=SHORT)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_rules_hold_for_long(world: World) -> None:
    """The same for a thousand longer evenings, other ones each time."""
    run_state_machine_as_test(machine_on(world), settings=LONG)
