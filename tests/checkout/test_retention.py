"""What a worker deletes of notices and deliveries long after they were settled, and what never."""

import asyncio
from dataclasses import replace
from typing import LiteralString

import psycopg
import pytest
from structlog.testing import capture_logs

from checkout.database import Database
from checkout.errors import DatabaseUnavailableError
from checkout.retention import Retention
from checkout.worker import create_worker, running
from tests.checkout.conftest import Connection
from tests.checkout.test_outbox import until_in_database
from tests.patience import PATIENCE_SECONDS
from tests.waitroom.cli.test_notices import AN_ORDER
from waitroom.database import Values
from waitroom.settings import Settings

DAYS = 10
A_WEBHOOK = """
INSERT INTO vendors (vendor, name) VALUES ('riverside', 'Riverside');
INSERT INTO webhooks (webhook_id, vendor_id, url, events, secret)
    SELECT 'webhook_1', vendor_id, 'https://vendor.example', '{}', 'x' FROM vendors;
"""
OLD, YOUNG = DAYS + 1, DAYS - 1


@pytest.fixture
async def sold(database: Connection) -> Connection:
    """A connection of the test's own to a database with an order, and with a vendor's endpoint."""
    await database.execute(AN_ORDER)
    await database.execute(A_WEBHOOK)
    return database


@pytest.fixture
def retention(jobs: Database) -> Retention:
    """A retention that this test alone drives."""
    return Retention(jobs, notices_days=DAYS, deliveries_days=DAYS)


async def notice(
    connection: Connection, state: str, *, days: float, settled: float | None = None, number: int = 0
) -> None:
    """Leave a notice that was made so many days ago, and settled then or later."""
    values = {"state": state, "days": days, "settled": days if settled is None else settled, "what": f"{days} {number}"}
    await connection.execute(
        "INSERT INTO notices (order_id, kind, occurrence, state, made_at, settled_at) VALUES ('order_1', 'event_moved',"
        " %(state)s || %(what)s, %(state)s, now() - %(days)s * interval '1 day',"
        " CASE WHEN %(state)s <> 'waiting' THEN now() - %(settled)s * interval '1 day' END)",
        values,
    )


async def delivery(connection: Connection, state: str, *, days: float, number: int = 0) -> None:
    """Leave a delivery that was made so many days ago, with one try."""
    values = {"id": f"{state} {days} {number}", "state": state, "days": days}
    await connection.execute(
        "INSERT INTO webhook_deliveries (delivery_id, webhook_id, kind, payload, state, made_at)"
        " VALUES (%(id)s, 'webhook_1', 'order.paid', '{}', %(state)s, now() - %(days)s * interval '1 day')",
        values,
    )
    await connection.execute(
        "INSERT INTO webhook_tries (delivery_id, number, milliseconds) VALUES (%(id)s, 1, 1)", values
    )


async def left(connection: Connection) -> tuple[list[str], list[str]]:
    """The states of the notices and of the deliveries that are left; each delivery has its try."""
    notices = await (await connection.execute("SELECT state FROM notices ORDER BY state")).fetchall()
    deliveries = await (
        await connection.execute(
            "SELECT state FROM webhook_deliveries JOIN webhook_tries USING (delivery_id) ORDER BY 1"
        )
    ).fetchall()
    counted = await (await connection.execute("SELECT count(*) FROM webhook_tries")).fetchone()
    assert counted == (len(deliveries),)
    return [state for (state,) in notices], [state for (state,) in deliveries]


@pytest.mark.parametrize("days", [OLD, YOUNG])
async def test_what_is_settled_and_old_goes(sold: Connection, retention: Retention, days: int) -> None:
    """Whatever came of it; what still waits stays, and so does what is young. One line tells how many went."""
    ends = ("moot", "refused", "sent", "unsent"), ("delivered", "failed")
    for state in (*ends[0], "waiting"):
        await notice(sold, state, days=days)
    for state in (*ends[1], "waiting"):
        await delivery(sold, state, days=days)
    with capture_logs() as logs:
        await retention.look()
    if days == YOUNG:
        assert (await left(sold), logs) == (([*ends[0], "waiting"], [*ends[1], "waiting"]), [])
    else:
        assert await left(sold) == (["waiting"], ["waiting"])
        assert [(log["notices"], log["deliveries"]) for log in logs] == [(4, 2)]
    orders = await (await sold.execute("SELECT order_id FROM orders")).fetchall()
    assert orders == [("order_1",)]


async def test_a_notice_counts_from_when_it_was_settled(sold: Connection, retention: Retention) -> None:
    """One that waited for a mail server for weeks and was sent yesterday stays."""
    await notice(sold, "sent", days=OLD, settled=1)
    await retention.look()
    assert (await left(sold))[0] == ["sent"]


async def test_nobody_is_told_twice(sold: Connection, retention: Retention) -> None:
    """While the job that tells an event's buyers is there, also as failed, who was told stays known."""
    await notice(sold, "sent", days=OLD)
    await notice(sold, "sent", days=OLD, number=1)
    await sold.execute(
        "SELECT defer_job('tell_event', jsonb_build_object('event_id', 1, 'kind', kind, 'occurrence', occurrence))"
        " FROM notices WHERE occurrence LIKE '% 0'"
    )
    await sold.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    await retention.look()
    assert (await left(sold))[0] == ["sent"]
    await sold.execute("DELETE FROM procrastinate_jobs")
    await retention.look()
    assert (await left(sold))[0] == []


@pytest.mark.parametrize(("notices", "deliveries"), [(0, 0), (0, 1), (1, 0)])
async def test_zero_keeps_for_ever(sold: Connection, jobs: Database, notices: int, deliveries: int) -> None:
    """Each of the two by itself."""
    await notice(sold, "sent", days=36_000)
    await delivery(sold, "delivered", days=36_000)
    await Retention(jobs, notices_days=notices, deliveries_days=deliveries).look()
    assert await left(sold) == ([] if notices else ["sent"], [] if deliveries else ["delivered"])


async def test_a_batch_is_bounded_and_a_kill_in_the_middle_costs_nothing(
    sold: Connection, retention: Retention, jobs: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went before is gone and told, the next look does the rest."""
    monkeypatch.setattr("checkout.retention.BATCH", 2)
    for number in range(5):
        await notice(sold, "sent", days=OLD, number=number)
        await delivery(sold, "delivered", days=OLD, number=number)
    run = jobs.run
    batches: list[int] = []

    async def dies_after_the_second(statement: LiteralString, values: Values | None = None) -> int:
        if len(batches) == 2:
            raise DatabaseUnavailableError("killed")
        batches.append(await run(statement, values))
        return batches[-1]

    with monkeypatch.context() as killing, capture_logs() as logs:
        killing.setattr(jobs, "run", dies_after_the_second)
        with pytest.raises(DatabaseUnavailableError):
            await retention.look()
    assert (batches, [log["notices"] for log in logs]) == ([2, 2], [4])
    assert await left(sold) == (["sent"], ["delivered"] * 5)
    await retention.look()
    assert await left(sold) == ([], [])


async def test_what_another_is_at_is_passed_over(sold: Connection, retention: Retention, database_url: str) -> None:
    """Neither another worker nor who sends a notice once more is waited for."""
    for number in range(3):
        await notice(sold, "sent", days=OLD, number=number)
        await delivery(sold, "delivered", days=OLD, number=number)
    async with await psycopg.AsyncConnection.connect(database_url) as other:
        await other.execute("SELECT FROM notices ORDER BY notice_id LIMIT 1 FOR UPDATE")
        await other.execute("UPDATE webhook_deliveries SET state = 'waiting' WHERE delivery_id LIKE '% 0'")
        await retention.look()
        assert await left(sold) == (["sent"], ["delivered"])
    await retention.look()
    assert await left(sold) == ([], ["waiting"])


async def test_a_stop_ends_it_after_the_batch_under_way(
    sold: Connection, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is to end does not first delete what a year has left."""
    monkeypatch.setattr("checkout.retention.BATCH", 2)
    for number in range(5):
        await notice(sold, "sent", days=OLD, number=number)
    retention.stop()
    await retention.look()
    assert (await left(sold))[0] == ["sent"] * 3
    await asyncio.wait_for(retention.run(), PATIENCE_SECONDS)


async def test_a_worker_deletes_by_its_settings(
    sold: Connection, checkout_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks again and again, also after its database was away."""
    monkeypatch.setattr("checkout.retention.INTERVAL_SECONDS", 0.05)
    looks, look = [], Retention.look

    async def fails_at_first(self: Retention) -> None:
        looks.append(self)
        if len(looks) == 1:
            raise DatabaseUnavailableError("away")
        await look(self)

    monkeypatch.setattr(Retention, "look", fails_at_first)
    for days in (3, 5):
        await notice(sold, "sent", days=days)
        await delivery(sold, "delivered", days=days)
    worker = create_worker(checkout_settings.model_copy(update={"keep_notices_days": 4, "keep_deliveries_days": 2}))
    loops = tuple(loop for loop in worker.loops if isinstance(loop, Retention))
    async with running(replace(worker, loops=loops)):
        await until_in_database(sold, "count(*) = 0 FROM webhook_deliveries")
        await until_in_database(sold, "count(*) = 1 FROM notices")
