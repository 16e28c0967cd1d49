"""The page's report: the median of the looks, the ratio to the empty page, and whether the figures are met."""

import pytest

from loadtests.benchmarks.page.__main__ import EMPTY, figures, table
from loadtests.benchmarks.page.look import Look

WIRE = {"Document": 5_000, "Stylesheet": 3_000, "Script": 7_000, "Preload": 1_000, "Fetch": 400}


def a_look(usable: float) -> Look:
    """A look at a page that could be used after so many milliseconds."""
    return Look(first_byte=440, paint=usable, usable=usable, fresh=1_100, wire=WIRE)


LOOKS = {"en": [a_look(900), a_look(910), a_look(2_000)], "ja": [a_look(950)] * 3, EMPTY: [a_look(455)] * 3}


def test_a_line_is_the_median_of_its_looks() -> None:
    """One look that somebody disturbed changes nothing; the snapshot counts as data whoever asked for it."""
    english = table(LOOKS, {"en": 13_000, "ja": 13_500}).splitlines()[2]
    assert english == "| en | 440 | 910 | 910 | 2.00 | 1,100 | 5,000 | 3,000 | 7,000 | 1,400 | 13,000 |"


@pytest.mark.parametrize(("weight", "is_light"), [(14_000, True), (14_001, False)])
def test_the_heaviest_language_counts(weight: int, *, is_light: bool) -> None:
    """A page that is light in English and heavy in Japanese is heavy."""
    light, quick = figures(LOOKS, {"en": 12_000, "ja": weight})
    assert (light.is_met, quick.is_met) == (is_light, True)
    assert quick.found == "950 ms"


def test_the_slowest_language_counts() -> None:
    """A page that comes too late in one language comes too late."""
    _, quick = figures(LOOKS | {"ja": [a_look(1_001)] * 3}, {"en": 12_000, "ja": 12_000})
    assert not quick.is_met
