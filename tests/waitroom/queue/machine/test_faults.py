"""The machine finds what is planted: one guard less in the scripts, and a rule is broken."""

import pytest
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.waitroom.queue.machine.faults import LATER, QUICK, Fault
from tests.waitroom.queue.machine.ground import World
from tests.waitroom.queue.machine.record import BrokenRuleError
from tests.waitroom.queue.machine.room import ANY_PACE, machine_on
from tests.waitroom.queue.races import disarm

SEEDS = range(12)
DIRECTED = settings(ANY_PACE, max_examples=40, stateful_step_count=25, phases=[Phase.generate])


def is_found(world: World, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a rule breaks under this fault, from one of the seeds; an error of a script is no finding."""
    for guard, instead in fault.patches:
        disarm(monkeypatch, guard, instead)
    for number in SEEDS:
        machine = seed(number)(machine_on(world, groups=fault.groups, fixed=fault.fixed))
        try:
            run_state_machine_as_test(machine, settings=DIRECTED)
        except BrokenRuleError:
            return True
    return False


@pytest.mark.parametrize("fault", QUICK, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found(world: World, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this guard the machine finds a broken rule."""
    assert is_found(world, fault, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("fault", LATER, ids=lambda fault: fault.name)
def test_every_planted_fault_is_found(world: World, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this guard, too, the machine finds a broken rule."""
    assert is_found(world, fault, monkeypatch)
