"""Refunds: money goes back once, tickets end when it does, and the seats are for others."""

import asyncio

import pytest

from checkout.holds import Refused
from checkout.recovery import Recovery
from checkout.services import Services
from checkout.values import Document
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import Fan, a_key
from tests.checkout.patches import without
from tests.checkout.providers import Interfered, interfere
from tests.checkout.test_recovery import fall_silent, let_time_pass, open_cases

pytestmark = pytest.mark.usefixtures("sweep")


@pytest.fixture
def provider(services: Services) -> Interfered:
    """The sandbox, with which a test interferes."""
    return interfere(services)


async def bought(fan: Fan, quantity: int = 2) -> str:
    """Buy seats and return the order's id."""
    order_id: str = (await fan.bought(quantity)).json()["order_id"]
    return order_id


async def refund(
    services: Services, order_id: str, *, lines: list[int] | None = None, key: str | None = None
) -> Document:
    """Ask for a refund that is taken on."""
    answer = await services.refunds.refund(order_id, lines=lines, reason="rain", key=key or a_key())
    assert not isinstance(answer, Refused), answer
    return answer


async def refused(services: Services, order_id: str, *, lines: list[int] | None = None) -> str:
    """Ask for a refund that is refused, and return why."""
    answer = await services.refunds.refund(order_id, lines=lines, reason="rain", key=a_key())
    assert isinstance(answer, Refused), answer
    return answer.reason


async def seen(database: Connection, order_id: str) -> tuple[object, ...]:
    """The order's status, its live tickets, the sold seats, and what the bank gave back."""
    row = await (
        await database.execute(
            "SELECT status, (SELECT count(*) FROM tickets WHERE order_id = %(order)s AND is_live), "
            "(SELECT count(*) FROM seats WHERE is_sold), "
            "(SELECT sum(refunded)::integer FROM sandbox.authorisations) FROM orders WHERE order_id = %(order)s",
            {"order": order_id},
        )
    ).fetchone()
    assert row is not None
    return tuple(row)


async def test_a_whole_refund_ends_every_ticket(fan: Fan, services: Services, database: Connection) -> None:
    """All of the money goes back, and the seats can be bought by others."""
    order_id = await bought(fan)
    answer = await refund(services, order_id)
    assert (answer["status"], answer["amount"], answer["lines"]) == ("refunded", 10_000, [1, 2])
    assert await seen(database, order_id) == ("refunded", 0, 0, 10_000)


async def test_what_cost_nothing_is_bought_and_given_back_without_a_provider(
    fan: Fan, services: Services, provider: Interfered, database: Connection
) -> None:
    """Nobody takes or gives back an amount of zero; the tickets are as good, and end, as all others."""
    await database.execute("UPDATE categories SET price = 0")
    provider.before["authorise"] = provider.before["capture"] = provider.before["refund"] = fall_silent
    order = (await fan.bought(2)).json()
    assert (order["status"], order["total"]["amount"], len(order["tickets"])) == ("paid", 0, 2)
    assert (await refund(services, order["order_id"], lines=[1]))["status"] == "refunded"
    assert (await refund(services, order["order_id"]))["status"] == "refunded"
    assert await seen(database, order["order_id"]) == ("refunded", 0, 0, None)


async def test_a_line_is_refunded_by_itself(fan: Fan, services: Services, database: Connection) -> None:
    """One ticket ends, the other holds; with the second line all is back."""
    order_id = await bought(fan)
    assert (await refund(services, order_id, lines=[2]))["amount"] == 5_000
    assert await seen(database, order_id) == ("partly_refunded", 1, 1, 5_000)
    assert (await refund(services, order_id))["lines"] == [1]
    assert await seen(database, order_id) == ("refunded", 0, 0, 10_000)


async def test_a_refunded_seat_is_sold_again(make_fan: MakeFan, services: Services, database: Connection) -> None:
    """A refund is no reason to be sold out (Hi.Events 823 refused such a seat)."""
    first, second = await make_fan(), await make_fan()
    order_id = (await first.bought(3, "balcony")).json()["order_id"]
    await refund(services, order_id)
    assert (await second.bought(3, "balcony")).json()["status"] == "paid"
    assert (await seen(database, order_id))[:3] == ("refunded", 0, 3)


async def test_the_same_key_is_the_same_refund(fan: Fan, services: Services, database: Connection) -> None:
    """Ten at once under one key give back once."""
    order_id = await bought(fan)
    answers = await asyncio.gather(*[refund(services, order_id, lines=[1], key="k") for _ in range(10)])
    assert len({answer["refund_id"] for answer in answers}) == 1
    assert await seen(database, order_id) == ("partly_refunded", 1, 1, 5_000)


async def test_two_keys_for_one_line_give_back_once(fan: Fan, services: Services, database: Connection) -> None:
    """Whoever comes second is told that there is nothing left of it."""
    order_id = await bought(fan, 1)
    answers = await asyncio.gather(
        *[services.refunds.refund(order_id, lines=[1], reason="rain", key=a_key()) for _ in range(6)]
    )
    assert sum(not isinstance(answer, Refused) for answer in answers) == 1
    assert await seen(database, order_id) == ("refunded", 0, 0, 5_000)


async def test_without_its_lock_a_line_would_be_asked_for_twice(
    fan: Fan, services: Services, database: Connection, database_url: str
) -> None:
    """The control: with no look at what is being given back, the unique index alone stands between, and breaks."""
    without(database_url, ("open_refund", "NOT coalesce(of_lines, open_lines) <@ open_lines"), instead="false")
    order_id = await bought(fan)
    await refund(services, order_id, lines=[1])
    with pytest.raises(Exception, match="one_live_refund_a_line"):
        await services.refunds.refund(order_id, lines=[1], reason="rain", key=a_key())
    assert await seen(database, order_id) == ("partly_refunded", 1, 1, 5_000)


async def test_what_cannot_be_refunded_is_refused(fan: Fan, services: Services, database: Connection) -> None:
    """An order that is unknown, unpaid or refunded, and lines that are not its own."""
    assert await refused(services, "order_nobody") == "order-missing"
    unpaid = (await fan.buy(await fan.held(1), "pm_card_chargeDeclined")).json()["order_id"]
    assert await refused(services, unpaid) == "order-not-refundable"
    order_id = await bought(fan, 1)
    assert await refused(services, order_id, lines=[7]) == "lines-not-refundable"
    await refund(services, order_id)
    assert await refused(services, order_id) == "order-not-refundable"
    assert (await seen(database, order_id))[0] == "refunded"


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_silent_bank_is_asked_again_and_gives_back_once(
    fan: Fan, services: Services, provider: Interfered, database: Connection, when: str
) -> None:
    """Until it answers the tickets hold; whether it had acted or not, the money goes back once."""
    order_id = await bought(fan)
    getattr(provider, when)["refund"] = fall_silent
    assert (await refund(services, order_id))["status"] == "started"
    assert (await seen(database, order_id))[:3] == ("paid", 2, 2)
    getattr(provider, when).clear()
    await let_time_pass(database)
    await Recovery(services.database, provider, services.buying, services.refunds).look()
    assert await seen(database, order_id) == ("refunded", 0, 0, 10_000)


async def test_a_refund_that_cannot_be_is_told_to_a_human(fan: Fan, services: Services, database: Connection) -> None:
    """The tickets hold, since the money is still ours; after that another way can be tried."""
    order_id = await bought(fan)
    await database.execute("UPDATE sandbox.authorisations SET refunded = amount")
    assert (await refund(services, order_id))["status"] == "failed"
    await database.execute("UPDATE sandbox.authorisations SET refunded = 0")
    assert await seen(database, order_id) == ("paid", 2, 2, 0)
    assert await open_cases(database) == ["refund-failed"]
    assert (await refund(services, order_id))["status"] == "refunded"


async def test_an_events_refund_is_safe_to_repeat(
    make_fan: MakeFan, services: Services, provider: Interfered, database: Connection
) -> None:
    """Every paid order is refunded whole, once, also when the job is killed half-way and run again."""
    orders = [await bought(await make_fan()) for _ in range(3)]
    row = await (await database.execute("SELECT event_id FROM orders LIMIT 1")).fetchone()
    assert row is not None

    async def be_killed() -> None:
        raise KeyboardInterrupt

    await services.refunds.refund(orders[0], lines=[1], reason="rain", key=a_key())
    provider.after["refund"] = be_killed
    with pytest.raises(KeyboardInterrupt):
        await services.refunds.refund_event(row[0])
    provider.after.clear()
    await services.refunds.refund_event(row[0])
    await let_time_pass(database)
    await Recovery(services.database, provider, services.buying, services.refunds).look()
    assert [(await seen(database, order_id))[0] for order_id in orders] == ["refunded"] * 3
    assert (await seen(database, orders[0]))[3] == 30_000


async def test_money_that_comes_after_the_event_was_cancelled_goes_back(
    fan: Fan, services: Services, provider: Interfered, database: Connection
) -> None:
    """Secured before, captured after: the refund of the event did not find this order paid, so another is begun."""
    provider.before["capture"] = fall_silent
    assert (await fan.buy(await fan.held())).status_code == 202
    await database.execute("UPDATE events SET cancelled_at = clock_timestamp()")
    provider.before.clear()
    await let_time_pass(database)
    await Recovery(services.database, provider, services.buying, services.refunds).look()
    jobs = "SELECT args ->> 'event_id' FROM procrastinate_jobs WHERE task_name = 'refund_event'"
    rows = await (await database.execute(jobs)).fetchall()
    assert rows == await (await database.execute("SELECT event_id::text FROM events")).fetchall()


async def test_one_refund_that_is_refused_keeps_no_other_buyer_from_theirs(
    make_fan: MakeFan, services: Services, provider: Interfered, database: Connection
) -> None:
    """The provider refuses the first call as wrong: the others' money goes back, and a human is told of the one."""
    orders = [await bought(await make_fan()) for _ in range(3)]
    row = await (await database.execute("SELECT event_id FROM orders LIMIT 1")).fetchone()
    assert row is not None
    calls: list[None] = []

    async def refuse_the_first() -> None:
        calls.append(None)
        if len(calls) == 1:
            raise KeyError("no such call")

    provider.before["refund"] = refuse_the_first
    await services.refunds.refund_event(row[0])
    assert sorted([str((await seen(database, order_id))[0]) for order_id in orders]) == ["paid", "refunded", "refunded"]

    calls.clear()
    await let_time_pass(database)
    await Recovery(services.database, provider, services.buying, services.refunds).look()
    assert await open_cases(database) == ["call-refused"]
