"""Guesses: wrong codes and keys by network, in this process; who guesses is slowed, and nobody else.

Wrong ones of one network: five at once, then one each ten seconds (GCRA). What is tried at the same moment is limited
too, and counts in full: a burst is paid back before the next try. With E processes the pace is E times that.
"""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil

BURST = 5
SECONDS_A_GUESS = 10.0
MOST_AT_ONCE = 50
"""Tries of one network under way at the same moment."""
MOST_NETWORKS = 50_000
"""Some 10 MB; beyond it the network that has been quiet for longest is forgotten."""


class TooManyGuessesError(Exception):
    """The network has guessed too often; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many wrong guesses, try again in {retry_after} s")
        self.retry_after = retry_after


class Guesses:
    """Counts wrong guesses; right ones cost nothing."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._paid_at: OrderedDict[str, float] = OrderedDict()
        self._under_way: Counter[str] = Counter()
        self._monotonic = monotonic

    @contextmanager
    def trying(self, network: str) -> Iterator[Callable[[], None]]:
        """Let one guess be tried; call what is given when it was wrong. Raises TooManyGuessesError."""
        wait = self._wait(network)
        if wait > 0:
            raise TooManyGuessesError(ceil(wait))
        self._under_way[network] += 1
        try:
            yield lambda: self._note(network)
        finally:
            self._under_way[network] -= 1
            if not self._under_way[network]:
                del self._under_way[network]

    def _wait(self, network: str) -> float:
        if self._under_way[network] >= MOST_AT_ONCE:
            return 1
        return self._paid_at.get(network, 0) - self._monotonic() - (BURST - 1) * SECONDS_A_GUESS

    def _note(self, network: str) -> None:
        now = self._monotonic()
        self._paid_at[network] = max(self._paid_at.get(network, now), now) + SECONDS_A_GUESS
        self._paid_at.move_to_end(network)
        while len(self._paid_at) > MOST_NETWORKS:
            self._paid_at.popitem(last=False)
