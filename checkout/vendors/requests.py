"""What vendors send."""

import re
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints, field_validator, model_validator

from checkout.values import Document
from checkout.vendors.plans import FARTHEST, MOST_SEATS, PlanBuilder, SeatKind
from waitroom.web.bodies import Body
from waitroom.web.problems import Problem

NO_CONTROLS = r"^[^\x00-\x1f\x7f]+$"
SLUG = r"^[a-z0-9][a-z0-9-]{0,63}$"
MOST_MONEY = 10**10
MOST_LINES = 100
Line = Annotated[int, Field(ge=1, le=MOST_LINES)]
Slug = Annotated[str, StringConstraints(pattern=SLUG)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_CONTROLS)]
Address = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=NO_CONTROLS)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=16, pattern=NO_CONTROLS)]


def _written_out(moment: object) -> object:
    # A number would be taken for seconds since 1970, also one in quotes.
    if not isinstance(moment, str) or re.match(r"\d{4}-\d\d-\d\d[Tt]", moment) is None:
        raise ValueError("Write a time as in RFC 3339: 2031-05-01T20:00:00+02:00.")
    return moment


Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_out)]
Currency = Annotated[str, StringConstraints(pattern=r"^[a-z]{3}$")]
Amount = Annotated[int, Field(ge=0, le=MOST_MONEY)]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]
Seconds = Annotated[int, Field(ge=30, le=86_400)]
Version = Annotated[int, Field(ge=1)]
Distance = Annotated[int, Field(ge=0, le=FARTHEST)]


class RefundBody(Body):
    """Which lines of an order to give back the money of; none named: all that are left."""

    lines: Annotated[list[Line], Field(min_length=1, max_length=MOST_LINES)] | None = None
    reason: Title

    @field_validator("lines")
    @classmethod
    def _are_distinct(cls, lines: list[int] | None) -> list[int] | None:
        if lines is not None and len(set(lines)) < len(lines):
            raise ValueError("A line is named twice.")
        return None if lines is None else sorted(lines)


class VenueBody(Body):
    """A new venue."""

    name: Title
    address: Address = ""


class VenueChange(Body):
    """What changes of a venue."""

    version: Version
    name: Title | None = None
    address: Address | None = None


class SeatBody(Body):
    """A seat that is more than its number."""

    seat: Label
    kind: SeatKind = "standard"
    place: Annotated[int, Field(ge=1, le=MOST_SEATS)] | None = None


class RowBody(Body):
    """A row; a seat may be its number alone."""

    row: Label
    distance: Distance | None = None
    seats: Annotated[list[Label | SeatBody], Field(min_length=1)]


class SectionBody(Body):
    """A section."""

    section: Label
    rows: Annotated[list[RowBody], Field(min_length=1)]


class AreaBody(Body):
    """An area of general admission."""

    area: Label
    capacity: Annotated[int, Field(ge=1, le=MOST_SEATS)]
    distance: Distance | None = None


class PlanBody(Body):
    """The sections and areas of a seat map."""

    sections: Annotated[list[SectionBody], Field(default_factory=list)]
    areas: Annotated[list[AreaBody], Field(default_factory=list)]

    def to_plan(self) -> Document:
        """Return the map in its normal form, or raise Problem("validation-failed") that names every fault."""
        builder = PlanBuilder()
        faults = [*self._add_seats(builder), *self._add_areas(builder)]
        if not faults and not self.sections and not self.areas:
            faults.append({"field": "sections", "problem": "There is no seat and no area."})
        if faults:
            raise Problem("validation-failed", detail=f"{len(faults)} places of the map are wrong.", errors=faults)
        return builder.plan()

    def _add_seats(self, builder: PlanBuilder) -> list[Document]:
        faults = []
        for where, section, row, seat in self._seats():
            full = SeatBody(seat=seat) if isinstance(seat, str) else seat
            problem = builder.add_seat(
                section, row.row, full.seat, kind=full.kind, place=full.place, distance=row.distance
            )
            if problem is not None:
                faults.append({"field": where, "problem": problem})
        return faults

    def _seats(self) -> Any:  # Any: where it is in the body, section, row, seat
        for s, section in enumerate(self.sections):
            for r, row in enumerate(section.rows):
                for n, seat in enumerate(row.seats):
                    yield f"sections.{s}.rows.{r}.seats.{n}", section.section, row, seat

    def _add_areas(self, builder: PlanBuilder) -> list[Document]:
        found = [builder.add_area(area.area, capacity=area.capacity, distance=area.distance) for area in self.areas]
        return [{"field": f"areas.{n}", "problem": problem} for n, problem in enumerate(found) if problem is not None]


class SeatMapBody(PlanBody):
    """A new seat map."""

    name: Title


class SeatMapChange(PlanBody):
    """What changes of a seat map; sections and areas come together, as a whole new plan."""

    version: Version
    name: Title | None = None

    @property
    def has_plan(self) -> bool:
        """Whether the plan changes."""
        return bool(self.model_fields_set & {"sections", "areas"})


class Fee(Body):
    """A fee on top: an amount, or basis points of the price."""

    name: Title
    amount: Amount | None = None
    basis_points: BasisPoints | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "Fee":
        if (self.amount is None) == (self.basis_points is None):
            raise ValueError("Send either amount or basis_points.")
        return self


class EventFee(Fee):
    """A fee of the event."""

    per: Literal["ticket", "order"] = "ticket"


class Tax(Body):
    """A tax on tickets and fees together."""

    name: Title
    basis_points: BasisPoints
    included: bool = False


MOST_LINES = 10
Fees = Annotated[list[Fee], Field(max_length=MOST_LINES)]


class PlaceBody(Body):
    """A section or area of the seat map, or some rows of a section."""

    section: Label
    rows: Annotated[list[Label], Field(min_length=1)] | None = None


class CategoryBody(Body):
    """A price category of a new event."""

    category: Slug
    name: Title
    price: Amount
    on_sale_at: Moment | None = None
    fees: Annotated[Fees, Field(default_factory=list)]
    places: Annotated[list[PlaceBody], Field(min_length=1)]


class EventTerms(Body):
    """What new events and changes have in common."""

    limit_per_fan: Annotated[int, Field(ge=1, le=1000)] | None = None
    hold_seconds: Seconds | None = None
    longest_hold_seconds: Seconds | None = None
    payment_seconds: Seconds | None = None
    longest_visit_seconds: Seconds | None = None
    fees: Annotated[list[EventFee], Field(max_length=MOST_LINES)] | None = None
    taxes: Annotated[list[Tax], Field(max_length=MOST_LINES)] | None = None


class EventBody(EventTerms):
    """A new event."""

    event: Slug
    room: Annotated[str, StringConstraints(pattern=SLUG)]
    seat_map: Id
    name: Title
    starts_at: Moment
    currency: Currency
    categories: Annotated[list[CategoryBody], Field(min_length=1, max_length=100)]


class EventChange(EventTerms):
    """What changes of an event."""

    version: Version
    room: Annotated[str, StringConstraints(pattern=SLUG)] | None = None
    name: Title | None = None
    starts_at: Moment | None = None
    currency: Currency | None = None


class CategoryChange(Body):
    """What changes of a price category; `places` move to it."""

    version: Version
    name: Title | None = None
    price: Amount | None = None
    on_sale_at: Moment | None = None
    fees: Fees | None = None
    places: Annotated[list[PlaceBody], Field(min_length=1)] | None = None


class NewCategory(CategoryBody):
    """A price category for an event that exists: its places are those of the seat map that no category has yet."""

    version: Version


class SeatsChange(Body):
    """Seats that are withdrawn from sale, put back, or become seats of another kind."""

    seats: Annotated[list[Id], Field(min_length=1, max_length=1000)]
    blocked: bool | None = None
    kind: SeatKind | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "SeatsChange":
        if self.blocked is None and self.kind is None:
            raise ValueError("Send blocked or kind.")
        return self


class RescheduleBody(Body):
    """When the event takes place now."""

    starts_at: Moment


class CancelBody(Body):
    """Why the event does not take place."""

    reason: Title
