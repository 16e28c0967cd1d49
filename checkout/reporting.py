"""What the checkout says of itself each second: to the rooms before its events, and to its metrics."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from checkout.cases import Cases
from checkout.catalogue import Catalogue
from checkout.database import Database
from checkout.errors import CheckoutError
from checkout.reminding import Reminding
from checkout.room_client import RoomClient
from waitroom.metrics import CheckoutMetrics
from waitroom.queue import HealthReport

INTERVAL_SECONDS = 1.0
SWEEP_EVERY = 10
"""Reports between two sweeps of all tickets."""

log = structlog.get_logger()


class Pulse:
    """How long requests took and how many broke since the last report.

    A request that hangs counts in every report with its time so far, from a second on: a checkout that answers nothing
    at all would otherwise look as if nobody asked.
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._under_way: dict[int, float] = {}
        self._began = 0
        self._requests = 0
        self._seconds = 0.0
        self._errors = 0

    def begin(self) -> int:
        """Take note of a request that begins; its number goes to `end`."""
        self._began += 1
        self._under_way[self._began] = self._clock()
        return self._began

    def end(self, number: int, *, is_error: bool) -> float:
        """Take note of its end, and return the seconds that it took."""
        seconds = self._clock() - self._under_way.pop(number)
        self._requests += 1
        self._seconds += seconds
        self._errors += is_error
        return seconds

    def take(self) -> tuple[float, int, int]:
        """Return the mean latency in ms, the requests and the errors, and begin anew."""
        now = self._clock()
        hanging = [now - since for since in self._under_way.values() if now - since >= INTERVAL_SECONDS]
        requests, errors = self._requests + len(hanging), self._errors
        latency_ms = 1000 * (self._seconds + sum(hanging)) / requests if requests else 0.0
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
        request, status = self._pulse.begin(), 500

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting_status)
        finally:
            seconds = self._pulse.end(request, is_error=status >= 500)
            name = getattr(scope.get("endpoint"), "__name__", "nothing")
            self._metrics.request_served(name, seconds=seconds)


class Reporting:
    """The loop that reports; an outage of the room skips a report and nothing else.

    While the database does not answer, the rooms are told so all the same, from what the requests say; how many seats
    are left stays open until it is known again.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        room: RoomClient,
        database: Database,
        reminding: Reminding,
        cases: Cases,
        *,
        pulse: Pulse,
        metrics: CheckoutMetrics,
        reporter: str,
    ) -> None:
        self._catalogue = catalogue
        self._room = room
        self._database = database
        self._reminding = reminding
        self._cases = cases
        self._pulse = pulse
        self._metrics = metrics
        self._reporter = reporter
        self._stopped = asyncio.Event()
        self._sold_twice: dict[str, int] = {}
        self._seats_a_buyer: dict[str, float] = {}
        self._counts = 0
        self._counting: asyncio.Task[dict[str, int]] | None = None
        self._rooms: tuple[str, ...] = ()

    async def run(self) -> None:
        """Report each second until `stop`."""
        try:
            while not self._stopped.is_set():
                await self.report()
                with suppress(TimeoutError):
                    async with asyncio.timeout(INTERVAL_SECONDS):
                        await self._stopped.wait()
        finally:
            await self._reminding.close()
            if self._counting is not None:
                await asyncio.wait({self._counting}, timeout=INTERVAL_SECONDS)

    def stop(self) -> None:
        """Let `run` end after the report under way.

        It is not cancelled: before Python 3.12 `asyncio.wait_for`, which the pool uses, can lose a cancellation.
        """
        self._stopped.set()

    async def report(self) -> None:
        """Count, tell the metrics, tell each room."""
        in_use, idle, waiting = self._database.usage()
        self._metrics.pool_seen(in_use=in_use, idle=idle, waiting=waiting)
        left = await self._count_in_time()
        if left is not None:
            self._rooms = tuple(left)
        await self._tell_rooms(left or {}, in_use=in_use, pool=self._database.most_connections)

    async def _count_in_time(self) -> dict[str, int] | None:
        """Return the unsold seats by room; None when the database takes longer than a second, or does not answer.

        A count that takes longer goes on, and the next report takes it up: none is cancelled, none is begun twice.
        """
        self._counting = self._counting or asyncio.create_task(self._count(), name="counting seats")
        await asyncio.wait({self._counting}, timeout=INTERVAL_SECONDS)
        if not self._counting.done():
            return None
        counted, self._counting = self._counting, None
        try:
            return counted.result()
        except CheckoutError:
            log.warning("the database did not answer; this report tells no seats")
            return None

    async def _count(self) -> dict[str, int]:
        if self._counts % SWEEP_EVERY == 0:
            self._sold_twice = await self._catalogue.sold_twice()
            self._seats_a_buyer = await self._catalogue.seats_a_buyer()
            self._metrics.cases_counted(await self._cases.count())
            self._metrics.settling_seen(overdue_seconds=await self._cases.overdue_seconds())
        left: Counter[str] = Counter()
        for row in await self._catalogue.stock():
            left[row["room"]] += row["unsold"]
            held = row["unsold"] - row["free"]
            twice = self._sold_twice.get(row["event"], 0)
            self._metrics.seats_counted(row["event"], free=row["free"], held=held, sold=row["sold"], sold_twice=twice)
        self._counts += 1
        return left

    async def _tell_rooms(self, left: dict[str, int], *, in_use: int, pool: int) -> None:
        latency_ms, requests, errors = self._pulse.take()
        for room in self._rooms:
            report = HealthReport(
                reporter=self._reporter,
                latency_ms=latency_ms,
                requests=requests,
                errors=errors,
                in_use=in_use,
                pool=pool,
                seats_left=left.get(room),
                seats_a_buyer=self._seats_a_buyer.get(room),
            )
            until_ms = await self._room.health(room, report)
            if until_ms is not None:
                self._reminding.begin(room, recovering_until_ms=until_ms)
