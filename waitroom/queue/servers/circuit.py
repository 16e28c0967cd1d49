"""Circuit: spare a server that fails, and find out soon when it is well again; rules over a clock, no I/O.

After `FAILURES_TO_OPEN` failures in a row calls fail at once. One call in each pause is let through as a probe; the
pauses double from `FIRST_PAUSE_SECONDS` to `LONGEST_PAUSE_SECONDS`, each with jitter, so that many edges do not
probe together. The first success closes the circuit. A probe needs no end: whoever is cancelled leaves nothing
behind.
"""

import random
import time
from collections.abc import Callable

FAILURES_TO_OPEN = 5
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 1.0
JITTER = 0.25
"""A pause is longer or shorter by up to this share."""


class Circuit:
    """What is known of one server's health; `clock` in seconds, `dice` between 0 and 1."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, dice: Callable[[], float] = random.random
    ) -> None:
        self._clock = clock
        self._dice = dice
        self._failures = 0
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._probe_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether calls are refused, but for a probe in each pause."""
        return self._failures >= FAILURES_TO_OPEN

    @property
    def failures(self) -> int:
        """Failures in a row."""
        return self._failures

    def seconds_to_wait(self) -> float:
        """Return 0 for a call that may go, which makes it the probe of an open circuit; else when to ask again."""
        if not self.is_open:
            return 0.0
        wait = self._probe_at - self._clock()
        if wait > 0:
            return wait
        self._begin_pause()
        return 0.0

    def succeeded(self) -> None:
        """Note that the server answered: all calls may go."""
        self._failures = 0
        self._pause_seconds = FIRST_PAUSE_SECONDS

    def failed(self) -> None:
        """Note that the server did not answer."""
        self._failures += 1
        if self._failures == FAILURES_TO_OPEN:
            self._begin_pause()

    def _begin_pause(self) -> None:
        self._probe_at = self._clock() + self._pause_seconds * (1 + JITTER * (2 * self._dice() - 1))
        self._pause_seconds = min(2 * self._pause_seconds, LONGEST_PAUSE_SECONDS)
