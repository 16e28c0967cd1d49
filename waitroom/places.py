"""A fan's place from the snapshot's curve: pure, and the same in the page's script.

`tests/vectors/places.json` holds the two together.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Place:
    """How many fans are ahead; `exact` when the curve says so without interpolation."""

    ahead: int
    exact: bool


def place_from_curve(curve: Sequence[tuple[int, int]], score: int, waiting: int) -> Place | None:
    """Read the place of `score` off the pairs (score, fans ahead), which rise in both.

    None means "ask": the score is before the first fan of the line, so the turn may have been given.
    Above the last pair stands a fan who joined after the snapshot, behind all `waiting`.
    Between two pairs the fans are taken as spread evenly: at most 5 % off, by the way the curve is cut.
    """
    if not curve or score < curve[0][0]:
        return None
    at = bisect_right(curve, score, key=lambda pair: pair[0]) - 1
    before, ahead = curve[at]
    if score == before:
        return Place(ahead=ahead, exact=True)
    if at == len(curve) - 1:
        return Place(ahead=max(waiting, ahead + 1), exact=False)
    return _between(curve[at], curve[at + 1], score)


def _between(lower: tuple[int, int], upper: tuple[int, int], score: int) -> Place:
    before, ahead = lower
    after, ahead_after = upper
    # Divide first: the quotient of integers below 2^53 is rounded alike here and in the browser.
    share = (score - before) / (after - before)
    # The fan of the lower pair is ahead too, hence one at least.
    step = max(1, int(share * (ahead_after - ahead)))
    return Place(ahead=ahead + step, exact=ahead_after - ahead == 1)
