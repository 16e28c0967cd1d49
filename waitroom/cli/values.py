"""Values that options take: times, and a beacon's rule."""

from typing import Any

import click

from waitroom.beacon import BeaconRule
from waitroom.clock import SystemClock, parse_rfc3339, read_moment

NEVER = "never"


class Moment(click.ParamType[int]):
    """A time: RFC 3339 with a zone, `now`, `+90s`, `+5m`, `+2h`, or `never` to take it away."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # Any: click's
        """Read the time as milliseconds since 1970."""
        if value == NEVER or isinstance(value, int):
            return value
        try:
            return read_moment(str(value), now_ms=SystemClock().now_ms())
        except ValueError as wrong:
            self.fail(str(wrong), param, ctx)


class Beacon(click.ParamType[BeaconRule]):
    """A public beacon and the rule for its rounds: `URL,PERIOD_SECONDS,GENESIS`, the genesis as RFC 3339."""

    name = "beacon"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # Any: click's
        """Read the rule."""
        try:
            url, period, genesis = str(value).rsplit(",", 2)
            return BeaconRule(url=url, period_seconds=int(period), genesis_at=parse_rfc3339(genesis))
        except ValueError as wrong:
            self.fail(f"write it like https://api.drand.sh,30,2020-07-22T15:07:30Z ({wrong})", param, ctx)
