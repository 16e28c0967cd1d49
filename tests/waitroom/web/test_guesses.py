"""Wrong codes are slowed by network, and nobody else is."""

import pytest

from waitroom.web import guesses
from waitroom.web.guesses import BURST, MOST_AT_ONCE, SECONDS_A_GUESS, Guesses, TooManyGuessesError


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def guess(counted: Guesses, network: str = "192.0.2.1") -> None:
    """Try a wrong code."""
    with counted.trying(network) as note_wrong:
        note_wrong()


def test_five_at_once_then_one_each_ten_seconds() -> None:
    """At 12:00:00 five wrong codes are looked at, the sixth waits ten seconds; an hour later it is five again."""
    clock = Clock()
    counted = Guesses(monotonic=clock)
    for _ in range(BURST):
        guess(counted)
    with pytest.raises(TooManyGuessesError) as slowed:
        guess(counted)
    assert slowed.value.retry_after == SECONDS_A_GUESS
    clock.now += SECONDS_A_GUESS
    guess(counted)
    with pytest.raises(TooManyGuessesError):
        guess(counted)
    clock.now += 3600
    for _ in range(BURST):
        guess(counted)
    with pytest.raises(TooManyGuessesError):
        guess(counted)


def test_right_codes_cost_nothing() -> None:
    """A network from which a thousand fans come with right codes is never slowed."""
    counted = Guesses(monotonic=Clock())
    for _ in range(1000):
        with counted.trying("192.0.2.1"):
            pass


def test_other_networks_are_not_slowed() -> None:
    """However much one network guesses, a code from another is looked at."""
    counted = Guesses(monotonic=Clock())
    for _ in range(BURST):
        guess(counted)
    with pytest.raises(TooManyGuessesError):
        guess(counted)
    guess(counted, "192.0.2.2")


def test_a_burst_is_limited_and_paid_back() -> None:
    """What is tried at the same moment is limited, and each of it counts: the pace holds in the long run."""
    clock = Clock()
    counted = Guesses(monotonic=clock)
    under_way = [counted.trying("192.0.2.1") for _ in range(MOST_AT_ONCE)]
    notes = [trying.__enter__() for trying in under_way]
    with pytest.raises(TooManyGuessesError):
        guess(counted)
    for trying, note_wrong in zip(under_way, notes, strict=True):
        note_wrong()
        trying.__exit__(None, None, None)
    clock.now += (MOST_AT_ONCE - BURST) * SECONDS_A_GUESS
    with pytest.raises(TooManyGuessesError):
        guess(counted)
    clock.now += SECONDS_A_GUESS
    guess(counted)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of too many networks the one that has been quiet for longest is forgotten."""
    monkeypatch.setattr(guesses, "MOST_NETWORKS", 3)
    counted = Guesses(monotonic=Clock())
    for _ in range(BURST):
        guess(counted, "a")
    for network in ("b", "c", "d"):
        guess(counted, network)
    guess(counted, "a")
    assert len(counted._paid_at) == 3
