"""What the server says in words."""

import pytest

from edge.words import Words
from waitroom.web.languages import choose_language

WORDS = Words(choose_language("en", ""))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "not known yet"),
        ((0, 30), "under 30 seconds"),
        ((0, 60), "under 1 minute"),
        ((60, 180), "1–3 minutes"),  # noqa: RUF001 - a range is written with an en dash
        ((5400, 9000), "1.5–2.5 hours"),  # noqa: RUF001 - as above
    ],
)
def test_a_wait_is_a_range_in_one_unit(seconds: tuple[int, int] | None, text: str) -> None:
    """A wait is told as a range, in the unit of its long end."""
    assert WORDS.wait(seconds) == text


@pytest.mark.parametrize(
    ("number", "exact", "text"), [(7, False, "7"), (12_345, True, "12,345"), (12_345, False, "12,300")]
)
def test_a_number_that_is_nearly_right_is_rounded(number: int, *, exact: bool, text: str) -> None:
    """Only an exact number has all its digits."""
    assert WORDS.count(number, exact=exact) == text


def test_a_place_is_one_more_than_those_ahead() -> None:
    """The first fan in line has place 1."""
    assert WORDS.place(0, exact=True) == "1"
    assert WORDS.place(5599, exact=False) == "about 5,600"


def test_a_moment_names_its_zone() -> None:
    """The server does not know the fan's clock, so it says UTC; seconds only where they matter."""
    assert WORDS.moment("2027-01-15T08:00:00.000Z") == "January 15, 8:00\N{NARROW NO-BREAK SPACE}AM UTC"
    assert WORDS.moment("2027-01-15T08:00:07.500Z") == "January 15, 8:00:07\N{NARROW NO-BREAK SPACE}AM UTC"
