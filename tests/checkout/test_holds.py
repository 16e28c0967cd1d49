"""Holding seats: what is taken, what is refused, and for how long."""

import httpx
import pytest

from checkout.services import Services
from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import Fan, a_key, problem
from tests.checkout.sweep import Sweep, expire

pytestmark = pytest.mark.usefixtures("sweep")


def labels(answer: httpx.Response) -> list[str]:
    """The seats of a hold."""
    assert answer.status_code == 201, answer.text
    return [seat["seat"] for seat in answer.json()["seats"]]


async def test_best_available_is_the_middle_of_the_front_row(fan: Fan) -> None:
    """The nearest seats to the focal point come first, side by side."""
    answer = await fan.hold_best(2)
    assert labels(answer) == ["F-A-4", "F-A-5"]
    assert answer.json()["together"] is True
    assert answer.json()["total"] == {"amount": 10_000, "currency": "usd"}


async def test_best_available_leaves_no_single_seat(make_fan: MakeFan) -> None:
    """With three left on a side, two are not taken so that one is left over: the next row is."""
    await (await make_fan()).hold_seats("F-A-4", "F-A-5")
    assert labels(await (await make_fan()).hold_best(2)) == ["F-B-4", "F-B-5"]


async def test_an_orphan_is_made_rather_than_a_refusal(make_fan: MakeFan) -> None:
    """The last possible booking is never refused for neatness."""
    assert labels(await (await make_fan()).hold_best(2, "balcony")) == ["B-A-1", "B-A-2"]


async def test_seats_apart_are_given_and_said(make_fan: MakeFan) -> None:
    """When nobody can sit together, the answer says so."""
    await (await make_fan()).hold_seats("B-A-2")
    answer = await (await make_fan()).hold_best(2, "balcony")
    assert labels(answer) == ["B-A-1", "B-A-3"]
    assert answer.json()["together"] is False


async def test_seats_are_taken_over_several_rows(make_fan: MakeFan) -> None:
    """A group is split over rows when no row has room for all."""
    for row in "ABC":
        await (await make_fan()).hold_seats(*[f"F-{row}-{seat}" for seat in (1, 2, 4, 5)])
        await (await make_fan()).hold_seats(*[f"F-{row}-{seat}" for seat in (7, 8)])
    answer = await (await make_fan()).hold_best(3)
    assert len({label[:3] for label in labels(answer)}) == 2
    assert answer.json()["together"] is False


async def test_named_seats_are_all_or_nothing(make_fan: MakeFan, sweep: Sweep) -> None:
    """One taken seat refuses the hold and names the seat."""
    await (await make_fan()).hold_seats("F-A-2")
    answer = await (await make_fan()).hold_seats("F-A-1", "F-A-2", "F-A-3")
    assert (answer.status_code, problem(answer)) == (409, "seats-unavailable")
    assert (answer.json()["seats"], answer.json()["reason"]) == (["F-A-2"], "held")
    assert await sweep.count("SELECT count(*) FROM seats WHERE hold_id IS NOT NULL") == 1


async def test_sold_seats_are_said_to_be_sold(make_fan: MakeFan) -> None:
    """Who asks for a sold seat need not wait for it to come back."""
    sold = (await (await make_fan()).bought()).json()["tickets"][0]["seat"]
    answer = await (await make_fan()).hold_seats(sold)
    assert (answer.json()["seats"], answer.json()["reason"]) == ([sold], "sold")


async def test_unknown_seats_are_named(fan: Fan) -> None:
    """A seat that does not exist is a wrong field, not a taken seat."""
    answer = await fan.hold_seats("F-A-1", "Z-Z-9")
    assert (answer.status_code, problem(answer)) == (422, "validation-failed")
    assert "Z-Z-9" in answer.json()["errors"][0]["problem"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"seats": []},
        {"seats": ["F-A-1", "F-A-1"]},
        {"seats": ["F-A-1"], "quantity": 1},
        {"category": "floor"},
        {"category": "floor", "quantity": 0},
        {"category": "floor", "quantity": "2"},
        {"category": "floor", "quantity": 2, "colour": "red"},
        {"category": "nowhere", "quantity": 2},
    ],
)
async def test_a_wrong_body_is_422(fan: Fan, body: object) -> None:
    """Fields that are wrong, missing, unknown or contradictory are named."""
    answer = await fan.call("POST", "/v1/events/gig/holds", body, key=a_key())
    assert (answer.status_code, problem(answer)) == (422, "validation-failed")


async def test_all_in_carts_is_told_from_sold_out(make_fan: MakeFan) -> None:
    """Seats in carts may come back, sold ones do not."""
    first, second = await make_fan(), await make_fan()
    hold_id = await first.held(3, "balcony")
    in_carts = await second.hold_best(1, "balcony")
    assert problem(in_carts) == "all-in-carts"
    assert in_carts.headers["retry-after"] == str(in_carts.json()["retry_after"])
    assert (await first.buy(hold_id)).status_code == 201
    sold_out = await second.hold_best(1, "balcony")
    assert (problem(sold_out), sold_out.json()["seats_left"]) == ("sold-out", 0)


async def test_too_few_left_says_how_many(make_fan: MakeFan) -> None:
    """Who wants more than there is learns what there is."""
    await (await make_fan()).bought(2, "balcony")
    answer = await (await make_fan()).hold_best(2, "balcony")
    assert (problem(answer), answer.json()["seats_left"]) == ("sold-out", 1)


async def test_the_limit_counts_all_carts(fan: Fan) -> None:
    """A fan may have four seats, in several carts together."""
    await fan.held(2)
    await fan.held(1)
    answer = await fan.hold_best(2)
    assert (answer.status_code, problem(answer)) == (409, "hold-limit")
    assert (answer.json()["limit"], answer.json()["taken"]) == (4, 3)
    assert (await fan.hold_best(1)).status_code == 201


async def test_with_the_purchase_the_visit_is_over(fan: Fan) -> None:
    """The slot went to the next fan with the payment: who wants more seats comes again, through the line."""
    await fan.bought(1)
    answer = await fan.hold_best(1)
    assert (answer.status_code, problem(answer)) == (403, "admission-required")


@pytest.mark.parametrize("lines", [[1], None], ids=["partly", "wholly"])
async def test_a_refund_does_not_begin_the_visit_anew(fan: Fan, services: Services, lines: list[int] | None) -> None:
    """The slot is another's since the payment, whatever money goes back."""
    order_id = (await fan.bought(2)).json()["order_id"]
    await services.refunds.refund(order_id, lines=lines, reason="rain", key=a_key())
    answer = await fan.hold_best(1)
    assert (answer.status_code, problem(answer)) == (403, "admission-required")


async def test_an_expired_hold_does_not_count(fan: Fan, database: Connection) -> None:
    """What a fan no longer has is not held against the fan."""
    await expire(database, await fan.held(4))
    assert (await fan.hold_best(4)).status_code == 201


async def test_expired_seats_are_taken_over_in_place(make_fan: MakeFan, database: Connection) -> None:
    """Nobody has to sweep: a hold that is over gives its seats to the next who asks."""
    first, second = await make_fan(), await make_fan()
    hold_id = await first.held(3, "balcony")
    await expire(database, hold_id)
    assert len(labels(await second.hold_best(3, "balcony"))) == 3
    refreshed = await first.call("POST", f"/v1/holds/{hold_id}/refresh")
    assert (refreshed.status_code, problem(refreshed)) == (410, "hold-expired")
    row = await (await database.execute("SELECT hold_id FROM ledger WHERE what = 'seats taken over'")).fetchone()
    assert row == (hold_id,)


async def test_named_seats_of_an_expired_hold_are_free(make_fan: MakeFan, database: Connection) -> None:
    """Expiry is the same for those who choose by name."""
    hold_id = await (await make_fan()).held(2)
    await expire(database, hold_id)
    assert (await (await make_fan()).hold_seats("F-A-4", "F-A-5")).status_code == 201


async def test_availability_counts_expired_seats_as_free(fan: Fan, database: Connection, services: Services) -> None:
    """The count is true though nobody has written the expiry anywhere."""
    await expire(database, await fan.held(3, "balcony"))
    services.catalogue.forget()
    shown = (await fan.call("GET", "/v1/events/gig")).json()["categories"]
    assert [category["seats_left"] for category in shown] == [24, 3]


async def test_a_refresh_stops_at_the_longest_time(fan: Fan, database: Connection) -> None:
    """A timer cannot be kept alive for ever: thirty minutes from the first moment."""
    hold_id = await fan.held()
    await database.execute(
        "UPDATE holds SET placed_at = placed_at - interval '25 minutes', expires_at = expires_at - interval '9 minutes'"
    )
    for _ in range(3):
        assert (await fan.call("POST", f"/v1/holds/{hold_id}/refresh")).status_code == 200
    row = await (await database.execute("SELECT expires_at - placed_at <= interval '30 minutes' FROM holds")).fetchone()
    assert row == (True,)


async def test_a_refresh_never_shortens(fan: Fan, database: Connection) -> None:
    """Asking for more time never costs time."""
    hold_id = await fan.held()
    await database.execute("UPDATE holds SET placed_at = placed_at - interval '29 minutes'")
    before = (await fan.call("GET", "/v1/holds")).json()["holds"][0]["expires_at"]
    after = (await fan.call("POST", f"/v1/holds/{hold_id}/refresh")).json()["expires_at"]
    assert after == before


async def test_a_released_hold_frees_its_seats_once(make_fan: MakeFan) -> None:
    """Giving back is safe to repeat and does not touch who holds the seats now."""
    first, second = await make_fan(), await make_fan()
    hold_id = await first.held(3, "balcony")
    assert (await first.call("DELETE", f"/v1/holds/{hold_id}")).status_code == 204
    assert (await second.hold_best(3, "balcony")).status_code == 201
    assert (await first.call("DELETE", f"/v1/holds/{hold_id}")).status_code == 204
    assert (await first.call("GET", "/v1/holds")).json() == {"holds": []}
    assert len((await second.call("GET", "/v1/holds")).json()["holds"]) == 1


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/refresh")])
async def test_another_fans_hold_does_not_exist(make_fan: MakeFan, method: str, path: str) -> None:
    """Nobody touches or learns of a hold that is not theirs."""
    hold_id = await (await make_fan()).held()
    answer = await (await make_fan()).call(method, f"/v1/holds/{hold_id}{path}")
    assert (answer.status_code, problem(answer)) == (404, "hold-missing")


async def test_a_hold_three_times_with_one_key_is_one_hold(fan: Fan, sweep: Sweep) -> None:
    """An impatient client has one hold, and the same answer each time."""
    key = a_key()
    answers = [await fan.hold_best(2, key=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.text for answer in answers}) == 1
    assert await sweep.count("SELECT count(*) FROM holds") == 1


async def test_a_key_is_replayed_after_the_hold_is_gone(fan: Fan) -> None:
    """What was answered is answered again, whatever has become of it."""
    key = a_key()
    first = await fan.hold_best(2, key=key)
    await fan.call("DELETE", f"/v1/holds/{first.json()['hold_id']}")
    assert (await fan.hold_best(2, key=key)).json() == first.json()


async def test_a_key_with_another_payload_is_refused(fan: Fan) -> None:
    """A key stands for one intent."""
    key = a_key()
    await fan.hold_best(1, key=key)
    answer = await fan.hold_best(2, key=key)
    assert (answer.status_code, problem(answer)) == (422, "idempotency-key-reused")


async def test_a_key_is_scoped_by_session(make_fan: MakeFan) -> None:
    """Two fans may have made the same key."""
    key = a_key()
    answers = [await (await make_fan()).hold_best(1, key=key) for _ in range(2)]
    assert len({answer.json()["hold_id"] for answer in answers}) == 2


async def test_a_missing_key_is_400(fan: Fan) -> None:
    """Without a key a repeat could not be told from a second wish."""
    answer = await fan.call("POST", "/v1/events/gig/holds", {"category": "floor", "quantity": 1})
    assert (answer.status_code, problem(answer)) == (400, "idempotency-key-missing")


async def test_a_refusal_is_not_kept_under_its_key(make_fan: MakeFan) -> None:
    """Who was refused with 409 may ask again with the same key and be served."""
    first, second, key = await make_fan(), await make_fan(), a_key()
    hold_id = await first.held(3, "balcony")
    assert (await second.hold_best(1, "balcony", key=key)).status_code == 409
    await first.call("DELETE", f"/v1/holds/{hold_id}")
    assert (await second.hold_best(1, "balcony", key=key)).status_code == 201


async def test_another_rooms_session_opens_nothing_here(fan: Fan, database: Connection) -> None:
    """A turn is for one sale."""
    await database.execute("UPDATE events SET room = 'another'")
    answer = await fan.call("GET", "/v1/events/gig")
    assert (answer.status_code, answer.json()["reason"]) == (403, "foreign")
    assert (await fan.hold_best(1)).status_code == 403


async def test_an_unknown_event_is_404(fan: Fan) -> None:
    """What is not on sale is not there."""
    answer = await fan.call("GET", "/v1/events/nothing")
    assert (answer.status_code, problem(answer)) == (404, "event-missing")


async def test_a_hold_lengthens_the_session(fan: Fan, database: Connection) -> None:
    """A session lives as long as a hold in it does."""
    await database.execute("UPDATE sessions SET expires_at = clock_timestamp() + interval '5 seconds'")
    await fan.held()
    row = await (
        await database.execute(
            "SELECT sessions.expires_at = holds.expires_at FROM sessions JOIN holds USING (session_id)"
        )
    ).fetchone()
    assert row == (True,)


async def test_sections_and_seats_are_shown(fan: Fan, services: Services) -> None:
    """A section's seats are sent when they are asked for, not with the catalogue."""
    await fan.held(2)
    services.catalogue.forget()
    sections = (await fan.call("GET", "/v1/events/gig/availability")).json()["sections"]
    assert [(section["section"], section["seats_left"]) for section in sections] == [("F", 22), ("B", 3)]
    seats = (await fan.call("GET", "/v1/events/gig/availability?section=F")).json()["seats"]
    assert {seat["seat"] for seat in seats if seat["state"] == "held"} == {"F-A-4", "F-A-5"}
    assert len(seats) == 24
