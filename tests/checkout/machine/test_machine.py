"""A machine of rules drives the real checkout by HTTP, beside a small model of who may have what."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.checkout.machine.sale import ANY_PACE, machine_on
from tests.checkout.machine.world import World

SHORT = settings(ANY_PACE, max_examples=12, stateful_step_count=30, derandomize=True)
LONG = settings(ANY_PACE, max_examples=400, stateful_step_count=60)


def test_seats_and_money_are_whose_they_should_be(world: World) -> None:
    """Whatever fans, banks, workers and vendors do, model, database and bank agree after each step."""
    run_state_machine_as_test(machine_on(world), settings=SHORT)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_seats_and_money_are_right_for_long(world: World) -> None:
    """The same for hundreds of longer sales, other ones each time."""
    run_state_machine_as_test(machine_on(world), settings=LONG)
