"""Recovery: what a crash or a silent bank left is finished or let go, once, by whoever looks."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from checkout.errors import OutcomeUnknownError
from checkout.payments.sandbox import Sandbox, SandboxMethod
from checkout.recovery import Recovery
from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import Fan, a_key, problem
from tests.checkout.patches import without
from tests.checkout.providers import Interfered, interfere
from tests.checkout.sweep import Sweep, expire

pytestmark = pytest.mark.usefixtures("sweep")
Standing = tuple[str, str, str | None]
OTHER_SEATS = ("F-C-1", "F-C-2", "F-C-3", "F-C-4")
INTERRUPTED = [("after", "authorise"), ("before", "capture"), ("after", "capture")]


class CrashError(Exception):
    """The process is gone, as far as the rows can tell."""


async def crash() -> None:
    """Die here."""
    raise CrashError


async def fall_silent() -> None:
    """Do not answer."""
    raise OutcomeUnknownError("silence")


@pytest.fixture
def provider(services: Services) -> Interfered:
    """The sandbox, with which a test interferes."""
    return interfere(services)


@pytest.fixture
def recovery(services: Services, provider: Interfered) -> Recovery:
    """Who looks after what was left."""
    return Recovery(services.database, provider, services.buying, services.refunds)


@pytest.fixture
def customer(fan: Fan, browser: httpx.AsyncClient) -> Fan:
    """The fan, by a client that is told of a crash as an answer 500."""
    return Fan(browser, fan.session)


async def let_time_pass(database: Connection) -> None:
    """Let every call that waits be due."""
    await database.execute("UPDATE payment_attempts SET due_at = clock_timestamp() WHERE outcome IS NULL")


async def standing(database: Connection) -> list[Standing]:
    """How orders, payments and the bank's reservations stand."""
    found = await database.execute(
        "SELECT orders.status, payments.status, a.status FROM orders JOIN payments USING (order_id) "
        "LEFT JOIN sandbox.authorisations AS a USING (payment_id) ORDER BY payments.started_at"
    )
    return [(row[0], row[1], row[2]) for row in await found.fetchall()]


async def open_cases(database: Connection) -> list[str]:
    """What waits for a human."""
    rows = await (await database.execute("SELECT kind FROM cases WHERE closed_at IS NULL ORDER BY case_id")).fetchall()
    return [kind for (kind,) in rows]


@pytest.mark.parametrize(("when", "step"), INTERRUPTED)
async def test_a_crash_in_a_purchase_is_finished_and_answered(
    customer: Fan, provider: Interfered, recovery: Recovery, database: Connection, when: str, step: str
) -> None:
    """The order is paid once, and the call that died has its answer under its key."""
    hold_id, key = await customer.held(), a_key()
    getattr(provider, when)[step] = crash
    assert (await customer.buy(hold_id, key=key)).status_code == 500
    getattr(provider, when).clear()
    await recovery.look()
    assert (await standing(database))[0][0] in {"authorising", "secured"}

    await let_time_pass(database)
    assert await recovery.look() == 1
    assert await standing(database) == [("paid", "captured", "captured")]
    answer = await customer.buy(hold_id, key=key)
    assert (answer.status_code, answer.json()["status"]) == (201, "paid")
    assert all(ticket["proof"] for ticket in answer.json()["tickets"])
    assert await recovery.look() == 0


async def test_a_call_that_died_is_answered_by_what_the_rows_say(
    customer: Fan, services: Services, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settled, but killed before the answer was kept: after half a minute the same key gets that answer."""
    hold_id, key = await customer.held(), a_key()
    with monkeypatch.context() as patch:
        patch.setitem(services.buying._sql, "finish_call", "SELECT 1 / 0")
        assert (await customer.buy(hold_id, key=key)).status_code == 500
    assert problem(await customer.buy(hold_id, key=key)) == "idempotency-key-running"
    await database.execute("UPDATE idempotency_keys SET started_at = started_at - interval '31 seconds'")
    for _ in range(2):
        assert (await customer.buy(hold_id, key=key)).json()["status"] == "paid"


@pytest.mark.parametrize("method", [SandboxMethod.SILENT, SandboxMethod.CAPTURED_LATE])
async def test_a_silent_bank_is_asked_again(fan: Fan, recovery: Recovery, database: Connection, method: str) -> None:
    """First nobody says yes or no; then the same call under the same key tells, and the buyer has tickets."""
    hold_id, key = await fan.held(), a_key()
    answer = await fan.buy(hold_id, method, key=key)
    assert answer.status_code == 202
    await let_time_pass(database)
    await recovery.look()
    assert await standing(database) == [("paid", "captured", "captured")]
    assert (await fan.client.get(answer.json()["order_url"])).json()["status"] == "paid"
    assert (await fan.buy(hold_id, method, key=key)).status_code == 201


async def test_a_bank_that_stays_silent_is_asked_ever_less(
    fan: Fan, provider: Interfered, recovery: Recovery, database: Connection
) -> None:
    """Each try without an answer puts the next one off for longer."""
    provider.before["authorise"] = fall_silent
    await fan.buy(await fan.held())
    waits = []
    for _ in range(4):
        await let_time_pass(database)
        await recovery.look()
        row = await (
            await database.execute("SELECT extract(epoch FROM due_at - clock_timestamp()) FROM payment_attempts")
        ).fetchone()
        assert row is not None
        waits.append(row[0])
    assert waits == sorted(waits)
    assert waits[-1] > 4 * waits[0]
    assert await standing(database) == [("unknown", "unknown", None)]


async def test_a_late_success_is_secured_when_the_seats_are_still_there(
    fan: Fan, recovery: Recovery, database: Connection
) -> None:
    """A hold that has expired loses its seats only to somebody who takes them."""
    hold_id = await fan.held()
    await fan.buy(hold_id, SandboxMethod.SILENT)
    await expire(database, hold_id)
    await let_time_pass(database)
    await recovery.look()
    assert await standing(database) == [("paid", "captured", "captured")]


async def test_a_late_success_without_seats_moves_no_money(
    make_fan: MakeFan, recovery: Recovery, database: Connection
) -> None:
    """When another fan has the seats, what was reserved is let go and the buyer's call is answered so."""
    slow, quick = await make_fan(), await make_fan()
    hold_id, key = await slow.held(3, "balcony"), a_key()
    await slow.buy(hold_id, SandboxMethod.SILENT, key=key)
    await expire(database, hold_id)
    assert (await quick.bought(3, "balcony")).status_code == 201
    await let_time_pass(database)
    await recovery.look()
    assert (await standing(database))[0] == ("expired", "voided", "voided")
    assert problem(await slow.buy(hold_id, SandboxMethod.SILENT, key=key)) == "hold-expired"


async def test_a_late_success_keeps_the_limit(fan: Fan, recovery: Recovery, database: Connection) -> None:
    """Who used up the limit meanwhile does not get the late seats too."""
    hold_id = await fan.held(4)
    await fan.buy(hold_id, SandboxMethod.SILENT)
    await expire(database, hold_id)
    assert (await fan.hold_seats(*OTHER_SEATS)).status_code == 201
    await let_time_pass(database)
    await recovery.look()
    assert await standing(database) == [("expired", "voided", "voided")]


async def test_without_the_limits_check_a_late_success_breaks_it(
    fan: Fan, provider: Interfered, recovery: Recovery, database: Connection, database_url: str, sweep: Sweep
) -> None:
    """The control: a late success that is not counted gives a fan twice the limit, until the capture at least."""
    provider.before["capture"] = fall_silent
    guard = "of_hold.expires_at > clock_timestamp() OR of_hold.seat_count <= ("
    without(database_url, ("may_secure", guard), instead="0 <= (")
    hold_id = await fan.held(4)
    await fan.buy(hold_id, SandboxMethod.SILENT)
    await expire(database, hold_id)
    assert (await fan.hold_seats(*OTHER_SEATS)).status_code == 201
    await let_time_pass(database)
    await recovery.look()
    assert "a fan has more than the limit" in await sweep.broken()
    provider.before.clear()
    await let_time_pass(database)
    await recovery.look()


async def test_a_void_that_got_no_answer_is_made_again(
    make_fan: MakeFan, provider: Interfered, recovery: Recovery, database: Connection
) -> None:
    """A buyer who was told no does not keep a reservation on the card."""
    slow, quick = await make_fan(), await make_fan()
    hold_id = await slow.held(3, "balcony")

    async def lose_the_seats() -> None:
        provider.after.clear()
        await expire(database, hold_id)
        await quick.bought(3, "balcony")

    provider.after["authorise"], provider.before["void"] = lose_the_seats, fall_silent
    assert problem(await slow.buy(hold_id)) == "hold-expired"
    assert (await standing(database))[0] == ("expired", "authorised", "authorised")
    provider.before.clear()
    await let_time_pass(database)
    await recovery.look()
    assert (await standing(database))[0] == ("expired", "voided", "voided")


async def test_a_buyer_who_approved_and_never_came_back_has_the_tickets(
    fan: Fan, services: Services, recovery: Recovery, database: Connection
) -> None:
    """The bank's word counts, not the way back from it."""
    await fan.buy(await fan.held(), SandboxMethod.NEEDS_ACTION)
    await decide(services, database, approves=True)
    await let_time_pass(database)
    await recovery.look()
    assert await standing(database) == [("paid", "captured", "captured")]


async def test_a_buyer_who_refused_may_try_again(
    fan: Fan, services: Services, recovery: Recovery, database: Connection
) -> None:
    """The hold is kept, and another try has a payment of its own."""
    hold_id = await fan.held()
    await fan.buy(hold_id, SandboxMethod.NEEDS_ACTION)
    await decide(services, database, approves=False)
    await let_time_pass(database)
    await recovery.look()
    assert await standing(database) == [("awaiting_payment", "declined", "declined")]
    assert (await fan.buy(hold_id)).status_code == 201


async def test_a_buyer_who_has_not_decided_is_waited_for(fan: Fan, recovery: Recovery, database: Connection) -> None:
    """Looking changes nothing while the bank waits."""
    await fan.buy(await fan.held(), SandboxMethod.NEEDS_ACTION)
    for _ in range(3):
        await let_time_pass(database)
        await recovery.look()
    assert await standing(database) == [("needs_action", "needs_action", "needs_action")]


async def test_a_buyer_who_never_decides_loses_the_seats_and_no_money(
    fan: Fan, services: Services, recovery: Recovery, database: Connection
) -> None:
    """With the hold the order ends, and an approval that comes later reserves nothing."""
    hold_id = await fan.held()
    await fan.buy(hold_id, SandboxMethod.NEEDS_ACTION)
    await expire(database, hold_id)
    await database.execute("UPDATE holds SET expires_at = expires_at - interval '10 seconds'")
    for _ in range(2):
        await let_time_pass(database)
        await recovery.look()
    assert await standing(database) == [("expired", "voided", "voided")]
    await decide(services, database, approves=True)
    assert await standing(database) == [("expired", "voided", "voided")]


async def test_an_unpaid_order_ends_with_its_hold(fan: Fan, recovery: Recovery, database: Connection) -> None:
    """Nothing stays open for ever."""
    hold_id = await fan.held()
    await fan.buy(hold_id, SandboxMethod.DECLINED)
    await recovery.look()
    assert await standing(database) == [("awaiting_payment", "declined", None)]
    await expire(database, hold_id)
    await database.execute("UPDATE holds SET expires_at = expires_at - interval '10 seconds'")
    await recovery.look()
    assert await standing(database) == [("expired", "declined", None)]


async def slowly_bought(customer: Fan, provider: Interfered) -> tuple[asyncio.Task[httpx.Response], asyncio.Event]:
    """Buy, and be slow after the bank has reserved the money until the event is set."""
    hold_id, is_slow, go_on = await customer.held(), asyncio.Event(), asyncio.Event()

    async def be_slow() -> None:
        provider.after.clear()
        is_slow.set()
        await go_on.wait()

    provider.after["authorise"] = be_slow
    buying = asyncio.create_task(customer.buy(hold_id))
    await is_slow.wait()
    return buying, go_on


async def test_all_who_look_at_once_settle_once(
    customer: Fan, services: Services, provider: Interfered, database: Connection
) -> None:
    """Four processes and the buyer's own, which was only slow: one payment, one capture, one set of tickets."""
    buying, go_on = await slowly_bought(customer, provider)
    looks = [Recovery(services.database, provider, services.buying, services.refunds) for _ in range(4)]
    for _ in range(3):
        await let_time_pass(database)
        await asyncio.gather(*[recovery.look() for recovery in looks])
    go_on.set()
    assert (await buying).status_code == 201
    assert await standing(database) == [("paid", "captured", "captured")]
    row = await (await database.execute("SELECT count(*) FROM ledger WHERE what = 'order paid'")).fetchone()
    assert row == (1,)


async def test_without_the_open_attempt_a_second_secure_would_void_the_first(
    customer: Fan, services: Services, provider: Interfered, database: Connection, database_url: str
) -> None:
    """The control: were it not for the attempt's outcome, whoever comes second would let the money go."""
    without(database_url, ("secure_order", " AND outcome IS NULL"))
    buying, go_on = await slowly_bought(customer, provider)
    provider.before["capture"] = fall_silent
    await let_time_pass(database)
    await Recovery(services.database, provider, services.buying, services.refunds).look()
    go_on.set()
    await buying
    assert await standing(database) == [("secured", "voided", "voided")]
    await database.execute("UPDATE sandbox.authorisations SET status = 'captured'")


async def test_a_call_that_cannot_succeed_is_put_before_a_human(
    fan: Fan, provider: Interfered, recovery: Recovery, database: Connection
) -> None:
    """A fault of ours at the provider is not repeated for ever, and keeps nobody else from being settled."""
    provider.before["capture"] = fall_silent
    await fan.buy(await fan.held())
    await let_time_pass(database)

    async def be_refused() -> None:
        raise KeyError("no such call")

    provider.before["capture"] = be_refused
    await recovery.look()
    assert await open_cases(database) == ["call-refused"]
    await recovery.look()
    assert await open_cases(database) == ["call-refused"]
    assert await standing(database) == [("secured", "authorised", "authorised")]


async def test_what_stays_unknown_for_a_day_is_put_before_a_human(
    fan: Fan, provider: Interfered, recovery: Recovery, database: Connection
) -> None:
    """A key that the provider may have forgotten would be another payment."""
    provider.before["authorise"] = fall_silent
    await fan.buy(await fan.held())
    provider.before.clear()
    await database.execute("UPDATE payment_attempts SET started_at = started_at - interval '24 hours'")
    await let_time_pass(database)
    await recovery.look()
    assert await open_cases(database) == ["outcome-unknown"]
    assert await standing(database) == [("unknown", "unknown", None)]


async def test_a_bank_that_breaks_its_word_is_told_to_a_human(fan: Fan, database: Connection) -> None:
    """The seats are free again, the order is voided, and somebody is to look at it."""
    answer = await fan.buy(await fan.held(), SandboxMethod.CAPTURE_FAILS)
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (402, "capture_failed", False)
    assert await standing(database) == [("voided", "failed", "voided")]
    assert await open_cases(database) == ["capture-failed"]


async def test_paying_ends_the_fans_other_holds(fan: Fan, database: Connection) -> None:
    """With the purchase the visit is over: what else was held is for others at once."""
    await fan.held(1, "balcony")
    await fan.bought(2)
    rows = await (await database.execute("SELECT state FROM holds ORDER BY placed_at")).fetchall()
    assert rows == [("released",), ("secured",)]


async def test_recovery_goes_on_while_the_database_is_away(recovery: Recovery, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage skips a look and nothing else."""
    looked, real = asyncio.Queue[int](), recovery.look
    answers: list[Callable[[], Awaitable[int]]] = [real, real]

    async def look() -> int:
        looked.put_nowait(len(answers))
        return await answers.pop()()

    monkeypatch.setattr(recovery, "look", look)
    monkeypatch.setattr("checkout.recovery.INTERVAL_SECONDS", 0.01)
    answers[1] = _unavailable
    running = asyncio.create_task(recovery.run())
    for _ in range(2):
        await asyncio.wait_for(looked.get(), 60)
    recovery.stop()
    await running


async def _unavailable() -> int:
    raise OutcomeUnknownError("away")


async def decide(services: Services, database: Connection, *, approves: bool) -> None:
    """Let the buyer answer the bank."""
    row = await (await database.execute("SELECT authorisation FROM sandbox.authorisations")).fetchone()
    assert row is not None
    assert isinstance(services.provider, Sandbox)
    await services.provider.decide(row[0], approves=approves)
