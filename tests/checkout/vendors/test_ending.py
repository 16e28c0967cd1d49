"""Events that are moved or cancelled, and what that does to those who hold, pay and have paid."""

import asyncio

import psycopg
import pytest

from checkout.reissuing import Reissuing
from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import Fan, problem
from tests.checkout.patches import without
from tests.checkout.providers import interfere
from tests.checkout.sweep import Sweep
from tests.checkout.vendors.seller import Json, Seller
from waitroom.tokens import verify_proof

LATER = "2031-07-01T19:00:00.000Z"
SHOW = "SELECT event_id FROM events WHERE event = 'show'"


@pytest.fixture(autouse=True)
async def show(seller: Seller, room_name: str) -> Json:
    """An event in the hall."""
    return await seller.an_event(room_name)


async def cancel(seller: Seller) -> Json:
    """Cancel it."""
    return await seller.changed("/events/show/cancel", {"reason": "Illness"}, "POST")


async def jobs(database: Connection) -> list[str]:
    """The tasks of the event that wait in the outbox."""
    rows = await database.execute(
        "SELECT task_name FROM procrastinate_jobs WHERE task_name IN ('refund_event', 'reissue_proofs', 'tell_event')"
    )
    return sorted(row[0] for row in await rows.fetchall())


async def event_id(sweep: Sweep) -> int:
    """The event's own id."""
    return await sweep.count(SHOW)


async def test_a_cancelled_event_sells_nothing_more(seller: Seller, make_fan: MakeFan, sweep: Sweep) -> None:
    """Holds are refused, and what was held has ended; the fan is told why, with 410."""
    fan, other = await make_fan(), await make_fan()
    hold_id = await fan.held(2, "seats")
    cancelled = await cancel(seller)
    assert (cancelled["cancel_reason"], cancelled["version"]) == ("Illness", 2)
    for refused in (await fan.buy(hold_id), await other.hold_best(1, "seats"), await other.hold_seats("S-A-1")):
        assert (refused.status_code, problem(refused)) == (410, "event-cancelled")
    assert (await fan.call("GET", "/v1/holds")).json() == {"holds": []}
    assert await sweep.count("SELECT count(*) FROM seats WHERE held_until > clock_timestamp()") == 0
    assert await sweep.broken() == {}


async def test_cancelling_is_done_once(seller: Seller, database: Connection, sweep: Sweep) -> None:
    """A repeated call changes nothing; refunds and notices are one job each, the ledger has one entry."""
    first = await cancel(seller)
    assert await cancel(seller) == first
    assert await jobs(database) == ["refund_event", "tell_event"]
    assert await sweep.count("SELECT count(*) FROM ledger WHERE what = 'event cancelled'") == 1
    for path, body in {"": {"version": 2, "name": "x"}, "/categories/back": {"version": 2, "price": 1}}.items():
        assert problem(await seller.call("PATCH", f"/events/show{path}", body)) == "event-cancelled"
    moved = await seller.call("POST", "/events/show/reschedule", {"starts_at": LATER})
    assert problem(moved) == "event-cancelled"


async def test_an_order_that_waits_for_its_buyer_is_cancelled(seller: Seller, make_fan: MakeFan, sweep: Sweep) -> None:
    """One that was declined, and can no longer be paid."""
    fan = await make_fan()
    declined = (await fan.buy(await fan.held(1, "seats"), "pm_card_chargeDeclined")).json()["order_id"]
    await cancel(seller)
    assert (await fan.call("GET", f"/v1/orders/{declined}")).json()["status"] == "cancelled"
    assert await sweep.broken() == {}


async def test_who_has_paid_gets_the_money_back(
    seller: Seller, make_fan: MakeFan, services: Services, sweep: Sweep
) -> None:
    """By the job that the cancellation left behind."""
    fan = await make_fan()
    order_id = (await fan.bought(2, "seats")).json()["order_id"]
    await cancel(seller)
    await services.refunds.refund_event(await event_id(sweep))
    assert (await fan.call("GET", f"/v1/orders/{order_id}")).json()["status"] == "refunded"
    assert await sweep.broken() == {}


async def test_who_pays_at_that_moment_loses_nothing(
    seller: Seller, make_fan: MakeFan, services: Services, sweep: Sweep
) -> None:
    """Authorised, then cancelled: the authorisation is let go and no money moves."""
    fan, provider = await make_fan(), interfere(services)
    hold_id = await fan.held(1, "seats")

    async def cancel_now() -> None:
        provider.after.clear()
        await cancel(seller)

    provider.after["authorise"] = cancel_now
    refused = await fan.buy(hold_id)
    assert (refused.status_code, problem(refused)) == (410, "hold-expired")
    assert await sweep.count("SELECT count(*) FROM sandbox.authorisations WHERE status = 'captured'") == 0
    assert await sweep.broken() == {}


async def test_a_capture_that_comes_after_is_refunded_too(
    seller: Seller, make_fan: MakeFan, services: Services, database: Connection, sweep: Sweep
) -> None:
    """Secured, then cancelled, then captured: the refunds are run once more for it."""
    fan, provider = await make_fan(), interfere(services)
    hold_id = await fan.held(1, "seats")

    async def cancel_and_refund() -> None:
        provider.after.clear()
        await cancel(seller)
        await services.refunds.refund_event(await event_id(sweep))

    provider.after["capture"] = cancel_and_refund
    order_id = (await fan.buy(hold_id)).json()["order_id"]
    assert await jobs(database) == ["refund_event", "refund_event", "tell_event"]
    await services.refunds.refund_event(await event_id(sweep))
    assert (await fan.call("GET", f"/v1/orders/{order_id}")).json()["status"] == "refunded"


async def rush(seller: Seller, make_fan: MakeFan) -> None:
    """Sixteen fans hold and buy while the event is cancelled."""
    fans = [await make_fan() for _ in range(16)]

    async def live(fan: Fan) -> None:
        held = await fan.hold_best(1, "seats")
        if held.status_code == 201:
            await fan.buy(held.json()["hold_id"])

    async def cancel_in_between() -> None:
        await asyncio.sleep(0.05)
        answer = await seller.call("POST", "/events/show/cancel", {"reason": "x"})
        while answer.status_code == 503:
            answer = await seller.call("POST", "/events/show/cancel", {"reason": "x"})

    await asyncio.gather(cancel_in_between(), *map(live, fans))


async def test_a_rush_against_a_cancellation_leaves_no_hold(
    seller: Seller, make_fan: MakeFan, services: Services, sweep: Sweep
) -> None:
    """Whoever was first is refunded, whoever was second is refused; nothing is held afterwards."""
    await rush(seller, make_fan)
    await services.refunds.refund_event(await event_id(sweep))
    assert await sweep.count("SELECT count(*) FROM orders WHERE status IN ('paid', 'secured', 'authorising')") == 0
    assert await sweep.count("SELECT count(*) FROM seats WHERE held_until > clock_timestamp() OR is_sold") == 0
    assert await sweep.broken() == {}


HOLD = "SELECT hold_best(%s, 'hold_x', 'show', 'seats', 1, 'key-of-this-hold', 'x', false)"


async def test_a_cancellation_waits_for_who_holds_seats(
    seller: Seller, make_fan: MakeFan, services: Services, database_url: str, sweep: Sweep
) -> None:
    """A hold that has not committed yet is waited for, and then ended."""
    session_id = services.sessions.read((await make_fan()).session)
    async with await psycopg.AsyncConnection.connect(database_url) as holding:
        await holding.execute(HOLD, (session_id,))
        assert (await seller.call("POST", "/events/show/cancel", {"reason": "x"})).status_code == 503
        await holding.commit()
    await cancel(seller)
    assert await sweep.count("SELECT count(*) FROM holds WHERE state = 'live'") == 0


async def test_without_the_events_lock_a_hold_outlives_the_cancellation(
    seller: Seller, make_fan: MakeFan, services: Services, database_url: str, sweep: Sweep
) -> None:
    """The control: the cancellation does not see the hold that has not committed, and it stays."""
    without(database_url, ("refuse_hold", "PERFORM lock_event(event_id) FROM events WHERE event = in_event;"))
    session_id = services.sessions.read((await make_fan()).session)
    async with await psycopg.AsyncConnection.connect(database_url) as holding:
        await holding.execute(HOLD, (session_id,))
        await cancel(seller)
        await holding.commit()
    assert await sweep.count("SELECT count(*) FROM holds WHERE state = 'live'") == 1


def time_of(ticket: Json, services: Services) -> str:
    """The time that a ticket's genuine proof names."""
    proof = verify_proof(ticket["proof"], purpose="ticket", public=services.signing.public())
    return str(proof["starts_at"])


async def test_a_moved_event_is_told_and_proved_anew(
    seller: Seller, make_fan: MakeFan, services: Services, database: Connection, sweep: Sweep
) -> None:
    """The proofs name the new time; orders stay; the same time again is nothing new."""
    fan = await make_fan()
    order_id = (await fan.bought(2, "seats")).json()["order_id"]
    before = (await fan.call("GET", f"/v1/orders/{order_id}")).json()["tickets"]
    moved = await seller.changed("/events/show/reschedule", {"starts_at": LATER}, "POST")
    assert await seller.changed("/events/show/reschedule", {"starts_at": LATER}, "POST") == moved
    assert moved["starts_at"] == LATER
    assert await jobs(database) == ["reissue_proofs", "tell_event"]
    reissuing = Reissuing(services.database, signing=services.signing)
    for _ in range(2):
        await reissuing.reissue(event_id=await event_id(sweep))
    after = (await fan.call("GET", f"/v1/orders/{order_id}")).json()["tickets"]
    assert {time_of(ticket, services) for ticket in before} == {"2031-05-01T18:00:00.000Z"}
    assert {time_of(ticket, services) for ticket in after} == {LATER}
    assert [ticket["ticket_id"] for ticket in after] == [ticket["ticket_id"] for ticket in before]
    assert await sweep.broken() == {}


async def test_who_pays_as_it_moves_gets_a_proof_of_the_new_time(
    seller: Seller, make_fan: MakeFan, services: Services, database: Connection, sweep: Sweep
) -> None:
    """A proof that was signed for the old time and written after the move is made anew."""
    fan, provider = await make_fan(), interfere(services)
    hold_id = await fan.held(1, "seats")

    async def move_now() -> None:
        provider.after.clear()
        await seller.changed("/events/show/reschedule", {"starts_at": LATER}, "POST")

    provider.after["capture"] = move_now
    order_id = (await fan.buy(hold_id)).json()["order_id"]
    assert (await jobs(database)).count("reissue_proofs") == 2
    await Reissuing(services.database, signing=services.signing).reissue(event_id=await event_id(sweep))
    ticket = (await fan.call("GET", f"/v1/orders/{order_id}")).json()["tickets"][0]
    assert time_of(ticket, services) == LATER
