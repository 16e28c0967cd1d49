"""What locust runs: it picks a scenario by name, lets its fans arrive, and ends with the verdict's exit code.

LOADTEST_SCENARIO, LOADTEST_EDGE, LOADTEST_CHECKOUT and LOADTEST_ROOM say what and where; `python -m loadtests`
sets them.
"""

import os
import sys
from typing import Any

from locust import LoadTestShape, events

from loadtests.scenarios import SCENARIOS
from loadtests.shapes import RELEASE
from loadtests.verdict import DEFAULT, Measured, Run, exit_code, judge

SPAWN_AT_ONCE = 100.0


class Fan(SCENARIOS[os.environ.get("LOADTEST_SCENARIO", "patient")]):  # type: ignore[misc] # chosen when locust starts
    """The chosen scenario, at the given addresses."""

    host = edge_url = os.environ.get("LOADTEST_EDGE", "http://127.0.0.1:8000")
    checkout_url = os.environ.get("LOADTEST_CHECKOUT", "http://127.0.0.1:8002")
    room = os.environ.get("LOADTEST_ROOM", "demo")


class Arrivals(LoadTestShape):
    """Open arrivals: locust is told how many have come by now; who is through rests and is counted on."""

    def tick(self) -> tuple[int, float] | None:
        """Return how many fans have come in all, or None when the last is through."""
        seconds = float(self.get_run_time())  # type: ignore[no-untyped-call] # locust types only some of itself
        is_through = seconds > RELEASE.seconds and sum(Fan.ends.values()) >= RELEASE.arrivals
        if is_through or seconds > RELEASE.limit_seconds:
            return None
        return max(1, RELEASE.arrived(seconds)), SPAWN_AT_ONCE


@events.quitting.add_listener  # type: ignore[untyped-decorator] # as above
def pronounce(environment: Any, **_: object) -> None:  # Any: locust ships no types
    """Print the verdict and set the exit code."""
    calls = {
        name: Measured(
            calls=entry.num_requests,
            failures=entry.num_failures,
            p95_ms=entry.get_response_time_percentile(0.95) or 0.0,
        )
        for (name, _method), entry in environment.stats.entries.items()
    }
    run = Run(calls=calls, arrived=len(Fan.came), with_ticket=Fan.ends["bought"], ends=Fan.ends)
    checks = judge(run, DEFAULT, expected=RELEASE.arrivals)
    sys.stdout.write("\n".join(["", *map(str, checks), ""]))
    environment.process_exit_code = exit_code(checks)
