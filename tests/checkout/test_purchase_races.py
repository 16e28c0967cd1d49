"""Races around the money: buyers, attackers, sweepers and vendors at the same order; each lock with its control."""

import asyncio
from collections import Counter

import httpx
import pytest
from psycopg import IntegrityError
from psycopg.errors import CheckViolation

from checkout.holds import Refused
from checkout.payments.sandbox import Sandbox, SandboxMethod
from checkout.recovery import Recovery
from checkout.services import Services
from checkout.values import Document
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import Fan, a_key
from tests.checkout.patches import SESSION_LOCK, without
from tests.checkout.providers import interfere
from tests.checkout.races import all_at_once, forced, gate, held_up
from tests.checkout.sweep import Sweep, expire
from tests.checkout.test_recovery import let_time_pass

SEATS = ("F-A-4", "F-A-5")
WHERE_A_HOLD_IS_DONE = "LOCK TABLE idempotency_keys IN SHARE MODE"
WHERE_REFUNDS_ARE_WRITTEN = "LOCK TABLE refunds IN SHARE MODE"
ORDER_LOCKS = (*SESSION_LOCK, ("cancel_order", "FOR UPDATE"), ("release_hold", "FOR UPDATE"))
WITHOUT_THE_PAYMENTS_LOCK = "(SELECT orders FROM orders WHERE order_id = for_order)"
SECOND_LOOK = """CONTINUE WHEN found.status NOT IN ('awaiting_payment', 'needs_action') OR EXISTS (
            SELECT FROM holds WHERE hold_id = found.hold_id AND state = 'live' AND expires_at > clock_timestamp());"""
TRIGGER = "ALTER TABLE orders DISABLE TRIGGER order_status_follows_the_table"


@pytest.fixture
def recovery(services: Services) -> Recovery:
    """Who looks after what was left."""
    return Recovery(services.database, services.provider, services.buying, services.refunds)


async def status_of(database: Connection, order_id: str) -> str:
    """Where an order is."""
    row = await (await database.execute("SELECT status FROM orders WHERE order_id = %s", (order_id,))).fetchone()
    assert row is not None
    return str(row[0])


async def test_attackers_at_a_buyers_seats_get_nothing(make_fan: MakeFan, sweep: Sweep) -> None:
    """Who pays for held seats has them, however many ask for the same seats meanwhile and give others back."""
    buyer, attackers = await make_fan(), [await make_fan() for _ in range(8)]
    hold_id = (await buyer.hold_seats(*SEATS)).json()["hold_id"]
    said: Counter[str] = Counter()

    async def attack(fan: Fan) -> httpx.Response:
        for _ in range(4):
            taken = await fan.hold_seats(*SEATS)
            said[taken.json()["type"]] += 1
            other = await fan.hold_best(1)
            await fan.call("DELETE", f"/v1/holds/{other.json()['hold_id']}")
        return taken

    answers = await all_at_once([*map(attack, attackers), buyer.buy(hold_id)])
    assert answers == {"201": 1, "seats-unavailable": 8}
    assert said == {"/problems/seats-unavailable": 32}
    assert await sweep.count("SELECT count(*) FROM tickets WHERE is_live") == 2
    assert await sweep.count("SELECT count(*) FROM seats WHERE hold_id IS NOT NULL") == 2


async def paid_too_late(make_fan: MakeFan, services: Services, database: Connection, database_url: str) -> list[int]:
    """The bank takes so long that the hold ends; an attacker has taken the seats, and not yet committed, as it answers.

    Returns the statuses that attacker and buyer were answered.
    """
    buyer, attacker = await make_fan(), await make_fan()
    hold_id, provider = (await buyer.hold_seats(*SEATS)).json()["hold_id"], interfere(services)
    attacks: list[asyncio.Task[httpx.Response]] = []

    async def take_over() -> None:
        await expire(database, hold_id)
        attack = forced(database_url, attacker.hold_seats(*SEATS), at=WHERE_A_HOLD_IS_DONE, callers=2)
        attacks.append(asyncio.create_task(attack))
        await held_up(database, 1)

    provider.after["authorise"] = take_over
    bought = await buyer.buy(hold_id)
    return [(await attacks[0]).status_code, bought.status_code]


@pytest.mark.usefixtures("patient_locks")
async def test_who_pays_too_late_waits_for_the_attacker(
    make_fan: MakeFan, services: Services, database: Connection, database_url: str, sweep: Sweep
) -> None:
    """Seats that somebody is just taking over are not sold: no money moves, and the attacker's hold stands."""
    assert await paid_too_late(make_fan, services, database, database_url) == [201, 410]
    assert await sweep.count("SELECT count(*) FROM sandbox.authorisations WHERE status = 'voided'") == 1
    assert await sweep.count("SELECT count(*) FROM tickets") == 0


@pytest.mark.usefixtures("patient_locks")
async def test_without_the_rows_lock_seats_are_sold_from_under_a_hold(
    make_fan: MakeFan, services: Services, database: Connection, database_url: str
) -> None:
    """The control: who secures without the lock of the rows does not see that the seats are being taken."""
    without(database_url, ("lock_whole_hold", "PERFORM lock_rows(its_seats);"))
    assert await paid_too_late(make_fan, services, database, database_url) == [201, 201]
    assert await Sweep(database).broken() != {}


async def approved(fan: Fan, services: Services, database: Connection, *, is_late: bool = False) -> Document:
    """An order whose buyer has done what the bank asked for; nobody has looked yet."""
    hold_id = await fan.held(1)
    answer = (await fan.buy(hold_id, SandboxMethod.NEEDS_ACTION)).json()
    payment_id, reference = (
        await (
            await database.execute(
                "SELECT payment_id, reference FROM payments WHERE order_id = %s", (answer["order_id"],)
            )
        ).fetchall()
    )[0]
    assert isinstance(services.provider, Sandbox)
    await services.provider.decide(reference, approves=True)
    if is_late:
        await expire(database, hold_id)
        await database.execute("UPDATE holds SET expires_at = expires_at - interval '10 seconds'")
    return {"order_id": answer["order_id"], "payment_id": payment_id, "reference": reference}


async def test_sweepers_against_pay_end_in_one_of_both(
    make_fan: MakeFan, services: Services, recovery: Recovery, database: Connection, sweep: Sweep
) -> None:
    """An approved order whose hold has ended is paid or has expired; what was reserved is taken or let go."""
    ended: Counter[str] = Counter()
    for _ in range(4):
        fan = await make_fan()
        order = await approved(fan, services, database, is_late=True)
        confirm = fan.call("POST", f"/v1/orders/{order['order_id']}/confirm")
        await asyncio.gather(confirm, *[recovery.look() for _ in range(3)])
        await let_time_pass(database)
        await recovery.look()
        ended[await status_of(database, order["order_id"])] += 1
    assert set(ended) <= {"paid", "expired"}
    for ours, banks in (("paid", "captured"), ("expired", "voided")):
        reserved = f"SELECT count(*) FROM sandbox.authorisations WHERE status = '{banks}'"
        assert await sweep.count(reserved) == ended[ours]


async def swept_while_it_is_paid(
    fan: Fan, services: Services, recovery: Recovery, database: Connection, database_url: str
) -> str:
    """The sweeper has found an order whose hold has ended; before it has the lock, the order is secured."""
    order = await approved(fan, services, database, is_late=True)
    session_id = services.sessions.read(fan.session)
    async with gate(database_url, f"SELECT lock_session('{session_id}')") as rival:
        sweeper = asyncio.create_task(recovery.look())
        await held_up(rival, 1)
        await rival.execute("SELECT begin_confirm(%(order_id)s, NULL)", order)
        await rival.execute("SELECT secure_order(%(payment_id)s, 'confirm', %(reference)s)", order)
    await sweeper
    return str(order["order_id"])


@pytest.mark.usefixtures("patient_locks")
async def test_a_sweeper_looks_again_when_it_has_the_lock(
    fan: Fan, services: Services, recovery: Recovery, database: Connection, database_url: str, sweep: Sweep
) -> None:
    """What was secured since the sweeper's first look is left alone."""
    order_id = await swept_while_it_is_paid(fan, services, recovery, database, database_url)
    assert await status_of(database, order_id) == "secured"
    await let_time_pass(database)
    await recovery.look()
    assert await status_of(database, order_id) == "paid"
    assert await sweep.count("SELECT count(*) FROM tickets WHERE is_live") == 1


@pytest.mark.usefixtures("patient_locks")
async def test_without_the_second_look_a_sweeper_ends_what_is_secured(
    fan: Fan, services: Services, recovery: Recovery, database: Connection, database_url: str
) -> None:
    """The control: the first look alone would end it; the table of steps, the last guard, refuses that."""
    without(database_url, ("expire_orders", SECOND_LOOK))
    with pytest.raises(CheckViolation):
        await swept_while_it_is_paid(fan, services, recovery, database, database_url)


async def test_cancel_against_what_the_bank_asked_for_ends_in_one_of_both(
    make_fan: MakeFan, services: Services, recovery: Recovery, database: Connection, sweep: Sweep
) -> None:
    """Who cancels and confirms an approved order at once has paid or has cancelled it, and the reservation follows."""
    ended: Counter[str] = Counter()
    for _ in range(4):
        fan = await make_fan()
        order = await approved(fan, services, database)
        address = f"/v1/orders/{order['order_id']}"
        await all_at_once([fan.call("POST", f"{address}/{deed}") for deed in ("confirm", "cancel", "cancel")])
        await let_time_pass(database)
        await recovery.look()
        ended[await status_of(database, order["order_id"])] += 1
    assert set(ended) <= {"paid", "cancelled"}
    assert await sweep.count("SELECT count(*) FROM tickets WHERE is_live") == ended["paid"]
    assert await sweep.count("SELECT count(*) FROM sandbox.authorisations WHERE status = 'captured'") == ended["paid"]


async def cancelled_while_it_is_paid(
    fan: Fan, services: Services, database: Connection, database_url: str, browser: httpx.AsyncClient
) -> int:
    """A buyer cancels an order that is just being secured; returns the status of the answer."""
    order = await approved(fan, services, database)
    async with gate(database_url, f"SELECT begin_confirm('{order['order_id']}', NULL)") as rival:
        cancel = Fan(browser, fan.session).call("POST", f"/v1/orders/{order['order_id']}/cancel")
        running = asyncio.create_task(cancel)
        await held_up(rival, 1)
        await rival.execute("SELECT secure_order(%(payment_id)s, 'confirm', %(reference)s)", order)
    return (await running).status_code


@pytest.mark.usefixtures("patient_locks")
async def test_who_cancels_what_is_being_secured_is_told_so(
    fan: Fan, services: Services, database: Connection, database_url: str, browser: httpx.AsyncClient, sweep: Sweep
) -> None:
    """The cancellation waits for the purchase, and comes too late."""
    assert await cancelled_while_it_is_paid(fan, services, database, database_url, browser) == 409
    assert await sweep.count("SELECT count(*) FROM orders WHERE status = 'secured'") == 1


@pytest.mark.usefixtures("patient_locks")
async def test_without_its_locks_a_cancellation_is_stopped_by_the_table_of_steps(
    fan: Fan, services: Services, database: Connection, database_url: str, browser: httpx.AsyncClient, sweep: Sweep
) -> None:
    """The guard behind the locks: no step leads from secured to cancelled."""
    without(database_url, *ORDER_LOCKS)
    assert await cancelled_while_it_is_paid(fan, services, database, database_url, browser) == 500
    assert await sweep.count("SELECT count(*) FROM orders WHERE status = 'secured'") == 1


@pytest.mark.usefixtures("patient_locks")
async def test_without_locks_and_steps_a_secured_order_is_cancelled(
    fan: Fan, services: Services, database: Connection, database_url: str, browser: httpx.AsyncClient
) -> None:
    """The control: with both gone an order is cancelled that has its tickets."""
    without(database_url, *ORDER_LOCKS)
    await database.execute(TRIGGER)
    assert await cancelled_while_it_is_paid(fan, services, database, database_url, browser) == 200
    assert "a guaranteed order lacks a ticket or an ended one has one" in await Sweep(database).broken()


async def refunds_at_once(services: Services, order_id: str, *, keys: list[str]) -> list[Document | Refused]:
    """Ask for the whole order's money under each of these keys, at one moment."""
    refund, reason = services.refunds.refund, "rain"
    return await asyncio.gather(*[refund(order_id, lines=None, reason=reason, key=key) for key in keys])


GIVEN_BACK = "SELECT sum(refunded) FROM sandbox.authorisations"


async def test_twenty_times_the_same_refund_gives_back_once(fan: Fan, services: Services, sweep: Sweep) -> None:
    """One key is one refund, and everyone who asked is told of it."""
    order_id = (await fan.bought(2)).json()["order_id"]
    answers = await refunds_at_once(services, order_id, keys=["k"] * 20)
    assert {answer["refund_id"] for answer in answers if not isinstance(answer, Refused)} != set()
    assert all(not isinstance(answer, Refused) for answer in answers)
    assert await sweep.count("SELECT count(*) FROM refunds") == 1
    assert await sweep.count(GIVEN_BACK) == 10_000


@pytest.mark.parametrize("keys", ["kk", "kl"], ids=["one-key", "two-keys"])
@pytest.mark.usefixtures("patient_locks")
async def test_without_the_payments_lock_a_constraint_stops_a_second_refund(
    fan: Fan, services: Services, database_url: str, sweep: Sweep, keys: str
) -> None:
    """The control: without the lock both begin, under one key or two; the constraints behind it stop one."""
    without(database_url, ("open_refund", "lock_payment(paid_by)"), instead=WITHOUT_THE_PAYMENTS_LOCK)
    order_id = (await fan.bought(2)).json()["order_id"]
    refunds = refunds_at_once(services, order_id, keys=list(keys))
    with pytest.raises(IntegrityError):
        await forced(database_url, refunds, at=WHERE_REFUNDS_ARE_WRITTEN)
    await services.refunds.refund(order_id, lines=None, reason="rain", key=keys[0])
    assert await sweep.count("SELECT count(*) FROM refunds") == 1


async def test_a_refund_against_a_cancelled_event_gives_back_once(
    make_fan: MakeFan, services: Services, database: Connection, sweep: Sweep
) -> None:
    """A vendor refunds lines while the event is cancelled, by two workers: all of the money goes back, once."""
    orders = [(await (await make_fan()).bought(2)).json()["order_id"] for _ in range(3)]
    await database.execute("UPDATE events SET cancelled_at = clock_timestamp()")
    event_id = await sweep.count("SELECT event_id FROM events")
    lines = [
        services.refunds.refund(order_id, lines=lines, reason="rain", key=a_key())
        for order_id in orders
        for lines in ([1], [2], None)
    ]
    answers = await asyncio.gather(*lines, *[services.refunds.refund_event(event_id) for _ in range(2)])
    assert any(isinstance(answer, Refused) for answer in answers)
    assert [await status_of(database, order_id) for order_id in orders] == ["refunded"] * 3
    assert await sweep.count(GIVEN_BACK) == 30_000
