"""The purchase: what each outcome leaves behind, for the buyer and in the rows."""

import asyncio

import httpx
import pytest

from checkout.errors import OutcomeUnknownError
from checkout.payments.sandbox import SandboxMethod
from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import DECLINED, Fan, a_key, problem
from tests.checkout.providers import interfere
from tests.checkout.sweep import Sweep, expire
from waitroom.settings import Settings
from waitroom.tokens import TokenForged, verify_proof

pytestmark = pytest.mark.usefixtures("sweep")


class CrashError(Exception):
    """The process is gone, as far as the rows can tell."""


async def crash() -> None:
    """Die here."""
    raise CrashError


async def fall_silent() -> None:
    """Do not answer."""
    raise OutcomeUnknownError("silence")


async def one(database: Connection, query: str) -> tuple[object, ...]:
    """The one row of a query."""
    row = await (await database.execute(query.encode())).fetchone()
    assert row is not None
    return tuple(row)


async def test_a_card_that_pays_gives_guaranteed_seats_and_proofs(fan: Fan, checkout_settings: Settings) -> None:
    """Each ticket carries a proof that the published keys verify and that names event and seat."""
    order = (await fan.bought(2)).json()
    assert (order["status"], order["guaranteed"], order["total"]["amount"]) == ("paid", True, 10_000)
    public = checkout_settings.signing().public()
    for ticket in order["tickets"]:
        proof = verify_proof(ticket["proof"], purpose="ticket", public=public)
        assert (proof["event"], proof["seat"], proof["ticket"]) == ("gig", ticket["seat"], ticket["ticket_id"])
        assert proof["order"] == order["order_id"]


async def test_a_proof_is_for_its_purpose_alone(fan: Fan, checkout_settings: Settings) -> None:
    """A ticket's proof passes for nothing else, and a changed one for nothing at all."""
    proof = (await fan.bought()).json()["tickets"][0]["proof"]
    public = checkout_settings.signing().public()
    with pytest.raises(TokenForged):
        verify_proof(proof, purpose="receipt", public=public)
    with pytest.raises(TokenForged):
        verify_proof("A" + proof[1:], purpose="ticket", public=public)


async def test_the_published_keys_are_those_of_the_proofs(fan: Fan, checkout_settings: Settings) -> None:
    """A door needs the well-known address and nothing else of ours."""
    published = (await fan.client.get("/.well-known/waitroom-keys.json")).json()
    assert published == checkout_settings.signing().to_jwks()


async def test_a_declined_card_keeps_the_hold_for_another_try(fan: Fan, database: Connection) -> None:
    """A decline costs nothing: the seats are kept, and a second try has a key of its own at the provider."""
    hold_id = await fan.held()
    declined = await fan.buy(hold_id, DECLINED)
    assert (declined.status_code, problem(declined), declined.json()["code"]) == (
        402,
        "payment-declined",
        "card_declined",
    )
    paid = await fan.buy(hold_id)
    assert paid.status_code == 201
    assert paid.json()["order_id"] == declined.json()["order_id"]
    assert await one(database, "SELECT array_agg(status ORDER BY number) FROM payments") == (["declined", "captured"],)
    assert await one(database, "SELECT count(*) FROM sandbox.requests") == (3,)


async def test_a_decline_is_replayed_and_not_tried_again(fan: Fan, database: Connection) -> None:
    """The same key is the same try."""
    hold_id, key = await fan.held(), a_key()
    answers = [await fan.buy(hold_id, DECLINED, key=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [402] * 3
    assert await one(database, "SELECT count(*) FROM payments") == (1,)


async def test_three_times_with_one_key_is_one_order(fan: Fan, database: Connection) -> None:
    """An impatient buyer pays once and has the same answer each time."""
    hold_id, key = await fan.held(), a_key()
    answers = [await fan.buy(hold_id, key=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert await one(database, "SELECT count(*), sum(amount) FROM sandbox.authorisations") == (1, 10_000)


async def test_a_key_with_another_payload_is_refused(fan: Fan) -> None:
    """A key stands for one purchase."""
    hold_id, key = await fan.held(), a_key()
    await fan.buy(hold_id, key=key)
    answer = await fan.buy(hold_id, DECLINED, key=key)
    assert (answer.status_code, problem(answer)) == (422, "idempotency-key-reused")


async def test_an_unknown_method_is_refused_before_anything_is_written(fan: Fan, database: Connection) -> None:
    """A slip of the keyboard leaves no order behind."""
    answer = await fan.buy(await fan.held(), "pm_card_nobody")
    assert (answer.status_code, problem(answer)) == (422, "payment-method-unknown")
    assert await one(database, "SELECT count(*) FROM orders") == (0,)


@pytest.mark.parametrize(
    "change", [{"email": "nobody"}, {"email": "a@b\nc"}, {"locale": "not a locale"}, {"card_number": "4242"}]
)
async def test_a_wrong_field_is_named(fan: Fan, change: dict[str, str]) -> None:
    """No card data ever reaches us, and mail goes to addresses only."""
    body = {"hold_id": await fan.held(), "email": "a@example.org", "payment_method": "pm_card_visa"} | change
    answer = await fan.call("POST", "/v1/orders", body, key=a_key())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == next(iter(change))


async def test_a_paid_hold_has_its_order(fan: Fan) -> None:
    """One live order a hold; whoever asks again is told which."""
    hold_id = await fan.held()
    order = (await fan.buy(hold_id)).json()
    answer = await fan.buy(hold_id)
    assert (answer.status_code, problem(answer)) == (409, "hold-has-order")
    assert answer.json()["order_url"] == order["order_url"]
    released = await fan.call("DELETE", f"/v1/holds/{hold_id}")
    assert (released.status_code, problem(released)) == (409, "hold-has-order")


async def test_an_expired_hold_is_not_paid_for(fan: Fan, database: Connection) -> None:
    """No authorisation is asked for seats that are not kept any more."""
    hold_id = await fan.held()
    await expire(database, hold_id)
    answer = await fan.buy(hold_id)
    assert (answer.status_code, problem(answer)) == (410, "hold-expired")
    assert await one(database, "SELECT count(*) FROM sandbox.requests") == (0,)


async def test_another_fans_hold_cannot_be_paid(make_fan: MakeFan) -> None:
    """A hold is its fan's."""
    hold_id = await (await make_fan()).held()
    answer = await (await make_fan()).buy(hold_id)
    assert (answer.status_code, problem(answer)) == (404, "hold-missing")


async def test_a_lost_race_voids_the_authorisation(make_fan: MakeFan, services: Services, database: Connection) -> None:
    """When the hold ends while the bank thinks and another takes the seats, no money moves."""
    slow, quick = await make_fan(), await make_fan()
    hold_id, provider = await slow.held(3, "balcony"), interfere(services)

    async def lose_the_seats() -> None:
        provider.after.clear()
        await expire(database, hold_id)
        assert (await quick.bought(3, "balcony")).status_code == 201

    provider.after["authorise"] = lose_the_seats
    answer = await slow.buy(hold_id)
    assert (answer.status_code, problem(answer)) == (410, "hold-expired")
    found = await one(
        database,
        "SELECT orders.status, payments.status, a.status FROM orders JOIN payments USING (order_id) "
        f"JOIN sandbox.authorisations a ON authorisation = reference WHERE hold_id = '{hold_id}'",
    )
    assert found == ("expired", "voided", "voided")
    assert await one(database, "SELECT count(*) FROM tickets WHERE is_live") == (3,)


async def test_a_hold_is_extended_once_as_payment_starts(fan: Fan, database: Connection) -> None:
    """The last second of a hold is enough to begin a payment, but declines do not keep it alive."""
    hold_id = await fan.held()
    soon = "clock_timestamp() + interval '5 seconds'"
    await database.execute(f"UPDATE holds SET expires_at = {soon}")
    first = (await fan.buy(hold_id, DECLINED)).json()["hold_expires_at"]
    second = (await fan.buy(hold_id, DECLINED)).json()["hold_expires_at"]
    assert first == second
    left = await one(database, "SELECT expires_at > clock_timestamp() + interval '4 minutes' FROM holds")
    assert left == (True,)


async def test_a_silent_bank_gives_202_and_the_address(fan: Fan, services: Services, database: Connection) -> None:
    """While the outcome is unknown nobody says yes or no, and nobody pays twice."""
    hold_id, key, provider = await fan.held(), a_key(), interfere(services)
    provider.after["authorise"] = fall_silent
    answer = await fan.buy(hold_id, key=key)
    assert (answer.status_code, answer.json()["status"], answer.json()["guaranteed"]) == (202, "unknown", False)
    assert (await fan.client.get(answer.json()["order_url"])).json()["status"] == "unknown"
    assert problem(await fan.buy(hold_id, key=key)) == "idempotency-key-running"
    assert problem(await fan.buy(hold_id)) == "hold-has-order"
    await database.execute("UPDATE idempotency_keys SET started_at = started_at - interval '31 seconds'")
    later = await fan.buy(hold_id, key=key)
    assert (later.status_code, later.json()["order_url"]) == (202, answer.json()["order_url"])


async def test_a_silent_capture_leaves_guaranteed_seats(fan: Fan, services: Services) -> None:
    """From the commit on the seats are the buyer's, whatever the money does."""
    provider = interfere(services)
    provider.before["capture"] = fall_silent
    answer = await fan.buy(await fan.held())
    assert (answer.status_code, answer.json()["status"], answer.json()["guaranteed"]) == (202, "secured", True)
    order = (await fan.client.get(answer.json()["order_url"])).json()
    assert [ticket["proof"] for ticket in order["tickets"]] == [None, None]


async def test_a_capture_that_fails_for_good_voids_the_order(
    fan: Fan, services: Services, database: Connection
) -> None:
    """A bank that does not honour its authorisation costs the seats, and the rows say so."""
    provider = interfere(services)

    async def withdraw() -> None:
        await database.execute("UPDATE sandbox.authorisations SET status = 'voided'")

    provider.before["capture"] = withdraw
    answer = await fan.buy(await fan.held())
    assert (answer.status_code, answer.json()["code"]) == (402, "capture_failed")
    assert await one(database, "SELECT status FROM orders") == ("voided",)
    assert await one(database, "SELECT count(*) FROM seats WHERE hold_id IS NOT NULL") == (0,)
    assert await one(database, "SELECT count(*) FROM ledger WHERE what = 'seats freed, capture failed'") == (1,)


async def test_a_bank_that_wants_more_is_passed_on(fan: Fan) -> None:
    """The buyer learns what the bank asks for and where the order is."""
    answer = await fan.buy(await fan.held(), SandboxMethod.NEEDS_ACTION)
    assert (answer.status_code, problem(answer)) == (402, "payment-action-required")
    assert answer.json()["next_action"]["url"].startswith("/sandbox/auth_")


async def test_a_crash_before_securing_leaves_the_evidence(
    fan: Fan, browser: httpx.AsyncClient, services: Services, database: Connection
) -> None:
    """Authorised and not secured: our row awaits an answer, the bank's has given it, no seat is sold."""
    provider = interfere(services)
    provider.after["authorise"] = crash
    hold_id = await fan.held()
    assert (await Fan(browser, fan.session).buy(hold_id)).status_code == 500
    found = await one(
        database,
        "SELECT orders.status, outcome, attempt_key = (SELECT key FROM sandbox.requests) "
        "FROM orders JOIN payments USING (order_id) JOIN payment_attempts USING (payment_id)",
    )
    assert found == ("authorising", None, True)
    assert await one(database, "SELECT status FROM sandbox.authorisations") == ("authorised",)
    assert await one(database, "SELECT count(*) FROM seats WHERE is_sold") == (0,)


async def test_a_crash_before_capturing_leaves_the_evidence(
    fan: Fan, browser: httpx.AsyncClient, services: Services, database: Connection
) -> None:
    """Secured and not captured: the capture's row is there, without an answer; the seats are sold."""
    provider = interfere(services)
    provider.before["capture"] = crash
    hold_id = await fan.held()
    assert (await Fan(browser, fan.session).buy(hold_id)).status_code == 500
    found = await one(
        database,
        "SELECT orders.status, step, outcome FROM orders JOIN payments USING (order_id) "
        "JOIN payment_attempts USING (payment_id) WHERE step = 'capture'",
    )
    assert found == ("secured", "capture", None)
    assert await one(database, "SELECT count(*) FROM seats WHERE is_sold") == (2,)


async def test_no_connection_is_held_while_the_bank_thinks(fan: Fan, services: Services) -> None:
    """A slow bank cannot use up the pool, nor keep a lock."""
    hold_id, provider, seen = await fan.held(), interfere(services), list[int]()

    async def look() -> None:
        seen.append(services.database.usage()[0])

    provider.before["authorise"] = provider.before["capture"] = look
    assert (await fan.buy(hold_id)).status_code == 201
    assert seen == [0, 0]


async def test_a_purchase_ends_though_its_buyer_is_gone(fan: Fan, services: Services, database: Connection) -> None:
    """Closing the browser in the middle leaves a finished order, not a half one."""
    hold_id, provider, has_begun = await fan.held(), interfere(services), asyncio.Event()

    async def begin() -> None:
        has_begun.set()
        await asyncio.sleep(0)

    provider.before["authorise"] = begin
    buying = asyncio.create_task(fan.buy(hold_id))
    await has_begun.wait()
    buying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await buying
    await services.buying.close()
    assert await one(database, "SELECT status FROM orders") == ("paid",)


async def test_an_order_is_read_by_its_maker_and_by_its_secret(make_fan: MakeFan) -> None:
    """Nobody else learns that it exists; the secret goes on working when the session is over."""
    maker, other = await make_fan(), await make_fan()
    order = (await maker.bought()).json()
    path = f"/v1/orders/{order['order_id']}"
    assert (await maker.call("GET", path)).json() == order
    assert (await maker.client.get(order["order_url"])).json() == order
    for answer in (await other.call("GET", path), await maker.client.get(f"{path}?secret={'0' * 32}")):
        assert (answer.status_code, problem(answer)) == (404, "order-missing")
    await maker.call("DELETE", "/v1/sessions/current")
    assert (await maker.call("GET", path)).status_code == 200


async def test_a_ticket_has_a_picture(fan: Fan) -> None:
    """The QR picture is shown to whoever may see the order, and to nobody else."""
    order = (await fan.bought()).json()
    path = f"/v1/orders/{order['order_id']}/tickets/{order['tickets'][0]['ticket_id']}.svg"
    secret = order["order_url"].rpartition("?")[2]
    picture = await fan.client.get(f"{path}?{secret}")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert b"<svg" in picture.content
    assert (await fan.client.get(path)).status_code == 404


async def test_an_unpaid_order_is_cancelled_and_its_seats_come_back(fan: Fan, database: Connection) -> None:
    """Cancelling is safe to repeat."""
    order_id = (await fan.buy(await fan.held(), DECLINED)).json()["order_id"]
    for _ in range(3):
        answer = await fan.call("POST", f"/v1/orders/{order_id}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert await one(database, "SELECT count(*) FROM seats WHERE hold_id IS NOT NULL") == (0,)


async def test_a_paid_order_is_not_cancelled(fan: Fan) -> None:
    """Money goes back by a refund, which the vendor gives."""
    order_id = (await fan.bought()).json()["order_id"]
    answer = await fan.call("POST", f"/v1/orders/{order_id}/cancel")
    assert (answer.status_code, problem(answer)) == (409, "order-not-cancellable")
    answer = await fan.call("POST", f"/v1/orders/{order_id}/confirm")
    assert (answer.status_code, problem(answer)) == (409, "nothing-to-confirm")


@pytest.mark.parametrize("step", ["cancel", "confirm"])
async def test_another_fans_order_does_not_exist(make_fan: MakeFan, step: str) -> None:
    """Nobody touches an order that is not theirs."""
    order_id = (await (await make_fan()).bought()).json()["order_id"]
    answer: httpx.Response = await (await make_fan()).call("POST", f"/v1/orders/{order_id}/{step}")
    assert (answer.status_code, problem(answer)) == (404, "order-missing")


async def test_releasing_a_hold_cancels_its_unpaid_order(fan: Fan, database: Connection, sweep: Sweep) -> None:
    """Giving the seats back ends what was begun with them."""
    hold_id = await fan.held()
    await fan.buy(hold_id, DECLINED)
    assert (await fan.call("DELETE", f"/v1/holds/{hold_id}")).status_code == 204
    assert await one(database, "SELECT status FROM orders") == ("cancelled",)
    assert await sweep.count("SELECT count(*) FROM tickets") == 0
