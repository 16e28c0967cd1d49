"""The composition root of the worker: the tasks it knows, and the loops it runs beside them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import structlog
from starlette.applications import Starlette

from checkout.database import Database
from checkout.errors import CheckoutError
from checkout.notices import make_notices
from checkout.outbox import Outbox, Run, TaskName
from checkout.reissuing import Reissuing
from checkout.retention import Retention
from checkout.room_client import RoomClient
from checkout.till import Till, make_till
from checkout.vendors.outside import Outside
from checkout.vendors.webhooks import Deliveries
from waitroom.metrics import CheckoutMetrics, JobMetrics
from waitroom.queue import Queue
from waitroom.settings import Settings
from waitroom.web.ops import create_ops_app as create_ops

PAUSE_SECONDS = 1.0
"""Before a loop that broke is begun again."""

log = structlog.get_logger()


class Loop(Protocol):
    """Something that goes on until it is asked to stop."""

    async def run(self) -> None:
        """Go on until `stop`; what is under way is finished first."""
        ...

    def stop(self) -> None:
        """Ask `run` to return."""
        ...


@dataclass(frozen=True, kw_only=True)
class Worker:
    """The parts of a worker."""

    database: Database
    metrics: CheckoutMetrics
    till: Till
    queue: Queue
    loops: tuple[Loop, ...]


def create_worker(settings: Settings) -> Worker:
    """Make a worker; nothing is opened before its lifespan begins. Raises ConfigurationError."""
    url = settings.database_url.get_secret_value()
    metrics = CheckoutMetrics()
    database = Database(url, name="worker")
    queue = Queue.connect(settings.redis_url)
    till = make_till(settings, database, RoomClient(queue, metrics=metrics), metrics=metrics)
    job_metrics = JobMetrics(metrics.registry)
    notices = make_notices(settings, database, metrics=job_metrics)
    deliveries = Deliveries(database, Outside(settings.webhook_networks), metrics=job_metrics)
    # Every task by its name; a task that is missing here waits for a worker that knows it.
    tasks: dict[TaskName, Run] = {
        **notices.tasks(),
        TaskName.SEND_WEBHOOK: deliveries.send,
        TaskName.SETTLE_PAYMENT: till.recovery.settle,
        TaskName.REFUND_EVENT: till.refunds.refund_event,
        TaskName.REISSUE_PROOFS: Reissuing(database, signing=settings.signing()).reissue,
    }
    outbox = Outbox(url, tasks, database=database, metrics=job_metrics)
    retention = Retention(
        database, notices_days=settings.keep_notices_days, deliveries_days=settings.keep_deliveries_days
    )
    # What goes on beside the jobs.
    loops: tuple[Loop, ...] = (outbox, till.recovery, retention)
    return Worker(database=database, metrics=metrics, till=till, queue=queue, loops=loops)


def create_ops_app(worker: Worker) -> Starlette:
    """Make the ops port; the worker runs for as long as it is served."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with running(worker):
            yield

    async def why_not_ready() -> str | None:
        try:
            await worker.database.rows("SELECT 1")
        except CheckoutError as away:
            return str(away)
        return await worker.till.provider.why_not_ready()

    return create_ops(why_not_ready=why_not_ready, registry=worker.metrics.registry, lifespan=lifespan)


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    """Run a worker's loops; at the end what they are at is finished."""
    await worker.database.open()
    await worker.till.provider.open()
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(_keep_running(loop, stopping.is_set)) for loop in worker.loops]
    try:
        yield
    finally:
        stopping.set()
        for loop in worker.loops:
            loop.stop()
        await asyncio.gather(*tasks)
        await worker.till.buying.close()
        await worker.till.provider.close()
        await worker.database.close()
        await worker.queue.close()


async def _keep_running(loop: Loop, is_stopping: Callable[[], bool]) -> None:
    # A fault in one loop is no reason to end the others; it is logged, and the loop begins anew.
    while not is_stopping():
        try:
            await loop.run()
        except Exception:
            log.exception("a loop of the worker broke; it begins anew", loop=type(loop).__name__)
            await asyncio.sleep(PAUSE_SECONDS)
