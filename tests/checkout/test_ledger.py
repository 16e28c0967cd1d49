"""The ledger's proof: it holds after a sale with everything in it, and each rule finds what breaks it."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from click.testing import CliRunner, Result

from checkout.ledger import Ledger
from checkout.payments.sandbox import SandboxMethod
from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import Fan, a_key
from waitroom.cli import main
from waitroom.settings import PREFIX

Command = Callable[..., Awaitable[Result]]
BREAKS = {
    "a seat is sold without a ticket or has one and is not sold": "UPDATE tickets SET is_live = false WHERE line = 2",
    "a guaranteed order lacks a ticket or an ended one has one": "UPDATE tickets SET is_live = false WHERE line = 2",
    "a paid order has a ticket without a proof": "UPDATE tickets SET proof = NULL",
    "a paid order is not paid for once and in full": "UPDATE payments SET amount = amount - 1",
    "money was taken for an order that is not paid": "UPDATE orders SET status = 'voided' WHERE status = 'paid'",
    "money stays reserved for an order that has ended": (
        "UPDATE payments SET status = 'authorised' FROM orders "
        "WHERE orders.order_id = payments.order_id AND orders.status = 'cancelled'"
    ),
    "a refunded order has not had all its money back or another too much": "UPDATE refunds SET amount = amount - 1",
    "the ledgers last word on an order is another": (
        "UPDATE orders SET status = 'partly_refunded' WHERE status = 'paid'"
    ),
    "the ledgers last word on a payment is another": "UPDATE payments SET status = 'failed'",
    "the ledger names an order that there is not": (
        "INSERT INTO ledger (event_id, what, order_id) SELECT event_id, 'order paid', 'order_x' FROM events"
    ),
    "an order skipped a step": (
        "INSERT INTO ledger (event_id, what, order_id) SELECT event_id, 'order refunded', order_id "
        "FROM orders WHERE status = 'cancelled'"
    ),
    "the seats that the ledger sold are not those that are sold": (
        "UPDATE seats SET is_sold = true, hold_id = 'hold_x', held_until = NULL "
        "WHERE seat_id = (SELECT max(seat_id) FROM seats)"
    ),
    "a rows summary is not what its seats are": "UPDATE seating_rows SET sold_seats = 0 WHERE sold_seats > 0",
}


@pytest.fixture
def command(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line on the test's database."""
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", database_url)
    return lambda *words: asyncio.to_thread(CliRunner().invoke, main, list(words))


@pytest.fixture
async def sale(make_fan: MakeFan, services: Services) -> Fan:
    """A small sale: bought, declined, cancelled, refunded whole and in part."""
    fan = await make_fan()
    await fan.bought(2)
    refunded = (await (await make_fan()).bought(2)).json()["order_id"]
    await services.refunds.refund(refunded, lines=[1], reason="rain", key=a_key())
    whole = (await (await make_fan()).bought(1)).json()["order_id"]
    await services.refunds.refund(whole, lines=None, reason="rain", key=a_key())
    undecided = await make_fan()
    order_id = (await undecided.buy(await undecided.held(), SandboxMethod.DECLINED)).json()["order_id"]
    await undecided.call("POST", f"/v1/orders/{order_id}/cancel")
    return fan


async def broken_rules(services: Services) -> set[str]:
    """The rules that are broken now."""
    return {broken.rule for broken in await Ledger(services.database).check()}


@pytest.mark.usefixtures("sale")
async def test_after_a_sale_everything_agrees(services: Services, database: Connection) -> None:
    """Seats, orders, payments, tickets, refunds and the ledger say the same, and something was there to agree."""
    ledger = Ledger(services.database)
    assert await ledger.check() == []
    assert await ledger.check_provider(services.provider) == []
    row = await (await database.execute("SELECT count(*) FROM ledger WHERE what = 'order paid'")).fetchone()
    assert row == (3,)


@pytest.mark.usefixtures("sale")
@pytest.mark.parametrize("rule", BREAKS)
async def test_each_rule_finds_what_breaks_it(services: Services, database: Connection, rule: str) -> None:
    """The negative controls: what is made wrong behind the triggers' back is found, under the rule's own name."""
    await database.execute("SET session_replication_role = replica")
    await database.execute(BREAKS[rule].encode())
    assert rule in await broken_rules(services)


async def test_every_rule_has_its_control(services: Services) -> None:
    """A rule that nothing was seen to break proves nothing; two tickets are impossible by an index."""
    assert set(Ledger(services.database).rules) - set(BREAKS) == {"a seat has two live tickets"}


@pytest.mark.usefixtures("sale")
async def test_two_tickets_for_one_seat_are_found(services: Services, database: Connection) -> None:
    """The index that forbids them is taken away first."""
    await database.execute("DROP INDEX one_live_ticket_a_seat")
    await database.execute(
        "UPDATE tickets SET seat_id = (SELECT min(seat_id) FROM tickets WHERE is_live) WHERE is_live"
    )
    assert "a seat has two live tickets" in await broken_rules(services)


@pytest.mark.usefixtures("sale")
async def test_the_providers_books_are_compared(services: Services, database: Connection) -> None:
    """Money that the provider let go, and we count as taken, is found."""
    await database.execute("UPDATE sandbox.authorisations SET status = 'voided' WHERE refunded = 0")
    broken = await Ledger(services.database).check_provider(services.provider)
    assert [found.which.partition(": ")[2] for found in broken] == ["ours captured, theirs voided"]


@pytest.mark.usefixtures("sale")
async def test_the_command_says_that_the_books_agree(command: Command, database: Connection) -> None:
    """Exit 0 with every rule; exit 1 with the rule and who breaks it."""
    agreed = await command("ledger", "check", "--provider")
    assert (agreed.exit_code, agreed.output.splitlines()[-1]) == (0, "The books agree."), agreed.output
    await database.execute("UPDATE tickets SET proof = NULL WHERE line = 2")
    broken = await command("ledger", "check")
    assert broken.exit_code == 1
    assert "BROKEN  never: a paid order has a ticket without a proof\n        gig: order_" in broken.output


@pytest.mark.usefixtures("sale")
async def test_the_ledger_is_exported_in_its_order(command: Command) -> None:
    """As JSON lines and as CSV, whole or of one event."""
    lines = [json.loads(line) for line in (await command("ledger", "export")).output.splitlines()]
    assert [line["entry_id"] for line in lines] == sorted(line["entry_id"] for line in lines)
    assert {"hold placed", "order secured", "payment captured", "refund refunded"} <= {line["what"] for line in lines}
    table = (await command("ledger", "export", "--format", "csv", "--event", "gig")).output.splitlines()
    assert table[0].startswith("entry_id,at,event,what")
    assert len(table) == len(lines) + 1
    assert (await command("ledger", "export", "--event", "none")).output == ""


async def test_a_case_is_listed_with_what_to_do_and_closed(command: Command, fan: Fan) -> None:
    """A human sees what happened, does something, and writes down what."""
    await fan.buy(await fan.held(), SandboxMethod.CAPTURE_FAILS)
    listed = (await command("cases", "list")).output
    assert "capture-failed" in listed
    assert "Write to the buyer" in listed
    case_id = listed.partition("\t")[0]
    assert (await command("cases", "retry", case_id)).exit_code == 2
    assert (await command("cases", "close", case_id, "--with", "offered other seats")).exit_code == 0
    assert (await command("cases", "list")).output == "Nothing waits for a human.\n"
    assert (await command("cases", "close", case_id, "--with", "again")).exit_code == 2
