"""What the checkout says of itself each second: to the rooms before its events, and to its metrics."""

import asyncio
from collections import Counter
from contextlib import suppress
from time import monotonic

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from checkout.catalogue import Catalogue
from checkout.database import Database
from checkout.errors import CheckoutError
from checkout.room_client import RoomClient
from waitroom.metrics import CheckoutMetrics
from waitroom.queue import HealthReport

INTERVAL_SECONDS = 1.0
SWEEP_EVERY = 10
"""Reports between two sweeps of all tickets."""

log = structlog.get_logger()


class Pulse:
    """How long requests took and how many broke since the last report."""

    _requests = 0
    _seconds = 0.0
    _errors = 0

    def note(self, seconds: float, *, is_error: bool) -> None:
        """Take note of one request."""
        self._requests += 1
        self._seconds += seconds
        self._errors += is_error

    def take(self) -> tuple[float, int, int]:
        """Return the mean latency in ms, the requests and the errors, and begin anew."""
        latency_ms = 1000 * self._seconds / self._requests if self._requests else 0.0
        requests, errors = self._requests, self._errors
        self._requests, self._seconds, self._errors = 0, 0.0, 0
        return latency_ms, requests, errors


class Timed:
    """Times every request: for the metrics by the name of its endpoint, for the pulse all together."""

    def __init__(self, app: ASGIApp, *, pulse: Pulse, metrics: CheckoutMetrics) -> None:
        self._app = app
        self._pulse = pulse
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the scope on and take the time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_at, status = monotonic(), 500

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting_status)
        finally:
            seconds = monotonic() - started_at
            self._pulse.note(seconds, is_error=status >= 500)
            name = getattr(scope.get("endpoint"), "__name__", "nothing")
            self._metrics.request_served(name, seconds=seconds)


class Reporting:
    """The loop that reports; an outage of either side skips a report and nothing else."""

    def __init__(
        self,
        catalogue: Catalogue,
        room: RoomClient,
        database: Database,
        *,
        pulse: Pulse,
        metrics: CheckoutMetrics,
        reporter: str,
    ) -> None:
        self._catalogue = catalogue
        self._room = room
        self._database = database
        self._pulse = pulse
        self._metrics = metrics
        self._reporter = reporter
        self._stopped = asyncio.Event()
        self._sold_twice: dict[str, int] = {}
        self._seats_a_buyer: dict[str, float] = {}
        self._reports = 0

    async def run(self) -> None:
        """Report each second until `stop`."""
        while not self._stopped.is_set():
            try:
                await self.report()
            except CheckoutError:
                log.warning("the database did not answer; this report is left out")
            with suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL_SECONDS):
                    await self._stopped.wait()

    def stop(self) -> None:
        """Let `run` end after the report under way.

        It is not cancelled: before Python 3.12 `asyncio.wait_for`, which the pool uses, can lose a cancellation.
        """
        self._stopped.set()

    async def report(self) -> None:
        """Count, tell the metrics, tell each room."""
        in_use, idle, waiting = self._database.usage()
        self._metrics.pool_seen(in_use=in_use, idle=idle, waiting=waiting)
        if self._reports % SWEEP_EVERY == 0:
            self._sold_twice = await self._catalogue.sold_twice()
            self._seats_a_buyer = await self._catalogue.seats_a_buyer()
        self._reports += 1
        left: Counter[str] = Counter()
        for row in await self._catalogue.stock():
            left[row["room"]] += row["unsold"]
            held = row["unsold"] - row["free"]
            twice = self._sold_twice.get(row["event"], 0)
            self._metrics.seats_counted(row["event"], free=row["free"], held=held, sold=row["sold"], sold_twice=twice)
        await self._tell_rooms(left, in_use=in_use, pool=self._database.most_connections)

    async def _tell_rooms(self, left: Counter[str], *, in_use: int, pool: int) -> None:
        latency_ms, requests, errors = self._pulse.take()
        for room, seats_left in left.items():
            report = HealthReport(
                reporter=self._reporter,
                latency_ms=latency_ms,
                requests=requests,
                errors=errors,
                in_use=in_use,
                pool=pool,
                seats_left=seats_left,
                seats_a_buyer=self._seats_a_buyer.get(room),
            )
            await self._room.health(room, report)
