"""Jobs: run if and only if the transaction committed, at least once, whatever becomes of the workers."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.resources import files

from procrastinate.jobs import Job

from checkout.database import Database
from checkout.errors import CheckoutError
from checkout.outbox import (
    FIRST_RETRY_SECONDS,
    LONGEST_RETRY_SECONDS,
    MOST_TRIES,
    Backoff,
    Outbox,
    Patience,
    Run,
    TaskName,
    failed_jobs,
    retry_jobs,
    retry_seconds,
)
from tests.checkout.conftest import Connection
from waitroom.metrics import JobMetrics

NOTICE, WEBHOOK = TaskName.SEND_NOTICE, TaskName.SEND_WEBHOOK
QUICK = Patience(poll_seconds=0.05, tend_seconds=0.1, stop_seconds=2.0, pause_seconds=0.1)
DEAD_AT_ONCE = Patience(poll_seconds=0.05, tend_seconds=0.1, silent_seconds=0.0, pause_seconds=0.1)


class AwayError(CheckoutError):
    """The outside world does not answer."""


class Told:
    """A task that counts what it was called with, and fails as often as it was told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.calls: Counter[int] = Counter()
        self._failures = failures

    async def run(self, *, number: int) -> None:
        """Count, and fail at first."""
        self.calls[number] += 1
        if self._failures:
            self._failures -= 1
            raise AwayError("nobody answered")


@asynccontextmanager
async def working(
    database_url: str, jobs: Database, tasks: dict[TaskName, Run], *, patience: Patience = QUICK
) -> AsyncIterator[JobMetrics]:
    """Run an outbox beside the test."""
    metrics = JobMetrics()
    outbox = Outbox(database_url, tasks, database=jobs, metrics=metrics, patience=patience)
    running = asyncio.create_task(outbox.run())
    try:
        yield metrics
    finally:
        outbox.stop()
        await running


async def defer(connection: Connection, number: int, *, task: TaskName = NOTICE) -> None:
    """Leave a job behind."""
    arguments = f'{{"number": {number}}}'
    await connection.execute("SELECT defer_job(%s, %s::jsonb)", (task, arguments))


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for what must come."""
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.02)


async def until_in_database(connection: Connection, condition: str) -> None:
    """Wait until a query says true."""
    async with asyncio.timeout(60):
        while not (await (await connection.execute(f"SELECT {condition}".encode())).fetchone() or (False,))[0]:
            await asyncio.sleep(0.02)


async def hurry(connection: Connection) -> None:
    """Let the time pass that jobs wait before their next try."""
    await connection.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")


async def test_a_job_is_run_once_after_its_commit(database_url: str, jobs: Database, database: Connection) -> None:
    """What was committed is run, what was rolled back never is; done jobs leave nothing behind."""
    told = Told()
    async with database.transaction(force_rollback=True):
        await defer(database, 1)
    async with database.transaction():
        await defer(database, 2)
    async with working(database_url, jobs, {NOTICE: told.run}):
        await until(lambda: told.calls[2] > 0)
        await until_in_database(database, "count(*) = 0 FROM procrastinate_jobs")

    assert told.calls == {2: 1}


async def test_jobs_are_counted_by_what_they_wait_for(database_url: str, jobs: Database, database: Connection) -> None:
    """Due, for later, under way and given up, and for how long the oldest due one has waited."""
    for number in range(4):
        await defer(database, number)
    await database.execute("UPDATE procrastinate_events SET at = now() - interval '1 hour'")
    await database.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    for number, change in (
        (1, "status = 'failed'"),
        (2, "scheduled_at = now() + interval '1 day'"),
        (3, "status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)"),
    ):
        statement = f"UPDATE procrastinate_jobs SET {change} WHERE args = '{{\"number\": {number}}}'"
        await database.execute(statement.encode())
    metrics = JobMetrics()
    await Outbox(database_url, {NOTICE: Told().run}, database=jobs, metrics=metrics).tend()
    read = metrics.registry.get_sample_value

    for state in ("due", "later", "running", "failed"):
        assert read("waitroom_jobs", {"task": NOTICE, "state": state}) == 1
    assert (read("waitroom_jobs_oldest_due_seconds", {"task": NOTICE}) or 0) >= 3600


async def test_what_failed_is_tried_again(database_url: str, jobs: Database, database: Connection) -> None:
    """A job whose counterpart was away waits for its time, and is then done."""
    told = Told(failures=2)
    await defer(database, 1)
    async with working(database_url, jobs, {NOTICE: told.run}) as metrics:
        for tries in (1, 2):
            await until_in_database(database, f"count(*) = 1 FROM procrastinate_jobs WHERE attempts = {tries}")
            await hurry(database)
        await until_in_database(database, "count(*) = 0 FROM procrastinate_jobs")

    assert told.calls == {1: 3}
    retried = metrics.registry.get_sample_value("waitroom_jobs_run_total", {"task": NOTICE, "outcome": "retried"})
    assert retried == 2


async def test_a_poisoned_job_is_given_up_and_stops_no_other(
    database_url: str, jobs: Database, database: Connection
) -> None:
    """After the last try it stays with its reason, others are done meanwhile, and a human can have it tried again."""
    told, poisoned = Told(), Told(failures=1)
    await defer(database, 1, task=WEBHOOK)
    await database.execute("UPDATE procrastinate_jobs SET attempts = %s", (MOST_TRIES - 1,))
    await defer(database, 2)
    async with working(database_url, jobs, {NOTICE: told.run, WEBHOOK: poisoned.run}) as metrics:
        await until_in_database(database, "count(*) = 1 FROM procrastinate_jobs WHERE status = 'failed'")
        await until(lambda: told.calls[2] == 1)
        (failed,) = await failed_jobs(jobs)
        seen = {"task": WEBHOOK, "state": "failed"}
        await until(lambda: metrics.registry.get_sample_value("waitroom_jobs", seen) == 1)
        assert await retry_jobs(jobs, job_id=failed["job_id"]) == 1
        await until_in_database(database, "count(*) = 0 FROM procrastinate_jobs")

    assert (failed["task"], failed["arguments"], failed["reason"]) == (WEBHOOK, {"number": 1}, "nobody answered")
    assert poisoned.calls == {1: 2}


async def test_a_task_that_hangs_holds_up_no_other_task(
    database_url: str, jobs: Database, database: Connection
) -> None:
    """Each task has a lane of its own: a full one leaves the others free."""
    told, is_over = Told(), asyncio.Event()

    async def hang(*, number: int) -> None:
        assert number
        await is_over.wait()

    for _ in range(20):
        await defer(database, 1, task=WEBHOOK)
    await defer(database, 2)
    async with working(database_url, jobs, {NOTICE: told.run, WEBHOOK: hang}):
        await until(lambda: told.calls[2] == 1)
        is_over.set()


async def test_a_worker_takes_only_what_it_knows(database_url: str, jobs: Database, database: Connection) -> None:
    """A job of a newer release waits for a newer worker."""
    told = Told()
    await defer(database, 1, task=WEBHOOK)
    await defer(database, 2)
    async with working(database_url, jobs, {NOTICE: told.run}):
        await until(lambda: told.calls[2] == 1)
    await until_in_database(database, "count(*) = 1 FROM procrastinate_jobs WHERE status = 'todo'")


async def test_several_workers_share_the_jobs(database_url: str, jobs: Database, database: Connection) -> None:
    """Three side by side run each of sixty jobs once, while they look after one another."""
    told = Told()
    for number in range(60):
        await defer(database, number)
    async with (
        working(database_url, jobs, {NOTICE: told.run}),
        working(database_url, jobs, {NOTICE: told.run}),
        working(database_url, jobs, {NOTICE: told.run}),
    ):
        await until_in_database(database, "count(*) = 0 FROM procrastinate_jobs")

    assert told.calls == dict.fromkeys(range(60), 1)


async def orphan(connection: Connection) -> None:
    """Leave a job as a worker does that was killed in the middle of it: its row says that it is under way."""
    await defer(connection, 1)
    await connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    await connection.execute(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)"
    )


async def test_a_dead_workers_job_is_done_by_another(database_url: str, jobs: Database, database: Connection) -> None:
    """Once the worker has been silent for long enough, its job is put back and run."""
    told = Told()
    await orphan(database)
    await database.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
    async with working(database_url, jobs, {NOTICE: told.run}):
        await until(lambda: told.calls[1] == 1)


async def test_a_living_workers_job_is_left_to_it(jobs: Database, database: Connection) -> None:
    """A worker that was heard of keeps its jobs; the same look takes them once it is silent."""
    await orphan(database)
    assert await take_up(jobs, silent_seconds=3600) == 0
    assert await take_up(jobs, silent_seconds=0) == 1


async def test_a_job_that_kills_its_workers_is_given_up(jobs: Database, database: Connection) -> None:
    """It comes back later each time, and not for ever."""
    await orphan(database)
    await database.execute("UPDATE procrastinate_jobs SET attempts = %s", (MOST_TRIES - 1,))
    await take_up(jobs, silent_seconds=0)
    (failed,) = await failed_jobs(jobs)

    assert failed["reason"] is None


async def take_up(jobs: Database, *, silent_seconds: float) -> int:
    """Look after the jobs of workers that have been silent for so long."""
    values = {"silent_seconds": silent_seconds, "most_tries": MOST_TRIES}
    taken: int = await jobs.call("SELECT take_up_jobs(%(silent_seconds)s::float, %(most_tries)s::integer)", values)
    return taken


async def test_a_stop_finishes_what_runs(database_url: str, jobs: Database, database: Connection) -> None:
    """A worker that is asked to stop takes nothing new and ends what it is at."""
    begun, may_end = asyncio.Event(), asyncio.Event()
    ended = []

    async def slow(*, number: int) -> None:
        begun.set()
        await may_end.wait()
        ended.append(number)

    await defer(database, 1)
    async with working(database_url, jobs, {NOTICE: slow}, patience=Patience(poll_seconds=0.05, stop_seconds=60)):
        await asyncio.wait_for(begun.wait(), 60)
        asyncio.get_running_loop().call_later(0.2, may_end.set)
    assert ended == [1]
    await until_in_database(database, "count(*) = 0 FROM procrastinate_jobs")


async def test_a_stop_leaves_to_others_what_takes_too_long(
    database_url: str, jobs: Database, database: Connection
) -> None:
    """A job that does not end in time is put back at once, and counts as no failure for a human."""

    async def endless(*, number: int) -> None:
        begun.set()
        assert number
        await asyncio.Event().wait()

    begun = asyncio.Event()
    await defer(database, 1)
    async with working(database_url, jobs, {NOTICE: endless}, patience=Patience(poll_seconds=0.05, stop_seconds=0.1)):
        await asyncio.wait_for(begun.wait(), 60)
    await until_in_database(
        database, "count(*) = 1 FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at <= now()"
    )


async def test_heartbeats_go_on(database_url: str, jobs: Database, database: Connection) -> None:
    """A worker that lives says so again and again, in every lane: nobody takes its jobs."""
    async with working(database_url, jobs, {NOTICE: Told().run, WEBHOOK: Told().run}):
        await until_in_database(database, "count(*) = 2 FROM procrastinate_workers")
        await database.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '20 seconds'")
        await until_in_database(
            database, "bool_and(last_heartbeat > now() - interval '10 seconds') FROM procrastinate_workers"
        )


async def test_it_goes_on_after_its_connections_were_cut(
    database_url: str, jobs: Database, database: Connection
) -> None:
    """PostgreSQL ends every connection of the worker; the next job is run all the same."""
    told = Told()
    async with working(database_url, jobs, {NOTICE: told.run}):
        for number in (1, 2):
            await defer(database, number)
            await until(lambda number=number: told.calls[number] == 1)  # type: ignore[misc] # a lambda's default has no type
            await database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'waitroom %' AND datname = current_database()"
            )


def test_tries_go_on_for_a_day() -> None:
    """From ten seconds on, each wait is twice the last, up to an hour, until a day has passed."""
    waits = [retry_seconds(failures) for failures in range(MOST_TRIES - 1)]

    assert waits[:3] == [FIRST_RETRY_SECONDS, 2 * FIRST_RETRY_SECONDS, 4 * FIRST_RETRY_SECONDS]
    assert max(waits) == LONGEST_RETRY_SECONDS
    assert 23 * 3600 < sum(waits) < 26 * 3600


def test_the_last_failure_is_the_end() -> None:
    """The last try is followed by none, the one before it by one."""
    decide = Backoff().get_retry_decision
    assert decide(exception=AwayError(), job=a_job(attempts=MOST_TRIES - 2)) is not None
    assert decide(exception=AwayError(), job=a_job(attempts=MOST_TRIES - 1)) is None


def a_job(*, attempts: int) -> Job:
    """A job that has failed so often."""
    return Job(id=1, queue=NOTICE, lock=None, queueing_lock=None, task_name=NOTICE, attempts=attempts)


def test_sql_defers_known_tasks_alone() -> None:
    """Every task that SQL names is one of `TaskName`."""
    folder = files("checkout.sql")
    texts = [
        file.read_text() for file in (*folder.iterdir(), *folder.joinpath("functions").iterdir()) if file.is_file()
    ]
    deferred = {name for text in texts for name in re.findall(r"defer_job\('(\w+)'", text)}

    assert deferred <= set(TaskName)
