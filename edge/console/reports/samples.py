"""Samples: a room at a moment, as it is written down for its report."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from edge.console.figures import fresh_reports
from waitroom.queue import Snapshot

Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """Counts are of the moment, totals since the room was made; `factor` is what the governor left of the rate."""

    at_ms: int
    phase: str
    lobby: int
    waiting: int
    admitted: int
    inside: int
    joined: int
    given: int
    claimed: int
    entered: int
    finished: int
    left: int
    lapsed: int
    expired: int
    rate: float
    ceiling: int
    measured: float | None
    seats_left: int | None
    latency_ms: float | None
    errors: int
    factor: float
    reason: str
    paused: bool
    sold_out: bool
    recovering: bool
    drawn: bool
    until_release_seconds: int

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        """What is written down of a snapshot."""
        counts, totals, reports = snapshot.counts, snapshot.totals, fresh_reports(snapshot)
        latencies = [report.latency_ms for report in reports if report.requests]
        names = ("joined", "given", "claimed", "entered", "finished", "left", "lapsed", "expired")
        return cls(
            at_ms=snapshot.now_ms,
            phase=snapshot.phase.value,
            lobby=counts.lobby,
            waiting=counts.waiting,
            admitted=counts.admitted,
            inside=counts.active,
            **{name: totals[name] for name in names},
            rate=round(snapshot.rate.per_minute, 3),
            ceiling=snapshot.rate.ceiling,
            measured=snapshot.measured_per_minute,
            seats_left=snapshot.seats_left,
            latency_ms=round(max(latencies), 1) if latencies else None,
            errors=sum(report.errors for report in reports),
            factor=snapshot.rate.factor,
            reason=snapshot.rate.reason if snapshot.rate.factor < 1 else "",
            paused=snapshot.settings.paused,
            sold_out=snapshot.is_sold_out,
            recovering=snapshot.is_recovering,
            drawn=snapshot.is_drawn,
            until_release_seconds=round(snapshot.until_release_seconds()),
        )

    @classmethod
    def from_json(cls, document: Json) -> Self:
        """Read what `to_json` wrote; members that a newer console added are left out."""
        return cls(**{field.name: document[field.name] for field in fields(cls)})

    def to_json(self) -> Json:
        """The sample as JSON values."""
        return asdict(self)

    @property
    def has_line(self) -> bool:
        """Whether somebody waits and turns may be given: what rate and ceiling are measured by."""
        is_held = self.paused or self.sold_out or self.recovering
        return self.phase == "open" and self.waiting > 0 and not is_held


def thinned(samples: Sequence[Sample], *, most: int) -> list[Sample]:
    """Return at most so many samples, evenly, the first and the last among them."""
    if len(samples) <= most:
        return list(samples)
    step = (len(samples) - 1) / (most - 1)
    return [samples[round(number * step)] for number in range(most)]
