"""Samples of an evening that a test makes up."""

from edge.console.reports.samples import Sample
from tests.factories import START_MS

QUIET = Sample(
    at_ms=START_MS,
    phase="open",
    lobby=0,
    waiting=0,
    admitted=0,
    inside=0,
    joined=0,
    given=0,
    claimed=0,
    entered=0,
    finished=0,
    left=0,
    lapsed=0,
    expired=0,
    rate=60,
    ceiling=100,
    measured=60,
    seats_left=None,
    latency_ms=None,
    errors=0,
    factor=1,
    reason="",
    paused=False,
    sold_out=False,
    recovering=False,
    drawn=False,
    until_release_seconds=0,
)


def a_sample(seconds: float = 0, **changes: object) -> Sample:
    """A sample so many seconds after the start; by default an open room in which nothing happens."""
    document = QUIET.to_json() | {"at_ms": START_MS + round(seconds * 1000)} | changes
    return Sample.from_json(document)
