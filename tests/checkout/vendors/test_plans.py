"""Seat maps as values."""

import pytest

from checkout.vendors.plans import MOST_SEATS, PlanBuilder, count_places


def add(
    builder: PlanBuilder, seat: str, *, row: str = "A", place: int | None = None, kind: str = "standard"
) -> str | None:
    """Add a seat of section 1."""
    return builder.add_seat("1", row, seat, kind=kind, place=place, distance=None)


def test_places_follow_one_another_and_an_aisle_is_left_out() -> None:
    """A seat without a place sits beside the one before it; rows without distances lie behind one another."""
    builder = PlanBuilder()
    assert [add(builder, "1"), add(builder, "2"), add(builder, "3", place=4), add(builder, "4")] == [None] * 4
    assert add(builder, "1", row="B", kind="accessible") is None
    rows = builder.plan()["sections"][0]["rows"]
    assert [seat["place"] for seat in rows[0]["seats"]] == [1, 2, 4, 5]
    assert [row["distance"] for row in rows] == [0, 4]
    assert count_places(builder.plan()) == {"standard": 4, "accessible": 1, "companion": 0, "area": 0}


@pytest.mark.parametrize("label", ["", "a-b", "a/b", " a", "x" * 17, "a\0", "a\n"])
def test_a_label_that_cannot_be_part_of_a_name_is_refused(label: str) -> None:
    """Names of seats join their parts by hyphens and stand in addresses."""
    assert "letters, digits" in (add(PlanBuilder(), label) or "")
    assert "letters, digits" in (PlanBuilder().add_area(label, capacity=1, distance=None) or "")


def test_what_is_wrong_is_told_and_not_added() -> None:
    """Each fault has its reason; the map goes on without it."""
    builder = PlanBuilder()
    add(builder, "1", place=3)
    assert add(builder, "1") == "There is a seat 1-A-1 already."
    assert add(builder, "2", place=3) == "The place 3 does not come after 3, the one before it in the row."
    other = builder.add_seat("1", "A", "2", kind="standard", place=None, distance=7)
    assert other == "The row began with another distance: None."
    assert builder.add_area("1", capacity=5, distance=None) == "There is a section '1' already."
    builder.add_area("pit", capacity=5, distance=None)
    assert builder.add_seat("pit", "A", "1", kind="standard", place=None, distance=None) is not None
    assert builder.add_area("all", capacity=MOST_SEATS, distance=None) == "A seat map has at most 200000 places."
    assert count_places(builder.plan()) == {"standard": 1, "accessible": 0, "companion": 0, "area": 5}
