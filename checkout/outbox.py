"""The outbox: jobs that transactions leave behind in PostgreSQL, run by procrastinate; its only importer.

A job exists if, and only if, the transaction that deferred it (`defer_job`) has committed. It is run at least once: a
worker that is killed in the middle leaves the job to another, so a task must be safe to repeat. What fails is tried
again, later each time, for about a day; then it stays as failed, is counted and alarmed, and waits for a human.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Any

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool

from checkout.database import SESSION_OPTIONS, Database, Row
from checkout.errors import CheckoutError
from checkout.sql import statements
from waitroom.database import CONNECT_SECONDS, ImpatientConnection
from waitroom.errors import WaitroomError
from waitroom.metrics import JobMetrics

Run = Callable[..., Awaitable[None]]
"""A task: it is called with the job's arguments, by name."""

FIRST_RETRY_SECONDS = 10
LONGEST_RETRY_SECONDS = 3600
MOST_TRIES = 32
"""Ten seconds, doubled up to an hour: the last try comes a day after the first."""

JOB_OPTIONS = f"{SESSION_OPTIONS} -c synchronous_commit=off"
"""That a job was taken or done need not be on disk: after a crash of PostgreSQL it is done once more."""

log = structlog.get_logger()


class TaskName(StrEnum):
    """Every task there is. SQL defers them by these names, and each has a queue of its own by the same name."""

    SEND_NOTICE = "send_notice"
    TELL_EVENT = "tell_event"
    SEND_WEBHOOK = "send_webhook"
    SETTLE_PAYMENT = "settle_payment"
    REFUND_EVENT = "refund_event"
    REISSUE_PROOFS = "reissue_proofs"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long the outbox waits for what; tests wait less."""

    poll_seconds: float = 0.5
    tend_seconds: float = 5.0
    silent_seconds: float = 30.0
    """A worker that has not been heard of for so long is dead, and its jobs go to others."""
    stop_seconds: float = 8.0
    """What runs when the worker is asked to stop may take so long; then it is left to another."""
    pause_seconds: float = 1.0
    """After the database was away."""


class Outbox:
    """Runs jobs, each task in a lane of its own, so that one that hangs holds up no other.

    While PostgreSQL is away nothing runs and nothing is lost; it goes on by itself.
    """

    def __init__(
        self,
        database_url: str,
        tasks: Mapping[TaskName, Run],
        *,
        database: Database,
        metrics: JobMetrics,
        at_once: int = 8,
        patience: Patience | None = None,
    ) -> None:
        self._database_url = database_url
        self.tasks = tasks
        self._database = database
        self._metrics = metrics
        self._at_once = at_once
        self._patience = patience or Patience()
        self._sql = statements("jobs")
        self._app = self._make_app()
        self._workers: dict[TaskName, Worker] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop`, and finish what runs then."""
        # A pool that was closed cannot be opened again, should we have been here before.
        self._app, pool = self._make_app(), _make_pool(self._database_url, size=2 * len(self.tasks) + 2)
        await pool.open()
        try:
            async with self._app.open_async(pool), asyncio.TaskGroup() as group:
                for name in self.tasks:
                    group.create_task(self._work(name), name=f"lane {name}")
                group.create_task(self._tend_always(), name="tending jobs")
        finally:
            await pool.close(timeout=1.0)

    def stop(self) -> None:
        """Take no more jobs; `run` returns when those that run have ended."""
        self._stopping.set()
        for worker in self._workers.values():
            worker.stop()  # type: ignore[no-untyped-call]  # the library does not type it

    async def tend(self) -> None:
        """Say that our workers live, put the jobs of dead ones back, and count."""
        for worker in self._workers.values():
            if worker.worker_id is not None:
                await self._app.job_manager.update_heartbeat(worker.worker_id)
        values = {"silent_seconds": self._patience.silent_seconds, "most_tries": MOST_TRIES}
        taken = await self._database.call(self._sql["take_up"], values)
        if taken:
            log.warning("jobs of a worker that died were put back", jobs=taken)
        await self._count()

    async def _work(self, name: TaskName) -> None:
        while not self._stopping.is_set():
            worker = self._workers[name] = self._make_worker(name)
            try:
                await worker.run()  # type: ignore[no-untyped-call]  # as above
            except ConnectorException:
                log.warning("the database did not answer; jobs wait", task=name)
            await self._pause(self._patience.pause_seconds)

    async def _tend_always(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.tend()
            except (ConnectorException, CheckoutError):
                log.warning("the database did not answer; jobs are not looked after")
            await self._pause(self._patience.tend_seconds)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _count(self) -> None:
        found = {row["task"]: row for row in await self._database.rows(self._sql["count"])}
        for name in self.tasks:
            row = found.get(name, {})
            states = {state: row.get(state, 0) for state in ("due", "later", "running", "failed")}
            self._metrics.jobs_counted(name, states=states, oldest_due_seconds=row.get("oldest_due_seconds", 0.0))

    def _make_worker(self, name: TaskName) -> Worker:
        return Worker(
            self._app,
            queues=[name],
            name=name,
            concurrency=self._at_once,
            fetch_job_polling_interval=self._patience.poll_seconds,
            shutdown_graceful_timeout=self._patience.stop_seconds,
            # A commit that notifies waits for every other one that does: a sale's orders would queue up for it.
            listen_notify=False,
            delete_jobs=DeleteJobCondition.SUCCESSFUL,
            install_signal_handlers=False,
            # The library's own heartbeat ends for good with the first error; `tend` keeps it up.
            update_heartbeat_interval=LONGEST_RETRY_SECONDS,
            stalled_worker_timeout=self._patience.silent_seconds,
        )

    def _make_app(self) -> App:
        app = App(connector=PsycopgConnector())
        for name, run in self.tasks.items():
            app.task(name=name, queue=name, retry=Backoff(), pass_context=True)(self._watched(name, run))
            self._metrics.jobs_counted(name, states={}, oldest_due_seconds=0.0)
        return app

    def _watched(self, name: TaskName, run: Run) -> Run:
        async def watched(context: JobContext, **arguments: Any) -> None:  # Any: what SQL has deferred
            job, started_at, outcome = context.job, monotonic(), "done"
            try:
                await run(**arguments)
            except Exception as error:
                outcome = "failed" if job.attempts + 1 >= MOST_TRIES else "retried"
                await self._note_failure(job, error)
                raise
            finally:
                self._metrics.job_run(name, outcome=outcome, seconds=monotonic() - started_at)

        return watched

    async def _note_failure(self, job: Job, error: Exception) -> None:
        reason = describe(error)
        log.warning("a job failed", task=job.task_name, job=job.id, tries=job.attempts + 1, reason=reason)
        with suppress(CheckoutError):
            await self._database.call(self._sql["note_failure"], {"job_id": job.id, "reason": reason})


class Backoff(BaseRetryStrategy):
    """Try again later each time, up to an hour, for about a day; at once after a stop of ours."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again; None when it is given up."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision(retry_in={"seconds": 0})
        if job.attempts + 1 >= MOST_TRIES:
            return None
        # Spread, so that all that waited for one server do not come back to it in one moment.
        seconds = retry_seconds(job.attempts) * random.uniform(0.9, 1.1)  # noqa: S311 - nobody gains by guessing it
        return RetryDecision(retry_in={"seconds": round(seconds)})


def retry_seconds(failures_before: int) -> int:
    """Return how long to wait after a failure that came after so many others."""
    return int(min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2**failures_before))


def describe(error: Exception) -> str:
    """Say what went wrong without secrets: our own words, or the kind of another's error."""
    return str(error) if isinstance(error, WaitroomError) else f"{type(error).__name__}, a fault of the product"


async def failed_jobs(database: Database) -> list[Row]:
    """Return the jobs that were given up, oldest first, with the reason of the last failure."""
    return await database.rows(statements("jobs")["failed"])


async def retry_jobs(database: Database, *, job_id: int | None = None) -> int:
    """Give one given-up job, or all of them, a new day; return how many."""
    retried: int = await database.call(statements("jobs")["retry"], {"job_id": job_id})
    return retried


def _make_pool(database_url: str, *, size: int) -> AsyncConnectionPool[Any]:  # Any: the library chooses its rows
    return AsyncConnectionPool(
        database_url,
        connection_class=ImpatientConnection,
        kwargs={
            "autocommit": True,
            "options": JOB_OPTIONS,
            "application_name": "waitroom jobs",
            "connect_timeout": CONNECT_SECONDS,
        },
        min_size=1,
        max_size=size,
        timeout=5.0,
        check=AsyncConnectionPool.check_connection,
        name="jobs",
        open=False,
    )
