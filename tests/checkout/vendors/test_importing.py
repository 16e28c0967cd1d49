"""Seat maps from CSV."""

import re
from pathlib import Path

import pytest

from checkout.vendors.importing import BadLine, read_csv
from checkout.vendors.plans import count_places

GUIDE = Path(__file__).parents[3] / "docs" / "vendor-guide.md"
HEADER = "section,row,seat,kind,place,distance,capacity\n"


def bad(text: str) -> list[BadLine]:
    """The wrong lines of a file that has some."""
    found = read_csv(text)
    assert isinstance(found, list)
    return found


def test_the_template_of_the_guide_is_a_seat_map() -> None:
    """What the guide shows can be imported as it is."""
    template = re.search(r"```csv\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert template is not None
    plan = read_csv(template.group(1))
    assert isinstance(plan, dict)
    assert count_places(plan) == {"standard": 3, "accessible": 1, "companion": 1, "area": 500}


@pytest.mark.parametrize(
    "text",
    [
        "section,row,seat\nA,1,1\n",
        "\ufeffsection;row;seat;kind\r\nA;1;1;\r\n\r\n",
        'Seat , ROW,"section"\n1,1,A\n',
    ],
)
def test_files_of_spreadsheets_are_read(text: str) -> None:
    """Any order of columns, semicolons, a byte order mark, empty lines."""
    plan = read_csv(text)
    assert isinstance(plan, dict)
    assert plan["sections"][0]["rows"][0]["seats"] == [{"seat": "1", "kind": "standard", "place": 1}]


def test_every_bad_line_is_named_with_its_reason() -> None:
    """All of them at once, by the number that an editor shows."""
    text = (
        HEADER
        + "A,1,1,,,,\nA,1,1,,,,\nA,1,2,throne,,,\nA,1,3,,x,,\nA,-,4,,,,\nA,1,5,,,,7\npit,,,area,,,\nA,1,6,,,,,9\n"
    )
    assert {line.line: line.problem for line in bad(text)} == {
        3: "There is a seat A-1-1 already.",
        4: "The kind 'throne' is none of standard, accessible, companion, area.",
        5: "The place 'x' is no whole number from 0 to 200000.",
        6: "The row '-' is not of 1 to 16 letters, digits, dots, underscores or spaces.",
        7: "A seat has no capacity.",
        8: "An area needs a capacity.",
        9: "There are 8 values, and 7 columns.",
    }


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "does not name the columns row, seat, section"),
        ("section,row\n", 1, "does not name the columns seat"),
        ("section,row,seat,colour\n", 1, "no such columns: colour"),
        ("section,row,seat,row\n", 1, "named twice"),
        (HEADER, 1, "no seat and no area"),
        (HEADER + "A,1,1,,,99999999999999999999,\n", 2, "no whole number"),
        (HEADER + "A,1,²,,²,,\n", 2, "no whole number"),
        (HEADER + "A,1," + "x" * 200_000 + "\n", 2, "This is not CSV"),
    ],
)
def test_a_file_that_cannot_be_a_seat_map_says_why(text: str, line: int, told: str) -> None:
    """Whatever is sent, the answer is a line and a reason."""
    found = bad(text)
    assert [fault.line for fault in found] == [line]
    assert told in found[0].problem
