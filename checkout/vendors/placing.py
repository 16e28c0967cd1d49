"""Which rows of a seat map a category sells: what is wrong with a set of places. Pure.

A row that no category names is not on sale. A category sells seats or general admission, never both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from checkout.holds import Refused
from checkout.values import Document

AREA_ROW = ""
"""What stands for the whole of an area, which has no rows to name."""
MIXED = "A category sells seats or general admission, not both."


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A place that cannot be sold so; `field` says where in the body it is."""

    field: str
    problem: str


def invalid(faults: Sequence[Fault]) -> Refused:
    """Refuse what has these faults."""
    return Refused(reason="invalid", detail={"errors": [vars(fault) for fault in faults]})


@dataclass
class Placing:
    """The rows of a seat map, and which of them are taken by categories so far."""

    rows: Mapping[str, Sequence[str]]
    """The rows of each section; an area has the one row AREA_ROW."""
    taken: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, plan: Document, *, taken: Iterable[tuple[str, str]] = ()) -> "Placing":
        """Return the rows of a plan; those of `taken` are sold at the event already."""
        rows = {part["section"]: [row["row"] for row in part["rows"]] for part in plan["sections"]}
        areas = {area["area"]: [AREA_ROW] for area in plan["areas"]}
        known = {(section, AREA_ROW if section in areas else row) for section, row in taken}
        return cls(rows=rows | areas, taken=known)

    def is_area(self, places: Sequence[Document]) -> bool:
        """Say whether these places are general admission."""
        return any(self.rows.get(place["section"]) == [AREA_ROW] for place in places)

    def take(self, places: Sequence[Document], *, under: str) -> list[Fault]:
        """Give these places to a category, and return what is wrong with them."""
        faults = []
        for index, place in enumerate(places):
            problem = self._take(place)
            if problem is not None:
                faults.append(Fault(field=f"{under}.{index}", problem=problem))
        kinds = {self.rows.get(place["section"]) == [AREA_ROW] for place in places}
        if len(kinds) > 1:
            faults.append(Fault(field=under, problem=MIXED))
        return faults

    def _take(self, place: Document) -> str | None:
        section, named = place["section"], place.get("rows")
        if section not in self.rows:
            return f"The seat map has no section {section!r}."
        unknown = sorted(set(named or ()) - set(self.rows[section]))
        if unknown:
            return f"The section {section!r} has no rows {', '.join(unknown)}."
        wanted = {(section, row) for row in named or self.rows[section]}
        doubled = sorted(row for _, row in wanted & self.taken)
        self.taken |= wanted
        if doubled:
            return f"Rows of the section {section!r} are in a category already: {', '.join(doubled) or 'all'}."
        return None
