"""A fan's chance of finding a seat when the turn comes: pure, and the same in the page's script.

`tests/vectors/chances.json` holds the two together.
"""

from enum import StrEnum

SEATS_A_BUYER = 2
"""Until the sale has shown what a paid order takes."""


class Chance(StrEnum):
    """Said in words, never as a number: nobody knows who buys how much."""

    LIKELY = "likely"
    UNLIKELY = "unlikely"
    NONE = "none"


def chance_of(
    ahead: int, inside: int, seats_left: int | None, seats_a_buyer: float | None, *, is_sold_out: bool = False
) -> Chance | None:
    """Return the chance of a fan with so many ahead in the line and so many inside or about to go in.

    In this order: nothing is left; nobody knows how much is; there is enough for everybody before, for the fan, and a
    tenth more; there may not be. Everybody before is taken to buy, though some will not: so `likely` is said with care,
    and `unlikely` is no promise either.
    """
    if is_sold_out or seats_left == 0:
        return Chance.NONE
    if seats_left is None:
        return None
    wanted = (ahead + inside + 1) * (seats_a_buyer or SEATS_A_BUYER)
    # Whole factors: a product of 1.1 would be rounded before it is compared.
    return Chance.LIKELY if wanted * 11 <= seats_left * 10 else Chance.UNLIKELY
