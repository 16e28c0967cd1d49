"""Crowd: the fans' side of a simulation: how many, when they come, and what they do."""

from collections import deque
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import pairwise
from math import ceil
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_FANS = 200_000_000
Seconds = Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)]
PerMinute = Annotated[float, Field(ge=0, le=MOST_FANS, allow_inf_nan=False)]
Spot = tuple[Seconds, PerMinute]
Curve = tuple[Spot, ...]
Piece = tuple[Spot, Spot]


class Shape(StrEnum):
    """How those come who come after the release."""

    NONE = "none"
    FLAT = "flat"
    BURST = "burst"


class Crowd(BaseModel):
    """The fans: what is not known beforehand is a mean, and each default is a guess to be replaced.

    `lobby` wait at the beginning, and `inside` are in the shop already, their sessions begun at that moment.

    `arrivals` is a curve of (seconds from the release, fans a minute), straight between its points and nothing outside
    them; without it `later` fans come in the `shape`, over `over_minutes`. Fans claim and shop with an exponential
    spread around their means, and all who finish within their session buy.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    lobby: int = Field(default=10_000, ge=0, le=MOST_FANS)
    inside: int = Field(default=0, ge=0, le=10_000_000)
    later: int = Field(default=0, ge=0, le=MOST_FANS)
    shape: Shape = Shape.BURST
    over_minutes: float = Field(default=60, gt=0, le=1440, allow_inf_nan=False)
    arrivals: Curve | None = Field(default=None, max_length=500)
    no_show: float = Field(default=0.2, ge=0, le=0.99, allow_inf_nan=False)
    claim_seconds: float = Field(default=20, ge=0, le=3600, allow_inf_nan=False)
    shop_minutes: float = Field(default=6, ge=0, le=1440, allow_inf_nan=False)
    seats: int | None = Field(default=None, ge=0, le=10_000_000)
    seats_a_buyer: float = Field(default=2, gt=0, le=100, allow_inf_nan=False)

    @model_validator(mode="after")
    def _curve_goes_forward(self) -> Self:
        moments = [seconds for seconds, _ in self.arrivals or ()]
        if moments != sorted(moments):
            raise ValueError("the moments of the arrivals must come in their order")
        return self

    def curve(self) -> Curve:
        """The fans a minute who come after the release."""
        if self.arrivals is not None:
            return self.arrivals
        if self.shape is Shape.NONE or self.later == 0:
            return ()
        mean, end = self.later / self.over_minutes, self.over_minutes * 60
        return ((0, 2 * mean), (end, 0)) if self.shape is Shape.BURST else ((0, mean), (end, mean))

    def arrivals_by_second(self) -> Iterator[int]:
        """Whole fans of each second, until the curve ends; no fan is lost to rounding."""
        due = 0.0
        pieces = deque(pairwise(self.curve()))
        for second in range(ceil(pieces[-1][1][0]) if pieces else 0):
            while pieces and pieces[0][1][0] <= second:
                pieces.popleft()
            due += _fans_in(pieces, second)
            # What is a whole fan but for the last digits of a sum is one.
            whole = int(due + 1e-6)
            due -= whole
            yield whole


def _fans_in(pieces: Iterable[Piece], second: int) -> float:
    fans = 0.0
    for (left, low), (right, high) in pieces:
        if left >= second + 1:
            break
        first, last = max(left, second), min(right, second + 1)
        if first < last:
            slope = (high - low) / (right - left)
            fans += (low + slope * ((first + last) / 2 - left)) * (last - first) / 60
    return fans
