"""Shapes: how fans arrive, as stages of data. Open arrivals: who comes does not wait for who is served."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Arrivals at one pace for some seconds."""

    seconds: float
    per_second: float


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Stages, one after the other; fans who are still on their way get until `limit_seconds`."""

    stages: Sequence[Stage]
    limit_seconds: float

    @property
    def arrivals(self) -> int:
        """How many fans come in all."""
        return self.arrived(float("inf"))

    @property
    def seconds(self) -> float:
        """How long fans arrive."""
        return sum(stage.seconds for stage in self.stages)

    def arrived(self, at_seconds: float) -> int:
        """How many fans have come by this time."""
        total, left = 0.0, at_seconds
        for stage in self.stages:
            total += stage.per_second * min(max(left, 0), stage.seconds)
            left -= stage.seconds
        # A hair more than the sum, so that a whole number is not lost to rounding.
        return int(total + 1e-9)


RELEASE = Shape(
    stages=(
        Stage(seconds=15, per_second=8),
        Stage(seconds=3, per_second=50),
        Stage(seconds=12, per_second=3),
    ),
    limit_seconds=100,
)
"""A lobby that fills, the spike of those who come at the very moment of the release, and a tail behind them."""
