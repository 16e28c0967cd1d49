"""Webhooks: signed, once a change, again while the endpoint is away, and never into our own networks."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from checkout.database import Database
from checkout.outbox import MOST_TRIES, Outbox, TaskName
from checkout.services import Services
from checkout.vendors import outside
from checkout.vendors.outside import Outside, is_public
from checkout.vendors.signatures import new_secret, sign
from checkout.vendors.webhook_api import is_callable_url
from checkout.vendors.webhook_kinds import ANNOUNCED, WebhookKind
from checkout.vendors.webhooks import MOST_DAYS, MOST_WEBHOOKS, Deliveries
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import VENDOR_CONTRACT, Fan, problem
from tests.checkout.test_notices import refund
from tests.checkout.test_outbox import QUICK, hurry, until, until_in_database
from tests.checkout.vendors.receiver import Receiver, answer
from tests.checkout.vendors.seller import Seller
from tests.patience import PATIENCE_SECONDS
from waitroom.metrics import JobMetrics
from waitroom.settings import Settings

LOOPBACK = (ip_network("127.0.0.0/8"),)
Json = dict[str, Any]  # Any: JSON values
Register = Callable[..., Awaitable[Json]]


@pytest.fixture
def checkout_settings(checkout_settings: Settings) -> Settings:
    """Endpoints of these tests are on this machine."""
    return checkout_settings.model_copy(update={"webhook_networks": LOOPBACK})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """An endpoint that takes everything."""
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture
async def register(seller: Seller, services: Services, receiver: Receiver, database: Connection) -> Register:
    """Let the event be the seller's, and register the endpoint."""
    await database.execute("UPDATE events SET vendor_id = (SELECT vendor_id FROM vendors WHERE vendor = 'riverside')")
    assert services.webhooks is not None

    async def registered(*events: str) -> Json:
        added = await seller.call("POST", "/webhooks", {"url": receiver.url, "events": list(events)})
        assert added.status_code == 201, added.text
        document: Json = added.json()
        return document

    return registered


@asynccontextmanager
async def calling(database_url: str, jobs: Database, *, allowed: Any = LOOPBACK) -> AsyncIterator[JobMetrics]:
    """Run the task of webhooks beside the test."""
    metrics = JobMetrics()
    deliveries = Deliveries(jobs, Outside(allowed), metrics=metrics)
    tasks = {TaskName.SEND_WEBHOOK: deliveries.send}
    outbox = Outbox(database_url, tasks, database=jobs, metrics=metrics, patience=QUICK)
    running = asyncio.create_task(outbox.run())
    try:
        yield metrics
    finally:
        outbox.stop()
        await running


async def log_of(seller: Seller, webhook: Json) -> list[Json]:
    """The deliveries that the vendor sees."""
    answered = await seller.call("GET", f"/webhooks/{webhook['webhook_id']}/deliveries")
    assert answered.status_code == 200, answered.text
    deliveries: list[Json] = answered.json()["deliveries"]
    return deliveries


async def test_a_paid_order_is_announced_and_signed(
    fan: Fan, register: Register, receiver: Receiver, seller: Seller, database_url: str, jobs: Database
) -> None:
    """The vendor's library verifies it; it says what was bought, and nothing of who bought it."""
    webhook = await register()
    order = (await fan.bought(2)).json()
    async with calling(database_url, jobs):
        await until(lambda: bool(receiver.calls))
    (call,) = receiver.calls
    document = Verifier(webhook["secret"]).verify(call.body, call.headers)
    (delivery,) = await log_of(seller, webhook)

    assert document["type"] == "order.paid"
    assert document["data"] == {
        "order_id": order["order_id"],
        "status": "paid",
        "event": "gig",
        "total": order["total"],
        "seats": [ticket["seat"] for ticket in order["tickets"]],
    }
    assert b"example.org" not in call.body
    assert call.headers["webhook-id"] == delivery["delivery_id"]
    assert (delivery["state"], [t["status"] for t in delivery["tries"]]) == ("delivered", [204])


async def test_what_is_rolled_back_is_not_announced(fan: Fan, register: Register, database: Connection) -> None:
    """A change that was taken back leaves no delivery."""
    await register()
    order_id = (await fan.bought()).json()["order_id"]
    await database.execute("DELETE FROM webhook_deliveries")
    async with database.transaction(force_rollback=True):
        await refund(database, order_id)
        await database.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert await deliveries_of(database) == ["order.refunded"]
    assert await deliveries_of(database) == []


async def deliveries_of(connection: Connection) -> list[str]:
    """The kinds of all deliveries."""
    rows = await (await connection.execute("SELECT kind FROM webhook_deliveries ORDER BY made_at")).fetchall()
    return [kind for (kind,) in rows]


async def test_every_kind_is_as_the_contract_says(
    make_fan: MakeFan, register: Register, receiver: Receiver, database: Connection, database_url: str, jobs: Database
) -> None:
    """Orders paid, refunded, cancelled and voided, events moved and cancelled: each payload fits its schema."""
    await register()
    paid = (await (await make_fan()).bought()).json()["order_id"]
    await refund(database, paid)
    cancelled = await make_fan()
    await cancelled.buy(hold := await cancelled.held(1), "pm_card_chargeDeclined")
    await cancelled.call("DELETE", f"/v1/holds/{hold}")
    voided = (await (await make_fan()).bought()).json()["order_id"]
    await database.execute("ALTER TABLE orders DISABLE TRIGGER order_status_follows_the_table")
    await database.execute("UPDATE orders SET status = 'voided' WHERE order_id = %s", (voided,))
    await database.execute("UPDATE events SET starts_at = starts_at + interval '1 day'")
    await database.execute("UPDATE events SET cancelled_at = now()")
    async with calling(database_url, jobs):
        await until_in_database(database, "count(*) = 0 FROM procrastinate_jobs WHERE task_name = 'send_webhook'")
    documents = [json.loads(call.body) for call in receiver.calls]

    assert {document["type"] for document in documents} == set(WebhookKind)
    for document in documents:
        check_payload(document)


def check_payload(document: Json) -> None:
    """Hold a payload against the contract's section of webhooks."""
    contract = VENDOR_CONTRACT.document
    resource: Resource[Any] = Resource.from_contents(contract, DRAFT202012)  # Any: referencing's own
    registry = Registry().with_resource("urn:contract", resource)
    pointer = f"/webhooks/{document['type']}/post/requestBody/content/application~1json/schema"
    Draft202012Validator({"$ref": f"urn:contract#{pointer}"}, registry=registry).validate(document)


def test_the_contract_describes_every_kind() -> None:
    """What can be sent is what is described."""
    assert set(VENDOR_CONTRACT.document["webhooks"]) == set(WebhookKind)


async def test_an_endpoint_gets_what_it_asked_for(make_fan: MakeFan, register: Register, database: Connection) -> None:
    """One that wants refunds alone hears of no payment; another vendor's event is nobody else's business."""
    await register("order.refunded")
    await (await make_fan()).bought()
    assert await deliveries_of(database) == []
    await database.execute("UPDATE webhooks SET events = '{}'")
    await database.execute("UPDATE events SET vendor_id = NULL")
    await (await make_fan()).bought()
    assert await deliveries_of(database) == []


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        (answer(500), 500),
        (answer(302, Location="http://127.0.0.1/elsewhere"), 302),
        (b"nonsense\r\n\r\n", None),
        (b"", None),
    ],
)
async def test_what_is_not_taken_comes_again_under_the_same_id(
    bad: bytes, status: int | None, fan: Fan, register: Register, receiver: Receiver, seller: Seller,
    database: Connection, database_url: str, jobs: Database,
) -> None:  # fmt: skip
    """An error, a redirect and no answer at all are tried again; no redirect is followed."""
    webhook = await register()
    receiver.answers = [bad]
    await fan.bought()
    async with calling(database_url, jobs):
        await until_in_database(database, "count(*) = 1 FROM procrastinate_jobs WHERE attempts = 1 AND status = 'todo'")
        await hurry(database)
        await until_in_database(database, "count(*) = 1 FROM webhook_deliveries WHERE state = 'delivered'")
    (delivery,) = await log_of(seller, webhook)

    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1
    assert [t["status"] for t in delivery["tries"]] == [status, 204]
    assert {call.path for call in receiver.calls} == {"/hook"}


async def test_an_endpoint_that_is_silent_is_left_after_a_time(
    fan: Fan, register: Register, receiver: Receiver, database: Connection, database_url: str, jobs: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Nobody waits for an answer for ever."""
    monkeypatch.setattr(outside, "WHOLE_SECONDS", 0.2)
    await register()
    receiver.is_silent = True
    await fan.bought()
    async with calling(database_url, jobs):
        await until_in_database(database, "count(*) = 1 FROM webhook_tries WHERE failure LIKE 'no answer within%'")


async def test_a_large_answer_is_not_read(
    fan: Fan, register: Register, receiver: Receiver, database: Connection, database_url: str, jobs: Database
) -> None:
    """A status is enough: what follows it is left where it is."""
    await register()
    receiver.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 100_000]
    await fan.bought()
    async with calling(database_url, jobs):
        await until_in_database(database, "count(*) = 1 FROM webhook_deliveries WHERE state = 'delivered'")


async def test_private_networks_are_not_reached(
    fan: Fan, register: Register, receiver: Receiver, seller: Seller, database_url: str, jobs: Database
) -> None:
    """Unless a setting allows it, nothing is sent to this machine; with it, the same call arrives (the control)."""
    webhook = await register()
    await fan.bought()
    async with calling(database_url, jobs, allowed=()) as metrics:
        await until(
            lambda: metrics.registry.get_sample_value("waitroom_webhooks_tried_total", {"state": "retried"}) == 1
        )
    (delivery,) = await log_of(seller, webhook)

    assert receiver.calls == []
    assert delivery["tries"][0]["failure"] == "the address leads into a network that webhooks may not reach"


async def test_a_name_is_looked_at_when_it_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that has come to lead here is refused; one of whose addresses is public is reached there."""

    async def lead_here(_loop: object, host: str, port: int, **_options: object) -> list[Any]:
        assert host == "hook.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", lead_here)
    url = f"http://hook.example:{receiver.port}/hook"
    refused = await Outside().post(url, b"{}", headers={})
    taken = await Outside(LOOPBACK).post(url, b"{}", headers={})

    assert refused.failure == "the address leads into a network that webhooks may not reach"
    assert taken.status == 204
    assert [call.headers["host"] for call in receiver.calls] == [f"hook.example:{receiver.port}"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        *((text, False) for text in ("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254")),
        *((text, False) for text in ("100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.0.8")),
        *((text, False) for text in ("::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1")),
        *((text, False) for text in ("64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::")),
    ],
)
def test_public_addresses_are_told_from_others(address: str, expected: bool) -> None:
    """Private, local, shared and multicast addresses are not public, nor are those that lead to others."""
    assert is_public(ip_address(address)) is expected


async def test_an_endpoint_that_fails_for_days_is_disabled(
    make_fan: MakeFan, register: Register, receiver: Receiver, seller: Seller, database: Connection,
    database_url: str, jobs: Database,
) -> None:  # fmt: skip
    """Its vendor sees why; nothing more is written for it until it is enabled again."""
    webhook = await register()
    await database.execute("UPDATE webhooks SET failing_since = now() - make_interval(days => %s)", (MOST_DAYS + 1,))
    receiver.answers = [answer(500)]
    await (await make_fan()).bought()
    async with calling(database_url, jobs):
        await until_in_database(database, "count(*) = 1 FROM webhook_deliveries WHERE state = 'failed'")
    path = f"/webhooks/{webhook['webhook_id']}"
    shown = (await seller.call("GET", path)).json()
    await (await make_fan()).bought()
    unheard = await deliveries_of(database)
    enabled = (await seller.call("PATCH", path, {"enabled": True})).json()
    await (await make_fan()).bought()

    assert shown["enabled"] is False
    assert shown["disabled_why"].startswith("It has failed since 2")
    assert (enabled["enabled"], enabled["disabled_why"], enabled["failing_since"]) == (True, None, None)
    assert (len(unheard), len(await deliveries_of(database))) == (1, 2)


async def test_an_endpoint_that_is_gone_is_disabled_at_once(
    fan: Fan, register: Register, receiver: Receiver, seller: Seller, database: Connection, database_url: str,
    jobs: Database,
) -> None:  # fmt: skip
    """410 says that it wants no more."""
    webhook = await register()
    receiver.answers = [answer(410)]
    await fan.bought()
    async with calling(database_url, jobs):
        await until_in_database(database, "count(*) = 1 FROM webhook_deliveries WHERE state = 'failed'")
    shown = (await seller.call("GET", f"/webhooks/{webhook['webhook_id']}")).json()
    assert shown["disabled_why"] == "It answered 410: it wants no more."


async def test_the_last_try_is_the_vendors_and_no_human_of_ours(
    fan: Fan, register: Register, receiver: Receiver, database: Connection, database_url: str, jobs: Database
) -> None:
    """After a day the delivery has failed in the vendor's log, and no job of ours is left as failed."""
    await register()
    await fan.bought()
    await database.execute(
        "INSERT INTO webhook_tries (delivery_id, number, failure, milliseconds)"
        " SELECT delivery_id, number, 'no answer', 1 FROM webhook_deliveries, generate_series(1, %s) AS number",
        (MOST_TRIES - 1,),
    )
    receiver.answers = [answer(503)]
    async with calling(database_url, jobs):
        await until_in_database(database, "count(*) = 1 FROM webhook_deliveries WHERE state = 'failed'")
        await until_in_database(database, "count(*) = 0 FROM procrastinate_jobs WHERE task_name = 'send_webhook'")


async def test_a_delivery_is_sent_again_on_request(
    fan: Fan, register: Register, receiver: Receiver, seller: Seller, database_url: str, jobs: Database
) -> None:
    """Under the same id, as often as the vendor asks; one that is on its way already is not there to be sent."""
    webhook = await register()
    await fan.bought()
    (delivery,) = await log_of(seller, webhook)
    path = f"/webhooks/{webhook['webhook_id']}/deliveries/{delivery['delivery_id']}/send"
    too_early = await seller.call("POST", path)
    async with calling(database_url, jobs):
        await until(lambda: len(receiver.calls) == 1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await seller.call("POST", path)).status_code != 202:
                await asyncio.sleep(0.05)
        await until(lambda: len(receiver.calls) == 2)

    assert (too_early.status_code, problem(too_early)) == (404, "delivery-missing")
    assert receiver.calls[0].headers["webhook-id"] == receiver.calls[1].headers["webhook-id"]


async def test_a_secret_is_changed_without_a_gap(
    make_fan: MakeFan, register: Register, receiver: Receiver, seller: Seller, database: Connection,
    database_url: str, jobs: Database,
) -> None:  # fmt: skip
    """For a day both secrets verify; then the new one alone."""
    webhook = await register()
    rotated = (await seller.call("POST", f"/webhooks/{webhook['webhook_id']}/rotate")).json()
    async with calling(database_url, jobs):
        await (await make_fan()).bought()
        await until(lambda: len(receiver.calls) == 1)
        await database.execute("UPDATE webhooks SET old_secret_until = now()")
        await (await make_fan()).bought()
        await until(lambda: len(receiver.calls) == 2)
    both, later = receiver.calls

    for secret in (webhook["secret"], rotated["secret"]):
        assert Verifier(secret).verify(both.body, both.headers)
    assert Verifier(rotated["secret"]).verify(later.body, later.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(webhook["secret"]).verify(later.body, later.headers)


def test_a_forged_body_is_not_verified() -> None:
    """The signature is of id, time and body together."""
    import time  # noqa: PLC0415 - the verifier compares with this machine's clock

    secret = new_secret()
    headers = sign(b"{}", message_id="msg_1", at_seconds=int(time.time()), with_secrets=[secret])
    assert Verifier(secret).verify(b"{}", headers) == {}
    for body, forged in ((b"[]", headers), (b"{}", headers | {"webhook-id": "msg_2"})):
        with pytest.raises(WebhookVerificationError):
            Verifier(secret).verify(body, forged)


async def test_a_secret_is_told_once(register: Register, seller: Seller) -> None:
    """When the endpoint is made and when the secret is changed; no list and no look shows it."""
    webhook = await register()
    path = f"/webhooks/{webhook['webhook_id']}"
    for shown in (await seller.call("GET", "/webhooks"), await seller.call("GET", path)):
        assert webhook["secret"] not in shown.text
        assert "secret" not in shown.text
    changed = await seller.call("PATCH", path, {"events": ["order.paid"]})
    assert (changed.status_code, changed.json()["events"]) == (200, ["order.paid"])


async def test_an_endpoint_is_its_vendors(register: Register, make_seller: Callable[[str], Awaitable[Seller]]) -> None:
    """For another vendor it does not exist, whatever is asked of it."""
    webhook = await register()
    stranger = await make_seller("stranger")
    path = f"/webhooks/{webhook['webhook_id']}"
    asked: Mapping[str, list[str]] = {
        "GET": [path, f"{path}/deliveries"], "PATCH": [path], "DELETE": [path], "POST": [f"{path}/rotate"]
    }  # fmt: skip
    for method, paths in asked.items():
        for each in paths:
            answered = await stranger.call(method, each, {} if method == "PATCH" else None)
            assert (answered.status_code, problem(answered)) == (404, "webhook-missing")
    assert (await stranger.call("GET", "/webhooks")).json() == {"webhooks": []}


async def test_an_endpoint_is_made_once_and_deleted(register: Register, seller: Seller, receiver: Receiver) -> None:
    """The same address twice is refused; what is deleted is gone."""
    webhook = await register()
    again = await seller.call("POST", "/webhooks", {"url": receiver.url})
    gone = await seller.call("DELETE", f"/webhooks/{webhook['webhook_id']}")
    missing = await seller.call("DELETE", f"/webhooks/{webhook['webhook_id']}")

    assert (again.status_code, problem(again)) == (409, "webhook-exists")
    assert (gone.status_code, missing.status_code) == (204, 404)


async def test_endpoints_are_so_many(seller: Seller) -> None:
    """A vendor has ten at most."""
    answers: list[httpx.Response] = [
        await seller.call("POST", "/webhooks", {"url": f"https://hook.example/{number}"})
        for number in range(MOST_WEBHOOKS + 1)
    ]
    assert [each.status_code for each in answers] == [201] * MOST_WEBHOOKS + [409]
    assert problem(answers[-1]) == "webhook-limit"


@pytest.mark.parametrize(
    "body",
    [
        {"url": "ftp://hook.example"},
        {"url": "https://user:secret@hook.example/"},
        {"url": "https://hook.example/#part"},
        {"url": "https://"},
        {"url": "https://hook.example:port/"},
        {"url": "https://hook.example/a b"},
        {"url": "https://hook.example/", "events": ["order.eaten"]},
        {"url": "https://hook.example/", "more": 1},
        {},
    ],
)
async def test_what_cannot_be_called_is_refused(body: Json, seller: Seller) -> None:
    """The field is named."""
    refused = await seller.call("POST", "/webhooks", body)
    assert (refused.status_code, problem(refused)) == (422, "validation-failed")


def test_plain_http_is_for_networks_of_ones_own() -> None:
    """Without the setting an endpoint is reached by https alone."""
    assert is_callable_url("http://hook.example/", schemes=("https", "http"))
    assert not is_callable_url("http://hook.example/", schemes=("https",))


async def test_the_database_has_the_rules(database: Connection) -> None:
    """The trigger's copy is the table of Python."""
    rows = await (await database.execute("SELECT to_status, kind FROM webhook_rules")).fetchall()
    assert set(rows) == set(ANNOUNCED.items())
