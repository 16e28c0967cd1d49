"""Contrast by WCAG's formula."""

import itertools

import pytest

from waitroom.contrast import BLACK, WHITE, contrast, lowest, mix, nearest_passing, text_on


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        (BLACK, WHITE, 21),
        (WHITE, WHITE, 1),
        ("#777777", WHITE, 4.48),
        ("#767676", WHITE, 4.54),
        ("#ff0000", WHITE, 4.00),
        ("#0000ff", WHITE, 8.59),
        ("#00ff00", BLACK, 15.30),
    ],
)
def test_known_ratios(one: str, other: str, ratio: float) -> None:
    """The ratios are those that every checker gives, in either order."""
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


def test_black_or_white_is_read_on_every_colour() -> None:
    """On whatever colour, the better of black and white has 4.5 to 1."""
    parts = ("00", "40", "77", "80", "c0", "ff")
    colours = ["#" + "".join(three) for three in itertools.product(parts, repeat=3)]
    assert min(contrast(text_on(colour), colour) for colour in colours) >= 4.5


@pytest.mark.parametrize("colour", ["#ffff00", "#eeeeee", "#ff8800", "#112233"])
@pytest.mark.parametrize("ground", ["#f3f4f1", "#0e1013", "#ffffff"])
def test_the_nearest_that_passes(colour: str, ground: str) -> None:
    """It passes, a little less would not, and what passes already stays."""
    found = nearest_passing(colour, ground, least=4.5)
    assert contrast(found, ground) >= 4.5
    assert (found == colour) == (contrast(colour, ground) >= 4.5)
    assert contrast(found, ground) < 4.7 or found == colour


def test_where_nothing_passes_the_better_end_stands() -> None:
    """Between black and white grounds no colour has 10 to 1: the better of black and white is told."""
    assert nearest_passing("#888888", BLACK, WHITE, least=10) in {BLACK, WHITE}
    assert lowest("#888888", BLACK, WHITE) == contrast("#888888", WHITE)
    assert mix(BLACK, WHITE, 0.5) == "#808080"
