"""A place is read off the public curve."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from waitroom.places import Place, place_from_curve

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "places.json").read_text())
TOP = 2**53 - 1


def test_vectors() -> None:
    """Python gives what the shared vectors say, as the page's script does."""
    for case in VECTORS:
        place = place_from_curve([tuple(pair) for pair in case["curve"]], case["score"], case["waiting"])
        assert place == (None if case["place"] is None else Place(**case["place"])), case


@given(st.sets(st.integers(0, TOP), min_size=2, max_size=300), st.data())
def test_a_whole_line_is_read_exactly(scores: set[int], data: st.DataObject) -> None:
    """With every fan on the curve, each fan's place is exact."""
    line = sorted(scores)
    curve = [(score, rank) for rank, score in enumerate(line)]
    rank = data.draw(st.integers(0, len(line) - 1))
    assert place_from_curve(curve, line[rank], len(line)) == Place(ahead=rank, exact=True)


@given(st.sets(st.integers(0, TOP), min_size=3, max_size=300), st.data())
def test_nobody_is_placed_beyond_the_neighbours(scores: set[int], data: st.DataObject) -> None:
    """However the curve is thinned, a fan in the line is placed between the pairs on both sides."""
    line = sorted(scores)
    kept = {0, len(line) - 1} | data.draw(st.sets(st.integers(0, len(line) - 1)))
    curve = [(line[rank], rank) for rank in sorted(kept)]
    rank = data.draw(st.integers(0, len(line) - 1))
    place = place_from_curve(curve, line[rank], len(line))
    assert place is not None
    assert max(at for at in kept if at <= rank) <= place.ahead <= min(at for at in kept if at >= rank)


@given(st.sets(st.integers(0, TOP), min_size=2, max_size=100), st.integers(0, TOP), st.integers(0, TOP))
def test_a_later_score_is_never_ahead(scores: set[int], one: int, other: int) -> None:
    """Of two fans, the one with the lower score has at most as many ahead."""
    line = sorted(scores)
    curve = [(score, rank * 7) for rank, score in enumerate(line)]
    first, second = (place_from_curve(curve, score, len(line) * 7) for score in sorted((one, other)))
    assert first is None or (second is not None and first.ahead <= second.ahead)
