"""The machine finds what is planted: one guard less in the verbs, and the rule that it stands for is broken."""

import re

import pytest
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.checkout.machine.faults import LATER, QUICK, Fault
from tests.checkout.machine.record import BrokenRuleError
from tests.checkout.machine.sale import ANY_PACE, machine_on
from tests.checkout.machine.world import World
from tests.checkout.patches import without

SEEDS = range(4)
DIRECTED = settings(ANY_PACE, max_examples=10, stateful_step_count=25, phases=[Phase.generate])


def found(world: World, fault: Fault) -> str:
    """Return the rule that the machine finds broken under this fault, from one of the seeds."""
    for verb, piece, instead in fault.pieces:
        without(world.settings.database_url.get_secret_value(), (verb, piece), instead=instead)
    for number in SEEDS:
        try:
            machine = seed(number)(machine_on(world, groups=fault.groups, methods=fault.methods))
            run_state_machine_as_test(machine, settings=DIRECTED)
        except BrokenRuleError as broken:
            return broken.rule
    return "none"


@pytest.mark.parametrize("fault", QUICK, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found(world: World, fault: Fault) -> None:
    """Without this guard the machine finds the rule that it stands for broken."""
    assert re.search(fault.breaks, found(world, fault))


@pytest.mark.slow
@pytest.mark.parametrize("fault", LATER, ids=lambda fault: fault.name)
def test_every_planted_fault_is_found(world: World, fault: Fault) -> None:
    """Without this guard, too."""
    assert re.search(fault.breaks, found(world, fault))
