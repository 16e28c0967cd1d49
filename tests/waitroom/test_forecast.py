"""The wait is a range, honest at both ends."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waitroom.forecast import Span, in_units, wait_range

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "waits.json").read_text())
RATES = st.floats(0.1, 1e5)


def test_vectors() -> None:
    """Python gives what the shared vectors say, as the page's script does."""
    for case in VECTORS:
        rates = case["measured"], case["rate"]
        found = wait_range(case["ahead"], *rates, until_release_seconds=case["until"])
        assert found == (None if case["wait"] is None else tuple(case["wait"])), case
        if found is not None:
            assert list(asdict(in_units(*found)).values()) == case["span"], case


@given(st.integers(0, 10**7), RATES)
def test_a_steady_line_is_within_its_range(ahead: int, rate: float) -> None:
    """A line that moves exactly at its rate keeps what the range said."""
    found = wait_range(ahead, rate, rate)
    assert found is not None
    assert found[0] <= ahead * 60 / rate <= found[1]


@given(st.integers(0, 10**7), st.none() | RATES, st.none() | RATES, st.integers(0, 86_400))
def test_the_range_is_a_range(ahead: int, measured: float | None, rate: float | None, until: int) -> None:
    """The short end is below the long end, and neither is before the release."""
    found = wait_range(ahead, measured, rate, until_release_seconds=until)
    if measured is None and rate is None:
        assert found is None
        return
    assert found is not None
    assert found[0] < found[1]
    assert found[1] >= until


@given(st.integers(0, 10**6), st.integers(1, 10**6), RATES)
def test_who_is_further_behind_is_promised_no_less(ahead: int, more: int, rate: float) -> None:
    """Both ends grow with the fans ahead."""
    near, far = wait_range(ahead, rate, rate), wait_range(ahead + more, rate, rate)
    assert near is not None
    assert far is not None
    assert near[0] <= far[0]
    assert near[1] <= far[1]


def test_a_shut_tap_promises_nothing() -> None:
    """At a rate of 0 nothing is known of the wait, whatever was measured before."""
    assert wait_range(10, 500, 0) is None


@pytest.mark.parametrize(
    ("seconds", "span"),
    [
        ((0, 30), Span(unit="second", low=0, high=30)),
        ((50, 120), Span(unit="minute", low=0, high=2)),
        ((600, 900), Span(unit="minute", low=10, high=15)),
        ((6300, 9000), Span(unit="hour", low=1.5, high=2.5)),
    ],
)
def test_one_unit_tells_a_range(seconds: tuple[int, int], span: Span) -> None:
    """The unit is that of the long end; rounding widens the range."""
    assert in_units(*seconds) == span
