"""Arrivals follow the stages, whatever becomes of those who came."""

import pytest

from loadtests.shapes import RELEASE, Shape, Stage

SHAPE = Shape(stages=(Stage(seconds=10, per_second=0.5), Stage(seconds=2, per_second=20)), limit_seconds=60)


@pytest.mark.parametrize(
    ("seconds", "arrived"), [(-1, 0), (0, 0), (1.9, 0), (2, 1), (10, 5), (10.5, 15), (11, 25), (12, 45), (100, 45)]
)
def test_arrivals_add_up_over_the_stages(seconds: float, arrived: int) -> None:
    """By each moment as many have come as the stages until then say; none before the start, none after the end."""
    assert SHAPE.arrived(seconds) == arrived


def test_whole_numbers_are_not_lost_to_rounding() -> None:
    """Ten times a tenth of a fan is one fan."""
    shape = Shape(stages=[Stage(seconds=0.1, per_second=1)] * 10, limit_seconds=1)

    assert shape.arrivals == 1


def test_the_release_is_a_spike_that_ends_within_the_limit() -> None:
    """The shape that ships has its steepest stage in the middle, and time left for the last to buy."""
    paces = [stage.per_second for stage in RELEASE.stages]

    assert max(paces) == paces[1] >= 5 * paces[0]
    assert RELEASE.arrivals == RELEASE.arrived(RELEASE.seconds) > 200
    assert RELEASE.limit_seconds > 2 * RELEASE.seconds
