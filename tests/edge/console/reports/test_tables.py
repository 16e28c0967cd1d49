"""Reports as CSV."""

import csv
import io

import pytest

from edge.console.reports.tables import TIMELINE, networks_csv, timeline_csv, to_csv
from tests.edge.console.reports.samples import a_sample


def test_a_timeline() -> None:
    """Each sample is a line under the names of its figures; what is not known is empty."""
    [head, first, second] = list(csv.reader(io.StringIO(timeline_csv([a_sample(0, waiting=7), a_sample(10)]))))
    assert tuple(head) == TIMELINE
    assert dict(zip(head, first, strict=True)) | {"at": "", "waiting": "7", "seats_left": "", "paused": "no"} == dict(
        zip(head, first, strict=True)
    ) | {"at": ""}
    assert second[0] == "2027-01-15T08:00:10.000Z"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")'])
def test_no_formulas(text: str) -> None:
    """A text that a spreadsheet would run is written so that it only reads it."""
    [[cell]] = list(csv.reader(io.StringIO(to_csv(["a"], [[text]]).partition("\r\n")[2])))
    assert cell == f"'{text}"


def test_numbers_stay_numbers() -> None:
    """A number below nothing is no formula."""
    assert to_csv(["a"], [[-3.5]]) == "a\r\n-3.5\r\n"


def test_quotes_and_lines() -> None:
    """Commas, quotes and line ends come back as they were."""
    text = 'a, "b"\nc'
    assert list(csv.reader(io.StringIO(to_csv(["x"], [[text]]))))[1] == [text]


def test_networks() -> None:
    """The networks of a report, a line each."""
    network = {"network": "192.0.2.0/24", "joins": 5, "share": 0.5, "times_median": None, "stands_out": True}
    assert networks_csv([network]).splitlines()[1] == "192.0.2.0/24,5,0.5,,yes"
