"""Seat maps from CSV: a line a seat, or a line an area; every line that is wrong is named with its reason. Pure."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from checkout.values import Document
from checkout.vendors.plans import FARTHEST, KINDS, MOST_SEATS, PlanBuilder

COLUMNS = ("section", "row", "seat", "kind", "place", "distance", "capacity")
NEEDED = frozenset({"section", "row", "seat"})
AREA = "area"


@dataclass(frozen=True, kw_only=True)
class BadLine:
    """A line that cannot be read, and why."""

    line: int
    problem: str


class _WrongValueError(Exception):
    """A value is not what its column holds; the message is for the vendor."""


def read_csv(text: str) -> Document | list[BadLine]:
    """Return the seat map that a CSV file describes, or every line that is wrong; its first line names the columns.

    Commas separate, or semicolons, as spreadsheets write them in many countries.
    """
    text = text.removeprefix("\ufeff")
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        columns = [name.strip().lower() for name in next(lines, [])]
        problem = _wrong_columns(columns)
        if problem is not None:
            return [BadLine(line=1, problem=problem)]
        return _read(columns, ((lines.line_num, values) for values in lines))
    except csv.Error as broken:
        return [BadLine(line=lines.line_num, problem=f"This is not CSV: {broken}.")]


def _wrong_columns(columns: list[str]) -> str | None:
    missing = sorted(NEEDED - set(columns))
    if missing:
        return f"The first line does not name the columns {', '.join(missing)}."
    unknown = sorted(set(columns) - set(COLUMNS))
    if unknown:
        return f"There are no such columns: {', '.join(unknown)}. The columns are {', '.join(COLUMNS)}."
    return "A column is named twice." if len(set(columns)) < len(columns) else None


def _read(columns: list[str], lines: Iterable[tuple[int, list[str]]]) -> Document | list[BadLine]:
    builder, bad, number = PlanBuilder(), [], 0
    for number, values in lines:
        if not any(value.strip() for value in values):
            continue
        problem = _add(builder, columns, values)
        if problem is not None:
            bad.append(BadLine(line=number, problem=problem))
    plan = builder.plan()
    if not bad and not plan["sections"] and not plan["areas"]:
        bad.append(BadLine(line=max(number, 1), problem="There is no seat and no area."))
    return bad or plan


def _add(builder: PlanBuilder, columns: list[str], values: list[str]) -> str | None:
    if len(values) > len(columns):
        return f"There are {len(values)} values, and {len(columns)} columns."
    found = dict.fromkeys(COLUMNS, "") | dict(zip(columns, (value.strip() for value in values), strict=False))
    try:
        return _add_area(builder, found) if found["kind"] == AREA else _add_seat(builder, found)
    except _WrongValueError as wrong:
        return str(wrong)


def _add_area(builder: PlanBuilder, found: dict[str, str]) -> str | None:
    if found["row"] or found["seat"]:
        return "An area has neither row nor seat."
    capacity, distance = _number(found, "capacity", most=MOST_SEATS), _number(found, "distance", most=FARTHEST)
    if not capacity:
        return "An area needs a capacity."
    return builder.add_area(found["section"], capacity=capacity, distance=distance)


def _add_seat(builder: PlanBuilder, found: dict[str, str]) -> str | None:
    kind = found["kind"] or "standard"
    if kind not in KINDS:
        return f"The kind {kind!r} is none of {', '.join((*KINDS, AREA))}."
    if found["capacity"]:
        return "A seat has no capacity."
    place, distance = _number(found, "place", most=MOST_SEATS), _number(found, "distance", most=FARTHEST)
    section, row, seat = (found[name] for name in ("section", "row", "seat"))
    return builder.add_seat(section, row, seat, kind=kind, place=place, distance=distance)


def _number(found: dict[str, str], column: str, *, most: int) -> int | None:
    text = found[column]
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(most)) or int(text) > most:
        raise _WrongValueError(f"The {column} {text!r} is no whole number from 0 to {most}.")
    return int(text)
