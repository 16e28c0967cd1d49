"""PostgreSQL hangs: nobody waits for long, and what a cut call did or did not do is found out, never assumed."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from checkout.database import Database
from checkout.errors import CheckoutError
from checkout.recovery import Recovery
from checkout.services import Services
from checkout.sql import statements
from tests.checkout.conftest import Connection
from tests.checkout.fans import DECLINED, Fan, a_key, problem
from tests.checkout.providers import interfere
from tests.checkout.test_app import ops_client
from tests.checkout.test_outbox import NOTICE, Told, defer, working
from tests.checkout.test_recovery import let_time_pass, standing
from tests.patience import PATIENCE_SECONDS, until
from tests.silence import SilentWay, Swallows, a_way_to
from waitroom.database import ImpatientConnection
from waitroom.settings import Settings

pytestmark = [pytest.mark.chaos, pytest.mark.usefixtures("sweep")]

SOON = 0.5
STEPS = ("open", "secure", "settle_captured", "finish_call")
"""The statements of a purchase that commit."""
OF_UNIT = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
PAID = [("paid", "captured", "captured")]

Call = Callable[..., Coroutine[Any, Any, Any]]  # Any: the verb's own document


@pytest.fixture
async def way(database_url: str) -> AsyncIterator[tuple[str, SilentWay]]:
    """The way from the checkout to its database."""
    async with a_way_to(database_url) as way:
        yield way


@pytest.fixture
def checkout_settings(settings: Settings, way: tuple[str, SilentWay]) -> Settings:
    """A checkout that goes that way."""
    return settings.model_copy(update={"database_url": SecretStr(way[0])})


@pytest.fixture
def recovery(services: Services) -> Recovery:
    """Who looks after what was left."""
    return Recovery(services.database, services.provider, services.buying, services.refunds)


@contextmanager
def hurried() -> Iterator[None]:
    """Give a silent server up soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ImpatientConnection, "answer_seconds", SOON)
        yield


def before(step: str, happens: Callable[[], Coroutine[Any, Any, None]], patch: pytest.MonkeyPatch) -> None:
    """Let something happen as a step of the purchase is about to be asked for, the first time."""
    wanted, ask, has_happened = statements("payments")[step], Database.call, False

    async def call(self: Database, statement: Any, values: Any) -> Any:  # Any: as the pool has them
        nonlocal has_happened
        if statement == wanted and not has_happened:
            has_happened = True
            await happens()
        return await ask(self, statement, values)

    patch.setattr(Database, "call", call)


async def paid_in_the_end(fan: Fan, hold_id: str, key: str, *, recovery: Recovery, database: Connection) -> None:
    """Ask again under the same key, as the answer says, until the order is paid; time passes meanwhile."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            await let_time_pass(database)
            await database.execute("UPDATE idempotency_keys SET started_at = started_at - interval '31 seconds'")
            with suppress(CheckoutError):
                await recovery.look()
            answer = await fan.buy(hold_id, key=key)
            if answer.status_code == 201:
                break
    assert answer.json()["status"] == "paid"
    assert all(ticket["proof"] for ticket in answer.json()["tickets"])
    assert await standing(database) == PAID


async def test_a_silent_database_is_said_and_survived(
    checkout_app: Starlette, fan: Fan, way: tuple[str, SilentWay]
) -> None:
    """The contract's 503 with Retry-After and not ready, with the reason; and all is well when it answers again."""
    async with ops_client(checkout_app) as ops:
        with hurried():
            way[1].swallows = Swallows.ANSWERS
            answer = await fan.call("GET", "/v1/events/gig")
            assert (answer.status_code, problem(answer)) == (503, "checkout-unavailable")
            assert answer.headers["retry-after"] == "2"
            ready = await ops.get("/readyz")
            assert (ready.status_code, ready.json()["reason"]) == (503, "PostgreSQL did not answer.")
        way[1].swallows = None
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await ops.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.1)
    assert (await fan.call("GET", "/v1/events/gig")).status_code == 200


@pytest.mark.parametrize("lost", Swallows)
@pytest.mark.parametrize("step", STEPS)
async def test_a_purchase_that_was_cut_is_settled(
    fan: Fan, way: tuple[str, SilentWay], recovery: Recovery, database: Connection, step: str, lost: Swallows
) -> None:
    """Whether the step was done or not, the buyer has the tickets once and has paid once."""
    hold_id, key = await fan.held(), a_key()

    async def fall_silent() -> None:
        way[1].swallows = lost

    with hurried(), pytest.MonkeyPatch.context() as patch:
        before(step, fall_silent, patch)
        answer = await fan.buy(hold_id, key=key)
    assert (answer.status_code, problem(answer)) == (503, "checkout-unavailable")
    way[1].swallows = None
    await paid_in_the_end(fan, hold_id, key, recovery=recovery, database=database)


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_that_is_done_late_changes_nothing(
    fan: Fan, services: Services, recovery: Recovery, database: Connection, step: str
) -> None:
    """Frozen processes of PostgreSQL do what they were asked after the purchase was settled by others."""
    hold_id, key = await fan.held(), a_key()
    frozen: set[int] = set()

    async def freeze() -> None:
        frozen.update(await processes(database, "waitroom checkout"))
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)

    try:
        with hurried():
            with pytest.MonkeyPatch.context() as patch:
                before(step, freeze, patch)
                answer = await fan.buy(hold_id, key=key)
            assert (answer.status_code, problem(answer)) == (503, "checkout-unavailable")
            await paid_in_the_end(fan, hold_id, key, recovery=recovery, database=database)
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    # The one that was cut ends when it has done what it was asked; those that nobody asked meanwhile serve on.
    async with asyncio.timeout(PATIENCE_SECONDS):
        while frozen & await processes(database, "waitroom checkout") - in_use(services):
            await asyncio.sleep(0.1)
    assert frozen - in_use(services)
    assert await standing(database) == PAID


LATE: dict[str, dict[str, object]] = {
    "settle_declined": {"step": "authorise", "code": "card_declined", "is_retryable": True},
    "settle_needs_action": {"step": "authorise", "authorisation": "auth_of_before", "next_action": "{}"},
}


@pytest.mark.parametrize("verb", LATE)
async def test_an_answer_of_before_does_not_undo_the_next_try(
    fan: Fan, services: Services, database: Connection, verb: str
) -> None:
    """A card was declined and another is being tried: what is written late about the first changes nothing."""
    hold_id, provider = await fan.held(), interfere(services)
    assert (await fan.buy(hold_id, DECLINED)).status_code == 402
    (first,) = await (await database.execute("SELECT payment_id FROM payments")).fetchone() or ("",)

    async def come_late() -> None:
        await services.database.call(statements("payments")[verb], {"payment_id": first} | LATE[verb])

    provider.before["authorise"] = come_late
    answer = await fan.buy(hold_id)
    assert (answer.status_code, answer.json().get("status")) == (201, "paid")


async def test_jobs_go_on_when_the_database_answers_again(way: tuple[str, SilentWay], database: Connection) -> None:
    """A worker's lanes give a silent server up, too, and run what was left meanwhile."""
    url, told = way[0], Told()
    jobs = Database(url, name="worker")
    await jobs.open()
    # From the start: what a lane waits for already is given up by the time of its beginning.
    with hurried():
        async with working(url, jobs, {NOTICE: told.run}):
            await defer(database, 1)
            await until(lambda: told.calls[1] > 0)
            before = await processes(database, "waitroom jobs")
            way[1].swallows = Swallows.ANSWERS
            async with asyncio.timeout(PATIENCE_SECONDS):
                while before <= await processes(database, "waitroom jobs"):
                    await asyncio.sleep(0.1)
            way[1].swallows = None
            await defer(database, 2)
            await until(lambda: told.calls[2] > 0)
    await jobs.close()


async def processes(database: Connection, unit: str) -> set[int]:
    """The processes of PostgreSQL that serve a unit."""
    return {pid for (pid,) in await (await database.execute(OF_UNIT, [unit])).fetchall()}


def in_use(services: Services) -> set[int]:
    """The processes of PostgreSQL behind the connections that the checkout has."""
    return {connection.info.backend_pid for connection in services.database._pool._pool}
