"""A fan's chance, against the vectors that the page's script follows too."""

import json
from pathlib import Path

import pytest

from waitroom.chance import Chance, chance_of

VECTORS = Path(__file__).parents[1] / "vectors" / "chances.json"


def test_vectors() -> None:
    """Every vector, those checked by hand and those made at random."""
    for case in json.loads(VECTORS.read_text()):
        found = chance_of(
            case["ahead"], case["inside"], case["seats_left"], case["seats_a_buyer"], is_sold_out=case["sold_out"]
        )
        assert found == case["chance"], case


@pytest.mark.parametrize(
    ("seats", "chance"), [(219, Chance.UNLIKELY), (220, Chance.LIKELY), (0, Chance.NONE), (None, None)]
)
def test_likely_has_a_margin_of_a_tenth(seats: int | None, chance: Chance | None) -> None:
    """99 before and the fan, two seats each: 200 seats are wanted, and `likely` begins at 220."""
    assert chance_of(90, 9, seats, None) is chance


def test_it_never_gets_better_further_behind() -> None:
    """Who stands further behind, or has more inside before, has no better chance."""
    order = [Chance.LIKELY, Chance.UNLIKELY, Chance.NONE]
    for inside in (0, 50):
        found = [chance_of(ahead, inside, 500, 2.4) for ahead in range(400)]
        assert found == sorted(found, key=lambda chance: order.index(chance or Chance.NONE))
        assert found[0] is Chance.LIKELY
        assert found[-1] is Chance.UNLIKELY


def test_none_is_said_of_nothing_left_alone() -> None:
    """The last seat keeps everybody's hope: `none` is for a sale that is sold out."""
    assert chance_of(14_000_000, 5000, 1, 4.0) is Chance.UNLIKELY
    assert chance_of(0, 0, 500, 2.0, is_sold_out=True) is Chance.NONE
    assert chance_of(0, 0, None, None, is_sold_out=True) is Chance.NONE
