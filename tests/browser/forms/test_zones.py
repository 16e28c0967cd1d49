"""Clock times of zones in the browser, held to Python's own tables."""

from datetime import UTC, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from tests.browser.forms.conftest import Sit

pytestmark = pytest.mark.browser

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
MOMENTS = [datetime(2027, month, 15, hour, 59, tzinfo=UTC) for month, hour in product(range(1, 13), (0, 11, 23))]
CASES = [
    ("2027-01-15T19:00", "Europe/Berlin", {"kind": "one", "at": "2027-01-15T18:00:00.000Z"}),
    ("2027-01-15T19:00:30", "UTC", {"kind": "one", "at": "2027-01-15T19:00:30.000Z"}),
    # The hour before and after those that are changed.
    ("2027-03-28T01:59", "Europe/Berlin", {"kind": "one", "at": "2027-03-28T00:59:00.000Z"}),
    ("2027-03-28T03:00", "Europe/Berlin", {"kind": "one", "at": "2027-03-28T01:00:00.000Z"}),
    (
        "2027-03-28T02:30",
        "Europe/Berlin",
        {"kind": "never", "ats": ["2027-03-28T00:30:00.000Z", "2027-03-28T01:30:00.000Z"]},
    ),
    (
        "2027-10-31T02:30",
        "Europe/Berlin",
        {"kind": "twice", "ats": ["2027-10-31T00:30:00.000Z", "2027-10-31T01:30:00.000Z"]},
    ),
    # Half an hour is changed here, and a whole day was left out there.
    (
        "2027-10-03T02:15",
        "Australia/Lord_Howe",
        {"kind": "never", "ats": ["2027-10-02T15:15:00.000Z", "2027-10-02T15:45:00.000Z"]},
    ),
    (
        "2011-12-30T12:00",
        "Pacific/Apia",
        {"kind": "never", "ats": ["2011-12-29T22:00:00.000Z", "2011-12-30T22:00:00.000Z"]},
    ),
    ("2027-02-31T12:00", "UTC", {"kind": "none"}),
    ("soon", "UTC", {"kind": "none"}),
]
RESOLVE = """async cases => {
  const { resolve } = await import("/static/zones.js");
  const told = (at) => new Date(at).toISOString();
  return cases.map(([local, zone]) => {
    const found = resolve(local, zone);
    if ("at" in found) found.at = told(found.at);
    if ("ats" in found) found.ats = found.ats.map(told);
    return found;
  });
}"""
TO_LOCAL = """async cases => {
  const { offsetAt, toLocal } = await import("/static/zones.js");
  return cases.map(([at, zone]) => [toLocal(at, zone), offsetAt(at, zone)]);
}"""


@pytest.fixture
def page(sit: Sit) -> Page:
    """A page that may import the console's modules."""
    return sit("/static/icon.svg")


def test_clock_times_that_are_one_moment_two_or_none(page: Page) -> None:
    """Where clocks go back a time is two moments, where they go forward none, and nothing is guessed."""
    found: list[Any] = page.evaluate(RESOLVE, [list(case[:2]) for case in CASES])  # Any: JSON values
    assert found == [expected for _, _, expected in CASES]


def test_moments_by_the_clock_of_a_zone(page: Page) -> None:
    """The clock of any zone at any time of the year is what Python's tables say."""
    asked = [(moment, zone) for zone in ZONES for moment in MOMENTS]
    told = page.evaluate(TO_LOCAL, [[moment.timestamp() * 1000, zone] for moment, zone in asked])
    for (moment, zone), (local, offset) in zip(asked, told, strict=True):
        there = moment.astimezone(ZoneInfo(zone))
        assert local == there.strftime("%Y-%m-%dT%H:%M"), (moment, zone)
        assert offset * 60 == there.utcoffset().total_seconds(), (moment, zone)  # type: ignore[union-attr] # it has one
