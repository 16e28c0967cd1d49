"""Beacons: fetches the rounds that draws wait for, in the background, spaced, until they come.

Whatever the other side does, no room waits inside a call: who asks gets the value or None. A beacon that is late,
down, slow, or says something else than its form is asked again; the draw goes on waiting, and the alert says so.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field

import httpx
import structlog

from waitroom.beacon import BeaconRule, BeaconValue, parse_beacon_answer
from waitroom.metrics import EdgeMetrics

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
MOST_BYTES = 65_536
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 15.0
MOST_KEPT = 256
PLAIN = {"Accept": "application/json", "Accept-Encoding": "identity"}
"""Nothing that would grow as it is unpacked."""

log = structlog.get_logger()


class _WrongAnswerError(Exception):
    """The beacon answered, and not with the value."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome


@dataclass
class _Round:
    """What is known of one round of one beacon."""

    value: BeaconValue | None = None
    attempts: int = 0
    not_before: float = 0
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class FetchedBeacons:
    """The beacons of all rooms of this edge; give it an HTTP client of its own."""

    def __init__(self, client: httpx.AsyncClient, metrics: EdgeMetrics) -> None:
        self._client = client
        self._metrics = metrics
        self._rounds: dict[str, _Round] = {}

    @classmethod
    def connect(cls, metrics: EdgeMetrics) -> "FetchedBeacons":
        """Make the client; it follows no redirect, and takes no proxy's word from the environment."""
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        return cls(httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False), metrics)

    def value(self, rule: BeaconRule, number: int) -> BeaconValue | None:
        """Return the value of a round that is due, or begin to fetch it and return None."""
        address = rule.address_of(number)
        known = self._rounds.setdefault(address, _Round())
        if known.value is None and known.task is None and time.monotonic() >= known.not_before:
            known.task = asyncio.create_task(self._fetch(address, number, known), name=f"beacon {number}")
        return known.value

    async def close(self) -> None:
        """Give up what is being fetched."""
        tasks = [known.task for known in self._rounds.values() if known.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    async def _fetch(self, address: str, number: int, known: _Round) -> None:
        outcome = "value"
        try:
            known.value = await self._ask(address, number)
            self._forget_old()
        except _WrongAnswerError as wrong:
            outcome = wrong.outcome
            log.warning("the beacon gave no value", round=number, outcome=outcome, detail=str(wrong))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as away:
            outcome = "unreachable"
            log.warning("the beacon did not answer", round=number, error=type(away).__name__)
        finally:
            known.attempts += 1
            known.not_before = time.monotonic() + _pause_seconds(known.attempts)
            known.task = None
        self._metrics.beacon_asked(outcome)

    async def _ask(self, address: str, number: int) -> BeaconValue:
        # The client's limits are for each read; the whole answer has one of its own.
        async with asyncio.timeout(ANSWER_SECONDS), self._client.stream("GET", address, headers=PLAIN) as response:
            if response.status_code != httpx.codes.OK:
                raise _WrongAnswerError("late", f"status {response.status_code}")
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > MOST_BYTES:
                    raise _WrongAnswerError("wrong", "the answer is too long")
        try:
            return parse_beacon_answer(bytes(body), expected_round=number)
        except ValueError as wrong:
            raise _WrongAnswerError("wrong", str(wrong)) from wrong

    def _forget_old(self) -> None:
        while len(self._rounds) > MOST_KEPT:
            oldest = next(iter(self._rounds))
            if self._rounds[oldest].value is None:
                return
            del self._rounds[oldest]


def _pause_seconds(attempts: int) -> float:
    longest: float = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(attempts - 1, 10))
    return longest * random.uniform(0.5, 1)  # noqa: S311 - only so that edges do not ask together
