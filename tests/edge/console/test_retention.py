"""What the console forgets of rooms that are gone, and what never."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import psycopg
import pytest
from structlog.testing import capture_logs

from edge.console.app import create_app
from edge.console.database import ConsoleDatabase
from edge.console.retention import Retention
from tests.edge.console.conftest import ROOMS, Ask, MakeRoom
from tests.patience import PATIENCE_SECONDS
from waitroom.database import DatabaseUnavailableError, Values
from waitroom.errors import QueueUnavailableError
from waitroom.queue import Queue
from waitroom.settings import Settings

SAMPLES_DAYS, REPORTS_DAYS = 30, 300
Connection = psycopg.AsyncConnection[tuple[int, ...]]


@pytest.fixture
async def rows(database_url: str) -> AsyncIterator[Connection]:
    """A connection of the test's own."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[ConsoleDatabase]:
    """The database as a console uses it."""
    database = ConsoleDatabase(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def retention(console_queue: Queue, database: ConsoleDatabase) -> Retention:
    """A retention that this test alone drives."""
    return Retention(console_queue, database, samples_days=SAMPLES_DAYS, reports_days=REPORTS_DAYS)


async def write(rows: Connection, *, epoch: str, days: float, count: int = 1) -> None:
    """Leave everything that the console keeps of a room, so many rows a kind but one report, so many days old."""
    for number in range(count):
        minutes = round(days * 1440) + number
        values = {"epoch": epoch, "at": datetime.now(UTC) - timedelta(minutes=minutes), "version": minutes}
        for statement in (
            "INSERT INTO console.points VALUES ('arena', %(epoch)s, %(at)s, '{}')",
            "INSERT INTO console.settings_kept VALUES ('arena', %(epoch)s, %(version)s, %(at)s, '{}')",
            "INSERT INTO console.reports VALUES ('arena', %(epoch)s, %(at)s, '{}') ON CONFLICT DO NOTHING",
        ):
            await rows.execute(statement, values)


async def kept(rows: Connection, *, epoch: str) -> tuple[int, ...]:
    """How many samples, versions of settings and reports there are of an epoch."""
    row = await (
        await rows.execute(
            "SELECT (SELECT count(*) FROM console.points WHERE epoch = %(epoch)s),"
            " (SELECT count(*) FROM console.settings_kept WHERE epoch = %(epoch)s),"
            " (SELECT count(*) FROM console.reports WHERE epoch = %(epoch)s)",
            {"epoch": epoch},
        )
    ).fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("days", "left", "told"),
    [
        (SAMPLES_DAYS - 1, (2, 2, 1), []),
        (SAMPLES_DAYS + 1, (0, 2, 1), [{"samples": 2, "reports": 0, "settings": 0}]),
        (REPORTS_DAYS - 1, (0, 2, 1), [{"samples": 2, "reports": 0, "settings": 0}]),
        (REPORTS_DAYS + 1, (0, 0, 0), [{"samples": 2, "reports": 1, "settings": 2}]),
    ],
)
async def test_what_is_old_goes_and_what_is_young_stays(
    rows: Connection, retention: Retention, days: int, left: tuple[int, ...], told: list[dict[str, int]]
) -> None:
    """Samples go first; the report, and the versions of settings with it, later. One line tells how many went."""
    await write(rows, epoch="gone", days=days, count=2)
    with capture_logs() as logs:
        await retention.look()
    assert await kept(rows, epoch="gone") == left
    assert [{name: log[name] for name in log.keys() - {"event", "log_level"}} for log in logs] == told


async def test_a_room_goes_by_its_last_sample(rows: Connection, retention: Retention) -> None:
    """A room's samples of long ago stay as long as its last; rooms beside it go all the same."""
    await write(rows, epoch="long", days=REPORTS_DAYS - 1)
    await write(rows, epoch="long", days=1)
    for epoch in ("a-short", "z-short"):
        await write(rows, epoch=epoch, days=SAMPLES_DAYS + 1)
    await retention.look()
    assert [(await kept(rows, epoch=epoch))[0] for epoch in ("long", "a-short", "z-short")] == [2, 0, 0]


async def test_versions_of_settings_stay_with_their_report(rows: Connection, retention: Retention) -> None:
    """A room that was open for years and is gone since yesterday has all of them still."""
    await write(rows, epoch="years", days=REPORTS_DAYS + 1)
    await rows.execute("UPDATE console.reports SET at = now()")
    await retention.look()
    assert (await kept(rows, epoch="years"))[1:] == (1, 1)


async def test_a_room_that_is_there_keeps_everything(
    make_room: MakeRoom, ask: Ask, room_name: str, rows: Connection, retention: Retention
) -> None:
    """However old it is, also when no console has written for long; once it is deleted, it goes."""
    epoch = (await make_room())["epoch"]
    await retention.look()
    # What the console itself wrote of the room is of this moment.
    for table in ("points", "settings_kept", "reports"):
        await rows.execute(f"DELETE FROM console.{table}".encode())
    await write(rows, epoch=epoch, days=REPORTS_DAYS + 1, count=2)
    await retention.look()
    assert await kept(rows, epoch=epoch) == (2, 2, 1)
    assert (await ask("DELETE", f"{ROOMS}/{room_name}")).status_code == 204
    await retention.look()
    samples, _settings, reports = await kept(rows, epoch=epoch)
    # The report that was made just now is young.
    assert (samples, reports) == (0, 1)


async def test_who_does_not_know_the_rooms_forgets_nothing(rows: Connection, database: ConsoleDatabase) -> None:
    """While the store is away every room might be there."""
    away = Queue.connect("redis://127.0.0.1:1/0")
    await write(rows, epoch="gone", days=REPORTS_DAYS + 1)
    with pytest.raises(QueueUnavailableError):
        await Retention(away, database, samples_days=1, reports_days=1).look()
    await away.close()
    assert await kept(rows, epoch="gone") == (1, 1, 1)


@pytest.mark.parametrize(("samples", "reports", "left"), [(0, 0, (1, 1, 1)), (0, 1, (1, 0, 0)), (1, 0, (0, 1, 1))])
async def test_zero_keeps_for_ever(
    rows: Connection,
    console_queue: Queue,
    database: ConsoleDatabase,
    samples: int,
    reports: int,
    left: tuple[int, ...],
) -> None:
    """Each of the two by itself."""
    await write(rows, epoch="gone", days=36_000)
    await Retention(console_queue, database, samples_days=samples, reports_days=reports).look()
    assert await kept(rows, epoch="gone") == left


async def test_a_batch_is_bounded_and_a_kill_in_the_middle_costs_nothing(
    rows: Connection, retention: Retention, database: ConsoleDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went before is gone and told, the next look does the rest."""
    monkeypatch.setattr("edge.console.retention.BATCH", 2)
    await write(rows, epoch="gone", days=REPORTS_DAYS + 1, count=5)
    run = database.run
    batches: list[int] = []

    async def dies_after_the_second(statement: LiteralString, values: Values | None = None) -> int:
        if len(batches) == 2:
            raise DatabaseUnavailableError("killed")
        batches.append(await run(statement, values))
        return batches[-1]

    with monkeypatch.context() as killing, capture_logs() as logs:
        killing.setattr(database, "run", dies_after_the_second)
        with pytest.raises(DatabaseUnavailableError):
            await retention.look()
    assert batches == [2, 2]
    assert [log["samples"] for log in logs] == [4]
    assert await kept(rows, epoch="gone") == (1, 5, 1)
    await retention.look()
    assert await kept(rows, epoch="gone") == (0, 0, 0)


async def test_what_another_console_is_at_is_passed_over(
    rows: Connection, retention: Retention, database_url: str
) -> None:
    """Two consoles wait for each other in nothing, and in the end everything is gone."""
    await write(rows, epoch="gone", days=REPORTS_DAYS + 1, count=3)
    async with await psycopg.AsyncConnection.connect(database_url) as other:
        for table in ("points", "settings_kept", "reports"):
            await other.execute(f"SELECT FROM console.{table} ORDER BY at LIMIT 1 FOR UPDATE".encode())
        await retention.look()
        assert await kept(rows, epoch="gone") == (1, 3, 1)
    await retention.look()
    assert await kept(rows, epoch="gone") == (0, 0, 0)


async def test_the_audit_stays(rows: Connection, retention: Retention) -> None:
    """However old it is."""
    await rows.execute("INSERT INTO console.audit (at, who, what) VALUES ('2001-01-01', 'person:anna', 'pause')")
    await write(rows, epoch="gone", days=REPORTS_DAYS + 1)
    await retention.look()
    assert await (await rows.execute("SELECT count(*) FROM console.audit")).fetchone() == (1,)


async def test_a_console_forgets_by_its_settings(
    console_settings: Settings, rows: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks again and again for as long as it runs, also after a look that failed."""
    monkeypatch.setattr("edge.console.retention.EVERY_SECONDS", 0.05)
    looks, epochs = [], Retention._epochs

    async def fails_at_first(self: Retention) -> list[str]:
        looks.append(self)
        if len(looks) == 1:
            raise DatabaseUnavailableError("away")
        return await epochs(self)

    monkeypatch.setattr(Retention, "_epochs", fails_at_first)
    await write(rows, epoch="gone", days=8)
    app = create_app(console_settings.model_copy(update={"keep_samples_days": 7, "keep_reports_days": 9}))
    async with app.router.lifespan_context(app), asyncio.timeout(PATIENCE_SECONDS):
        while await kept(rows, epoch="gone") != (0, 1, 1):
            await asyncio.sleep(0.02)
