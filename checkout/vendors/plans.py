"""Seat maps as values: sections with rows of seats, and areas of general admission; what is wrong with one. Pure.

Places order the seats of a row; a number left out is an aisle. Distances are from the focal point, in half seats.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

from checkout.values import Document

SeatKind = Literal["standard", "accessible", "companion"]
KINDS: tuple[str, ...] = get_args(SeatKind)
LABEL = re.compile(r"[\w.][\w. ]{0,15}")
"""No hyphen, since it joins section, row and seat to the name of a seat, and no slash, since names are in addresses."""
LABEL_RULE = "is not of 1 to 16 letters, digits, dots, underscores or spaces"
MOST_SEATS = 200_000
FARTHEST = 100_000
ROW_PITCH = 4
"""Half seats from one row to the next, where a map tells no distances."""


@dataclass
class _Row:
    distance: int | None
    seats: list[Document] = field(default_factory=list)


class PlanBuilder:
    """Puts a seat map together seat by seat; each `add` returns what is wrong with it, or None.

    What is wrong is not added, so that all faults of a map are found in one go.
    """

    def __init__(self) -> None:
        self._sections: dict[str, dict[str, _Row]] = {}
        self._areas: dict[str, Document] = {}
        self._numbers: set[tuple[str, str, str]] = set()
        self._places = 0

    def add_seat(
        self, section: str, row: str, seat: str, *, kind: str, place: int | None, distance: int | None
    ) -> str | None:
        """Add a seat at the end of its row."""
        for name, label in {"section": section, "row": row, "seat": seat}.items():
            if not LABEL.fullmatch(label):
                return f"The {name} {label!r} {LABEL_RULE}."
        if section in self._areas:
            return f"{section!r} is an area of general admission already."
        if (section, row, seat) in self._numbers:
            return f"There is a seat {section}-{row}-{seat} already."
        known = self._sections.get(section, {}).get(row)
        fault = _misplaced(known, place=place, distance=distance) or self._crowded(1)
        if fault is not None:
            return fault
        kept = self._sections.setdefault(section, {}).setdefault(row, known or _Row(distance))
        last = kept.seats[-1]["place"] if kept.seats else 0
        kept.seats.append({"seat": seat, "kind": kind, "place": place or last + 1})
        self._numbers.add((section, row, seat))
        self._places += 1
        return None

    def add_area(self, area: str, *, capacity: int, distance: int | None) -> str | None:
        """Add an area of general admission."""
        if not LABEL.fullmatch(area):
            return f"The section {area!r} {LABEL_RULE}."
        if area in self._areas or area in self._sections:
            return f"There is a section {area!r} already."
        fault = self._crowded(capacity)
        if fault is not None:
            return fault
        self._areas[area] = {"area": area, "capacity": capacity, "distance": distance or 0}
        self._places += capacity
        return None

    def plan(self) -> Document:
        """Return the map in its normal form: every seat with its kind and place, every row with its distance."""
        sections = [{"section": name, "rows": list(_finished(rows))} for name, rows in self._sections.items()]
        return {"sections": sections, "areas": list(self._areas.values())}

    def _crowded(self, more: int) -> str | None:
        return None if self._places + more <= MOST_SEATS else f"A seat map has at most {MOST_SEATS} places."


def count_places(plan: Document) -> Document:
    """Count the places of a map by kind."""
    seats = (seat for section in plan["sections"] for row in section["rows"] for seat in row["seats"])
    kinds = Counter(seat["kind"] for seat in seats)
    return {kind: kinds[kind] for kind in KINDS} | {"area": sum(area["capacity"] for area in plan["areas"])}


def _misplaced(row: _Row | None, *, place: int | None, distance: int | None) -> str | None:
    if row is None:
        return None
    if place is not None and place <= row.seats[-1]["place"]:
        return f"The place {place} does not come after {row.seats[-1]['place']}, the one before it in the row."
    if distance is not None and distance != row.distance:
        return f"The row began with another distance: {row.distance}."
    return None


def _finished(rows: dict[str, _Row]) -> Iterator[Document]:
    for index, (label, row) in enumerate(rows.items()):
        distance = ROW_PITCH * index if row.distance is None else row.distance
        yield {"row": label, "distance": distance, "seats": row.seats}
