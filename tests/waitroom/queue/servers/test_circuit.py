"""The rules of the circuit, on a clock that moves when told to."""

import itertools
from dataclasses import dataclass, field

import pytest

from waitroom.queue.servers.circuit import (
    FAILURES_TO_OPEN,
    FIRST_PAUSE_SECONDS,
    JITTER,
    LONGEST_PAUSE_SECONDS,
    Circuit,
)


@dataclass
class Bench:
    """A circuit with its clock and its dice."""

    now: float = 100.0
    die: float = 0.5
    circuit: Circuit = field(init=False)

    def __post_init__(self) -> None:
        self.circuit = Circuit(clock=lambda: self.now, dice=lambda: self.die)

    def fail(self, times: int = FAILURES_TO_OPEN) -> None:
        """So many calls get no answer."""
        for _ in range(times):
            self.circuit.failed()

    def pauses(self, count: int) -> list[float]:
        """The seconds between probes that all fail."""
        found = []
        for _ in range(count):
            wait = self.circuit.seconds_to_wait()
            found.append(wait)
            self.now += wait + 0.001
            assert self.circuit.seconds_to_wait() == 0, "the probe was refused"
            self.circuit.failed()
        return found


@pytest.fixture
def bench() -> Bench:
    """A closed circuit."""
    return Bench()


def test_a_few_failures_leave_it_closed(bench: Bench) -> None:
    """Calls go on until so many have failed in a row; a success in between begins the count anew."""
    bench.fail(FAILURES_TO_OPEN - 1)
    bench.circuit.succeeded()
    bench.fail(FAILURES_TO_OPEN - 1)
    assert not bench.circuit.is_open
    assert bench.circuit.seconds_to_wait() == 0


def test_it_opens_and_says_when_to_ask_again(bench: Bench) -> None:
    """Once it is open a call is told how long to wait."""
    bench.fail()
    assert bench.circuit.is_open
    assert bench.circuit.seconds_to_wait() == pytest.approx(FIRST_PAUSE_SECONDS)
    bench.now += FIRST_PAUSE_SECONDS / 2
    assert bench.circuit.seconds_to_wait() == pytest.approx(FIRST_PAUSE_SECONDS / 2)


def test_one_probe_a_pause(bench: Bench) -> None:
    """When the pause is over one call goes, and all others wait for the next, whatever becomes of that one."""
    bench.fail()
    bench.now += FIRST_PAUSE_SECONDS
    assert [bench.circuit.seconds_to_wait() > 0 for _ in range(5)] == [False, True, True, True, True]


def test_pauses_double_to_a_cap(bench: Bench) -> None:
    """A store that stays away is asked less and less, and at the cap for ever."""
    bench.fail()
    pauses = bench.pauses(6)
    assert pauses[0] == pytest.approx(FIRST_PAUSE_SECONDS)
    assert all(
        later == pytest.approx(min(2 * earlier, LONGEST_PAUSE_SECONDS), abs=0.01)
        for earlier, later in itertools.pairwise(pauses)
    )
    assert pauses[-1] == pytest.approx(LONGEST_PAUSE_SECONDS, abs=0.01)


def test_a_success_closes_it(bench: Bench) -> None:
    """The first answer lets all calls go, and the next opening begins with the shortest pause."""
    bench.fail()
    bench.pauses(4)
    bench.circuit.succeeded()
    assert not bench.circuit.is_open
    assert [bench.circuit.seconds_to_wait() for _ in range(3)] == [0, 0, 0]
    bench.fail()
    assert bench.circuit.seconds_to_wait() == pytest.approx(FIRST_PAUSE_SECONDS)


def test_stragglers_change_no_pause(bench: Bench) -> None:
    """Calls that began before it opened and fail after it do not put the probe off."""
    bench.fail()
    bench.now += FIRST_PAUSE_SECONDS / 2
    bench.fail(30)
    assert bench.circuit.seconds_to_wait() == pytest.approx(FIRST_PAUSE_SECONDS / 2)


def test_pauses_differ_from_edge_to_edge() -> None:
    """Jitter keeps the probes of many edges apart, within its share."""
    first, last = Bench(die=0.0), Bench(die=1.0)
    for bench in (first, last):
        bench.fail()
    assert first.circuit.seconds_to_wait() == pytest.approx(FIRST_PAUSE_SECONDS * (1 - JITTER))
    assert last.circuit.seconds_to_wait() == pytest.approx(FIRST_PAUSE_SECONDS * (1 + JITTER))
