"""Whole purchases with Stripe: whatever is lost, late, twice or out of order, money and tickets agree at the end."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import stripe

from checkout.ledger import Ledger
from checkout.recovery import Recovery
from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import Fan, a_key, problem
from tests.checkout.payments.books import Books
from tests.checkout.payments.fault_proxy import Fault, FaultProxy
from tests.checkout.payments.stand_in import WEBHOOK_SECRET, with_stripe
from tests.checkout.sweep import expire
from tests.checkout.test_recovery import let_time_pass
from waitroom.settings import Settings

DECLINES = "pm_card_chargeCustomerFail"
ASKS = "4000002500003155"
LOST = [Fault.REQUEST_LOST, Fault.REPLY_LOST, Fault.BROKEN, Fault.BUSY]


@pytest.fixture
def checkout_settings(checkout_settings: Settings, proxy: FaultProxy) -> Settings:
    """A shop that takes payments by Stripe, for which the proxy stands in."""
    return with_stripe(checkout_settings, stand_in_url=proxy.url)


@pytest.fixture
async def books(database: Connection, proxy: FaultProxy) -> AsyncIterator[Books]:
    """Money and tickets, checked again when the test is over."""
    books = Books(database, proxy)
    yield books
    assert await books.broken() == []


@pytest.fixture
def recovery(services: Services) -> Recovery:
    """Who looks after what was left."""
    return Recovery(services.database, services.provider, services.buying, services.refunds)


class Sale:
    """What a test does besides buying: let time pass, deliver webhooks, run what follows from them."""

    def __init__(self, client: httpx.AsyncClient, database: Connection, recovery: Recovery, proxy: FaultProxy) -> None:
        self.client = client
        self.database = database
        self.recovery = recovery
        self.proxy = proxy

    async def later(self) -> int:
        """Let what is due be settled; returns how many calls that were."""
        await let_time_pass(self.database)
        return await self.recovery.look()

    async def tell(self, kind: str, *, times: int = 1) -> None:
        """Deliver Stripe's event about its newest PaymentIntent, and run the jobs that follow."""
        intent = (await self.proxy.books())[-1]
        event = {"id": f"evt_{kind}", "object": "event", "type": kind, "data": {"object": intent}}
        body = json.dumps(event).encode()
        signature = stripe.WebhookSignature.generate_signature_header(body.decode(), WEBHOOK_SECRET)
        await self.deliver(body, signature, times=times)

    async def deliver(self, body: bytes, signature: str, *, times: int = 1) -> None:
        """Deliver a signed event so many times, and run the jobs that follow."""
        for _ in range(times):
            answer = await self.client.post(
                "/v1/webhooks/stripe", content=body, headers={"Stripe-Signature": signature}
            )
            assert answer.status_code == 200
        await self.run_jobs()

    async def run_jobs(self) -> None:
        """Do what the worker does with the settling that was deferred."""
        jobs = await self.database.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = 'settle_payment' RETURNING args ->> 'payment_id'"
        )
        for (payment_id,) in await jobs.fetchall():
            await self.recovery.settle(payment_id)

    async def statuses(self) -> list[str]:
        """How the orders stand."""
        rows = await (await self.database.execute("SELECT status FROM orders ORDER BY created_at")).fetchall()
        return [status for (status,) in rows]

    async def cases(self) -> list[str]:
        """What waits for a human."""
        rows = await (await self.database.execute("SELECT kind FROM cases ORDER BY case_id")).fetchall()
        return [kind for (kind,) in rows]


@pytest.fixture
def sale(client: httpx.AsyncClient, database: Connection, recovery: Recovery, proxy: FaultProxy) -> Sale:
    """A sale with everything around it."""
    return Sale(client, database, recovery, proxy)


async def test_a_card_that_pays(fan: Fan, books: Books) -> None:
    """Reserved, secured, taken: three answers, one payment."""
    order = (await fan.bought(2)).json()
    assert (order["status"], order["guaranteed"], len(order["tickets"])) == ("paid", True, 2)
    assert await books.standings() == ["succeeded"]


async def test_a_decline_keeps_the_seats_and_another_card_pays(fan: Fan, books: Books) -> None:
    """A second try is a PaymentIntent of its own under a key of its own."""
    hold_id = await fan.held()
    declined = await fan.buy(hold_id, DECLINES)
    assert (declined.status_code, problem(declined)) == (402, "payment-declined")
    assert (declined.json()["code"], declined.json()["retryable"]) == ("generic_decline", True)
    assert (await fan.buy(hold_id)).status_code == 201
    assert sorted(await books.standings()) == ["requires_payment_method", "succeeded"]


async def test_a_method_that_is_none_leaves_no_order(fan: Fan, proxy: FaultProxy, sale: Sale) -> None:
    """Neither a card's number nor any other thing goes to Stripe as a method."""
    for method in ("4242424242424242", "pm_4242424242424242", "tok_visa", "visa"):
        assert (await fan.buy(await fan.held(1), method)).status_code == 422
    assert (proxy.calls, await sale.statuses()) == ([], [])


async def test_the_bank_asks_and_the_buyer_approves(fan: Fan, proxy: FaultProxy, books: Books) -> None:
    """The client secret goes to the buyer's own page, and confirming afterwards asks Stripe what came of it."""
    asked = await fan.buy(await fan.held(), await proxy.card(ASKS))
    assert (asked.status_code, problem(asked)) == (402, "payment-action-required")
    action, order_id = asked.json()["next_action"], asked.json()["order_id"]
    assert action["type"] == "stripe"
    hasty = await fan.call("POST", f"/v1/orders/{order_id}/confirm")
    assert problem(hasty) == "payment-action-required"
    await proxy.authenticate(action["client_secret"], succeeds=True)
    paid = await fan.call("POST", f"/v1/orders/{order_id}/confirm")
    assert (paid.status_code, paid.json()["status"]) == (200, "paid")
    assert await books.standings() == ["succeeded"]


@pytest.mark.usefixtures("books")
async def test_the_bank_asks_and_the_buyer_refuses(fan: Fan, proxy: FaultProxy) -> None:
    """Refused is declined: the seats wait for another card."""
    hold_id = await fan.held()
    asked = (await fan.buy(hold_id, await proxy.card(ASKS))).json()
    await proxy.authenticate(asked["next_action"]["client_secret"], succeeds=False)
    declined = await fan.call("POST", f"/v1/orders/{asked['order_id']}/confirm")
    assert (problem(declined), declined.json()["retryable"]) == ("payment-declined", True)
    assert (await fan.buy(hold_id)).status_code == 201


@pytest.mark.parametrize("by", ["webhook", "looking"])
@pytest.mark.usefixtures("books")
async def test_who_approves_and_never_comes_back_has_tickets(fan: Fan, proxy: FaultProxy, sale: Sale, by: str) -> None:
    """The page was closed in the bank's window: the news, or a look, finishes the order."""
    asked = (await fan.buy(await fan.held(), await proxy.card(ASKS))).json()
    await sale.later()
    assert await sale.statuses() == ["needs_action"]
    await proxy.authenticate(asked["next_action"]["client_secret"], succeeds=True)
    if by == "webhook":
        await sale.tell("payment_intent.amount_capturable_updated")
    else:
        await sale.later()
    assert await sale.statuses() == ["paid"]


async def test_who_is_asked_and_leaves_pays_nothing(
    fan: Fan, proxy: FaultProxy, sale: Sale, database: Connection, books: Books
) -> None:
    """When the hold has ended what was begun is let go, also after a late approval."""
    hold_id = await fan.held()
    asked = (await fan.buy(hold_id, await proxy.card(ASKS))).json()
    await expire(database, hold_id)
    await database.execute("UPDATE holds SET expires_at = expires_at - interval '10 seconds'")
    await proxy.authenticate(asked["next_action"]["client_secret"], succeeds=True)
    proxy.let_fail("cancel", Fault.REPLY_LOST)
    for _ in range(3):
        await sale.later()
    assert await sale.statuses() == ["expired"]
    assert await books.standings() == ["canceled"]


@pytest.mark.parametrize("step", ["create", "capture"])
@pytest.mark.parametrize("fault", LOST)
async def test_whatever_is_lost_at_a_step_is_settled_once(
    fan: Fan, proxy: FaultProxy, sale: Sale, books: Books, step: str, fault: Fault
) -> None:
    """The buyer is told not to pay again; the same call under the same key tells; one payment, one set of tickets."""
    hold_id, key = await fan.held(), a_key()
    proxy.let_fail(step, fault, fault)
    unknown = await fan.buy(hold_id, key=key)
    assert (unknown.status_code, unknown.json()["guaranteed"]) == (202, step == "capture")
    for _ in range(2):
        await sale.later()
    assert await sale.statuses() == ["paid"]
    again = await fan.buy(hold_id, key=key)
    assert (again.status_code, again.json()["status"]) == (201, "paid")
    assert await books.standings() == ["succeeded"]
    assert {call.key for call in proxy.calls if call.verb == step} == {proxy.calls_of(step)[0].key}
    assert proxy.count(step) == 3


@pytest.mark.parametrize("fault", LOST)
async def test_a_lost_race_lets_the_money_go(
    fan: Fan, make_fan: MakeFan, proxy: FaultProxy, sale: Sale, database: Connection, books: Books, fault: Fault
) -> None:
    """The reply was lost, the hold ended, another has the seats: what was reserved is let go, whatever it takes."""
    held = (await fan.hold_best(2, "balcony")).json()
    proxy.let_fail("create", Fault.REPLY_LOST)
    assert (await fan.buy(held["hold_id"])).status_code == 202
    await expire(database, held["hold_id"])
    other = await make_fan()
    taken = await other.hold_seats(*[seat["seat"] for seat in held["seats"]])
    assert (await other.buy(taken.json()["hold_id"])).status_code == 201
    proxy.let_fail("cancel", fault)
    for _ in range(3):
        await sale.later()
    assert sorted(await sale.statuses()) == ["expired", "paid"]
    assert sorted(await books.standings()) == ["canceled", "succeeded"]


async def test_news_come_before_the_reply(fan: Fan, proxy: FaultProxy, sale: Sale, books: Books) -> None:
    """The webhook overtakes the reply to the call that it is about; both want to go on, and one order is paid once."""
    held = proxy.hold("create")
    buying = asyncio.create_task(fan.buy(await fan.held()))
    await held.arrived.wait()
    await sale.tell("payment_intent.amount_capturable_updated")
    held.released.set()
    assert (await buying).status_code == 201
    assert await books.standings() == ["succeeded"]


@pytest.mark.usefixtures("books")
async def test_news_of_the_capture_come_before_its_reply(fan: Fan, proxy: FaultProxy, sale: Sale) -> None:
    """As with the first step."""
    held = proxy.hold("capture")
    buying = asyncio.create_task(fan.buy(await fan.held()))
    await held.arrived.wait()
    await sale.tell("payment_intent.succeeded", times=2)
    assert await sale.statuses() == ["paid"]
    held.released.set()
    assert (await buying).status_code == 201


@pytest.mark.usefixtures("books")
async def test_news_come_after_the_reply(fan: Fan, services: Services, proxy: FaultProxy, sale: Sale) -> None:
    """Late, twice and in the wrong order, they change nothing and ask for nothing."""
    await fan.bought(2)
    calls = len(proxy.calls)
    for kind in ("payment_intent.succeeded", "payment_intent.amount_capturable_updated", "payment_intent.succeeded"):
        await sale.tell(kind, times=2)
    assert await sale.statuses() == ["paid"]
    assert len(proxy.calls) == calls
    counted = {"event": "gig", "status": "paid"}
    assert services.metrics.registry.get_sample_value("waitroom_orders_settled_total", counted) == 1


@pytest.mark.usefixtures("books")
async def test_news_come_instead_of_the_reply(fan: Fan, proxy: FaultProxy, sale: Sale) -> None:
    """Localstripe's own webhook, signed by it, arrives where the reply did not."""
    await proxy.subscribe(WEBHOOK_SECRET)
    proxy.let_fail("capture", Fault.REPLY_LOST)
    unknown = await fan.buy(await fan.held())
    assert (unknown.status_code, unknown.json()["status"]) == (202, "secured")
    body, signature = await proxy.webhook("payment_intent.succeeded", order_id=unknown.json()["order_id"])
    await sale.deliver(body, signature, times=3)
    assert await sale.statuses() == ["paid"]


async def test_news_of_a_payment_that_was_lost_on_the_way(
    fan: Fan, proxy: FaultProxy, sale: Sale, books: Books
) -> None:
    """Both replies lost, both news come, the later one first."""
    proxy.let_fail("create", Fault.REPLY_LOST)
    proxy.let_fail("capture", Fault.REPLY_LOST)
    assert (await fan.buy(await fan.held())).status_code == 202
    for _ in range(2):
        await sale.tell("payment_intent.amount_capturable_updated")
        await sale.tell("payment_intent.succeeded")
    await sale.later()
    assert await sale.statuses() == ["paid"]
    assert await books.standings() == ["succeeded"]


@pytest.mark.parametrize("fault", [None, *LOST])
async def test_money_is_given_back_by_line_and_whole(
    fan: Fan, services: Services, proxy: FaultProxy, sale: Sale, books: Books, fault: Fault | None
) -> None:
    """One line, then the rest, each once, whatever is lost; the tickets of what was given back have ended."""
    order_id = (await fan.bought(2)).json()["order_id"]
    for number, lines in enumerate([[1], None]):
        if fault is not None:
            proxy.let_fail("refund", fault)
        await services.refunds.refund(order_id, lines=lines, reason="test", key=f"refund-{number}")
        await sale.later()
        assert await sale.statuses() == [["partly_refunded", "refunded"][number]]
        assert await books.broken() == []
    assert [intent["refunded"] for intent in await proxy.books()] == [10_000]
    assert await sale.cases() == []


async def test_what_was_given_back_elsewhere_is_not_given_back_again(
    fan: Fan, services: Services, proxy: FaultProxy, sale: Sale
) -> None:
    """Somebody refunded it in Stripe's dashboard: Stripe refuses ours, the tickets stay, a human is told."""
    order_id = (await fan.bought(2)).json()["order_id"]
    await proxy.refund_elsewhere((await proxy.books())[0]["id"])
    await services.refunds.refund(order_id, lines=None, reason="test", key="a-refund")
    assert await sale.statuses() == ["paid"]
    assert await sale.cases() == ["refund-failed"]
    assert [intent["refunded"] for intent in await proxy.books()] == [10_000]


@pytest.mark.usefixtures("books")
async def test_a_call_that_stripe_refuses_is_put_before_a_human(
    fan: Fan, browser: httpx.AsyncClient, proxy: FaultProxy, sale: Sale
) -> None:
    """A key that was revoked in the middle of a sale is no decline and no silence; when it is mended, a retry pays."""
    hold_id = await fan.held()
    proxy.let_fail("create", Fault.KEY_REFUSED, Fault.KEY_REFUSED)
    assert (await Fan(browser, fan.session).buy(hold_id)).status_code == 500
    await sale.later()
    assert await sale.cases() == ["call-refused"]
    assert await sale.later() == 1
    assert await sale.statuses() == ["paid"]


async def test_a_crowd_pays_while_stripe_stumbles(
    make_fan: MakeFan, services: Services, proxy: FaultProxy, sale: Sale, books: Books
) -> None:
    """Twelve buyers and a fault in every third call: who was asked to wait has tickets, too, and paid once."""
    for verb in ("create", "capture"):
        proxy.let_fail(verb, *LOST)
    fans = [await make_fan() for _ in range(12)]
    holds = [await fan.held(1) for fan in fans]
    answers = await asyncio.gather(*[fan.buy(hold) for fan, hold in zip(fans, holds, strict=True)])
    assert {answer.status_code for answer in answers} == {201, 202}
    for _ in range(6):
        await sale.later()
    assert await sale.statuses() == ["paid"] * 12
    assert await Ledger(services.database).check_provider(services.provider) == []
    assert await books.standings() == ["succeeded"] * 12


async def test_the_control_without_kept_answers_a_buyer_pays_twice(
    fan: Fan, proxy: FaultProxy, sale: Sale, database: Connection
) -> None:
    """If Stripe did not keep the first answer under its key, the books would show it: the sweep can fail."""
    proxy.keeps_answers = False
    proxy.let_fail("create", Fault.REPLY_LOST)
    await fan.buy(await fan.held())
    await sale.later()
    assert sorted(await Books(database, proxy).standings()) == ["requires_capture", "succeeded"]
    assert await Books(database, proxy).broken() != []
