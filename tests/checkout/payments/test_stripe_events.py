"""Stripe's webhooks: believed when signed, taken once, and never trusted for how much or whether."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
import stripe
from starlette.applications import Starlette

from checkout.services import Services
from checkout.till import make_provider
from tests.checkout.conftest import Connection
from tests.checkout.fans import Fan, problem
from tests.checkout.patches import without
from tests.checkout.payments.stand_in import WEBHOOK_SECRET, with_stripe
from waitroom.settings import Payments, Settings

ADDRESS = "/v1/webhooks/stripe"
Send = Callable[..., Awaitable[httpx.Response]]
Object = dict[str, Any]  # Any: JSON


@pytest.fixture
def checkout_settings(checkout_settings: Settings) -> Settings:
    """A shop that takes payments by Stripe, which is not there."""
    return with_stripe(checkout_settings, stand_in_url="http://127.0.0.1:1")


@pytest.fixture
async def payment_id(fan: Fan, database: Connection) -> str:
    """A payment whose outcome is unknown, since Stripe cannot be reached."""
    assert (await fan.buy(await fan.held())).status_code == 202
    row = await (await database.execute("UPDATE payments SET reference = 'pi_1' RETURNING payment_id")).fetchone()
    assert row is not None
    return str(row[0])


def signed(
    kind: str, about: Object, *, event_id: str = "evt_1", secret: str = WEBHOOK_SECRET, age_seconds: int = 0
) -> tuple[str, dict[str, str]]:
    """An event's body and headers as Stripe makes them."""
    body = json.dumps({"id": event_id, "object": "event", "type": kind, "data": {"object": about}})
    moment = int(time.time()) - age_seconds
    return body, {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body, secret, moment)}


@pytest.fixture
def send(client: httpx.AsyncClient) -> Send:
    """Sends an event as Stripe does."""

    async def send_event(kind: str, about: Object, **options: Any) -> httpx.Response:  # Any: those of `signed`
        body, headers = signed(kind, about, **options)
        return await client.post(ADDRESS, content=body, headers=headers)

    return send_event


def an_intent(payment_id: str) -> Object:
    """A PaymentIntent that claims whatever it likes about itself."""
    return {"id": "pi_1", "status": "succeeded", "amount": 1, "metadata": {"payment_id": payment_id}}


async def jobs(database: Connection) -> list[Any]:
    """The settling that waits, by payment."""
    rows = await database.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'settle_payment' ORDER BY id")
    return [arguments["payment_id"] for (arguments,) in await rows.fetchall()]


async def cases(database: Connection) -> list[tuple[str, str]]:
    """What waits for a human."""
    rows = await (await database.execute("SELECT kind, detail FROM cases ORDER BY case_id")).fetchall()
    return [(kind, detail) for kind, detail in rows]


async def rows_of(database: Connection) -> tuple[object, ...]:
    """Everything that an event might change besides jobs and cases."""
    query = """SELECT (SELECT jsonb_agg(orders) FROM orders), (SELECT jsonb_agg(payments) FROM payments),
        (SELECT jsonb_agg(payment_attempts) FROM payment_attempts), (SELECT count(*) FROM tickets)"""
    row = await (await database.execute(query.encode())).fetchone()
    assert row is not None
    return tuple(row)


@pytest.mark.parametrize(
    "kind",
    ["payment_intent.amount_capturable_updated", "payment_intent.succeeded", "payment_intent.canceled"],
)
async def test_news_of_a_payment_make_somebody_look(
    send: Send, payment_id: str, database: Connection, kind: str
) -> None:
    """A job asks Stripe; nothing of what the event says is believed."""
    before = await rows_of(database)
    answer = await send(kind, an_intent(payment_id))
    assert (answer.status_code, answer.json()) == (200, {"outcome": "taken"})
    assert await jobs(database) == [payment_id]
    assert await rows_of(database) == before


async def test_an_event_is_taken_once(send: Send, payment_id: str, database: Connection) -> None:
    """Stripe sends until it is answered, and sometimes again."""
    answers = [await send("payment_intent.succeeded", an_intent(payment_id)) for _ in range(3)]
    assert [answer.json()["outcome"] for answer in answers] == ["taken", "known", "known"]
    assert await jobs(database) == [payment_id]


async def test_an_event_that_comes_many_times_at_once_is_taken_once(
    send: Send, payment_id: str, database: Connection
) -> None:
    """Two processes that get the same event in one moment do one thing."""
    answers = await asyncio.gather(*[send("payment_intent.succeeded", an_intent(payment_id)) for _ in range(8)])
    assert sorted(answer.json()["outcome"] for answer in answers) == ["known"] * 7 + ["taken"]
    assert await jobs(database) == [payment_id]


async def test_without_the_unique_row_an_event_is_taken_again(
    send: Send, payment_id: str, database: Connection, database_url: str
) -> None:
    """The control: it is the row of the event that keeps a repeat from doing anything."""
    without(database_url, ("take_event", "IF NOT FOUND THEN"))
    await database.execute("ALTER TABLE provider_events DROP CONSTRAINT provider_events_pkey")
    for _ in range(2):
        await send("payment_intent.succeeded", an_intent(payment_id))
    assert await jobs(database) == [payment_id] * 2


async def test_an_event_and_its_effect_are_one_commit(
    send: Send, browser: httpx.AsyncClient, payment_id: str, database: Connection
) -> None:
    """If the job cannot be written the event has not come, and the next sending is the first."""
    await database.execute("ALTER TABLE procrastinate_jobs RENAME TO away")
    body, headers = signed("payment_intent.succeeded", an_intent(payment_id))
    assert (await browser.post(ADDRESS, content=body, headers=headers)).status_code == 503
    await database.execute("ALTER TABLE away RENAME TO procrastinate_jobs")
    assert (await send("payment_intent.succeeded", an_intent(payment_id))).json() == {"outcome": "taken"}


@pytest.mark.usefixtures("payment_id")
async def test_a_disputed_payment_is_put_before_a_human(send: Send, database: Connection) -> None:
    """Whichever of the events about a dispute comes, and in whichever order, it is one case."""
    dispute = {"id": "dp_1", "payment_intent": "pi_1"}
    for number, kind in enumerate(["charge.dispute.funds_withdrawn", "charge.dispute.created"]):
        assert (await send(kind, dispute, event_id=f"evt_{number}")).json() == {"outcome": "taken"}
    assert await cases(database) == [("payment-disputed", "dispute dp_1")]


@pytest.mark.parametrize(
    ("ours", "expected"), [(10_000, []), (5_000, ["refund-elsewhere"]), (None, ["refund-elsewhere"])]
)
@pytest.mark.usefixtures("payment_id")
async def test_money_given_back_elsewhere_is_put_before_a_human(
    send: Send, database: Connection, ours: int | None, expected: list[str]
) -> None:
    """Our own refunds are told of, too, and are no case; a refund made in Stripe's dashboard is one."""
    if ours is not None:
        await database.execute(
            "INSERT INTO refunds (refund_id, order_id, payment_id, amount, reason) "
            "SELECT 'refund_1', order_id, payment_id, %s, 'test' FROM payments",
            [ours],
        )
    charge = {"id": "ch_1", "payment_intent": "pi_1", "amount_refunded": 10_000, "captured": True}
    assert (await send("charge.refunded", charge)).json() == {"outcome": "taken"}
    assert [kind for kind, _ in await cases(database)] == expected


@pytest.mark.usefixtures("payment_id")
async def test_an_authorisation_let_go_is_no_refund(send: Send, database: Connection) -> None:
    """Stripe tells of both by the same kind of event."""
    charge = {"id": "ch_1", "payment_intent": "pi_1", "amount_refunded": 10_000, "captured": False}
    assert (await send("charge.refunded", charge)).json() == {"outcome": "unknown"}
    assert await cases(database) == []


@pytest.mark.usefixtures("payment_id")
async def test_a_refund_that_bounced_is_put_before_a_human(send: Send, database: Connection) -> None:
    """The tickets have ended and the money did not arrive."""
    await send("refund.failed", {"id": "re_1", "payment_intent": "pi_1", "status": "failed"})
    assert await cases(database) == [("refund-bounced", "refund re_1")]


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("payment_intent.succeeded", {"id": "pi_other", "metadata": {}}),
        ("payment_intent.succeeded", {"id": "pi_other", "metadata": {"payment_id": "of another shop"}}),
        ("charge.dispute.created", {"id": "dp_1", "payment_intent": None}),
        ("customer.created", {"id": "cus_1"}),
    ],
)
@pytest.mark.usefixtures("payment_id")
async def test_what_is_not_about_us_is_answered_and_counted(
    send: Send, database: Connection, services: Services, kind: str, about: Object
) -> None:
    """An account may serve others, too; Stripe is not made to send again."""
    answer = await send(kind, about)
    assert (answer.status_code, answer.json()) == (200, {"outcome": "unknown"})
    assert (await jobs(database), await cases(database)) == ([], [])
    labels = {"provider": "stripe", "outcome": "unknown"}
    assert services.metrics.registry.get_sample_value("waitroom_provider_events_total", labels) == 1


@pytest.mark.parametrize("wrong", [{"secret": "whsec_another"}, {"age_seconds": 400}])
async def test_a_wrong_signature_is_refused(
    send: Send, payment_id: str, database: Connection, services: Services, wrong: dict[str, Any]
) -> None:
    """Neither a stranger nor a replay of last night makes us do anything."""
    answer = await send("payment_intent.succeeded", an_intent(payment_id), **wrong)
    assert (answer.status_code, problem(answer)) == (400, "signature-invalid")
    assert await jobs(database) == []
    labels = {"provider": "stripe", "outcome": "refused"}
    assert services.metrics.registry.get_sample_value("waitroom_provider_events_total", labels) == 1


@pytest.mark.parametrize("signature", [None, "", "t=1,v1=", "t=x,v1=00", "t=1,v1=\xe9", "nonsense"])
async def test_what_is_no_signature_is_refused(client: httpx.AsyncClient, signature: str | None) -> None:
    """Whatever stands in the header, it breaks nothing."""
    headers = {} if signature is None else {b"stripe-signature": signature.encode("latin-1")}
    answer = await client.post(ADDRESS, content=b"{}", headers=headers)
    assert (answer.status_code, problem(answer)) == (400, "signature-invalid")
    assert (await client.post(ADDRESS, content=b"\xff", headers=headers)).status_code == 400


async def test_an_endless_event_is_cut(client: httpx.AsyncClient) -> None:
    """The limit of bodies holds here, too."""
    assert (await client.post(ADDRESS, content=b"x" * 70_000)).status_code == 413


async def test_with_the_sandbox_there_is_no_such_address(
    checkout_app: Starlette, client: httpx.AsyncClient, services: Services
) -> None:
    """Nobody can talk to a shop as Stripe that does not use it."""
    other = services.settings.model_copy(update={"payments": Payments.SANDBOX})
    checkout_app.state.services = replace(services, provider=make_provider(other))
    assert (await client.post(ADDRESS, content=b"{}")).status_code == 404
