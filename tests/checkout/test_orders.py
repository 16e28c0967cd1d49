"""The states of an order."""

import psycopg
import pytest
from psycopg.errors import CheckViolation, RestrictViolation

from checkout.orders import TRANSITIONS, OrderStatus, may_follow
from tests.checkout.conftest import Connection
from tests.checkout.fans import Fan


def test_a_paid_order_is_never_unpaid_again() -> None:
    """Money that was taken leaves by a refund and by nothing else."""
    assert TRANSITIONS[OrderStatus.PAID] == {OrderStatus.PARTLY_REFUNDED, OrderStatus.REFUNDED}


def test_only_secured_orders_are_paid() -> None:
    """Nobody pays for a seat that is not theirs."""
    assert [old for old in OrderStatus if may_follow(old, OrderStatus.PAID)] == [OrderStatus.SECURED]


@pytest.mark.parametrize("status", ["cancelled", "expired", "voided", "refunded"])
def test_an_end_is_an_end(status: str) -> None:
    """Nothing follows a final state."""
    assert OrderStatus(status).is_final


async def test_the_database_has_the_same_table(database: Connection) -> None:
    """The trigger's copy is the table of orders.py, pair by pair."""
    rows = await (await database.execute("SELECT from_status, to_status FROM order_transitions")).fetchall()
    assert set(rows) == {(old, new) for old, followers in TRANSITIONS.items() for new in followers}


async def test_the_database_refuses_every_other_step(fan: Fan, database: Connection) -> None:
    """A step that the table does not have is refused, whoever asks for it."""
    await fan.bought()
    forbidden = [status for status in OrderStatus if not may_follow(OrderStatus.PAID, status)]
    assert OrderStatus.CANCELLED in forbidden
    for status in forbidden:
        if status is not OrderStatus.PAID:
            with pytest.raises(CheckViolation):
                await database.execute("UPDATE orders SET status = %s", [status])


@pytest.mark.parametrize("change", ["UPDATE ledger SET what = 'x'", "DELETE FROM ledger", "TRUNCATE ledger"])
async def test_the_ledger_is_insert_only(fan: Fan, database: Connection, change: str) -> None:
    """What was written stays written."""
    await fan.bought()
    with pytest.raises(RestrictViolation):
        await database.execute(change.encode())


async def test_each_state_of_an_order_is_in_the_ledger(fan: Fan, database: Connection) -> None:
    """The ledger tells an order's whole way, in its order."""
    await fan.bought()
    rows = await (await database.execute("SELECT what FROM ledger WHERE order_id IS NOT NULL ORDER BY 1")).fetchall()
    assert {what for (what,) in rows} == {
        "order awaiting_payment",
        "order authorising",
        "order secured",
        "order paid",
        "payment started",
        "payment authorised",
        "payment captured",
    }


async def test_a_second_live_ticket_for_a_seat_is_impossible(fan: Fan, database: Connection) -> None:
    """The last guard is an index: even a wrong program sells a seat once."""
    await fan.bought()
    with pytest.raises(psycopg.errors.UniqueViolation):
        await database.execute(
            "INSERT INTO tickets (ticket_id, order_id, line, event_id, seat_id) "
            "SELECT 'another', order_id, line, event_id, seat_id FROM tickets"
        )
