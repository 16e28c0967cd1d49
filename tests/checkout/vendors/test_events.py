"""Events and their categories: made, changed within what was sold, deleted."""

import asyncio

import pytest

from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import a_key, problem
from tests.checkout.sweep import Sweep, expire
from tests.checkout.vendors.conftest import MakeSeller
from tests.checkout.vendors.seller import CATEGORIES, Json, Seller

pytestmark = pytest.mark.usefixtures("sweep")
BACK = "/events/show/categories/back"


def category(event: Json, name: str) -> Json:
    """One of an event's categories."""
    return next(each for each in event["categories"] if each["category"] == name)


async def test_an_event_has_what_its_seat_map_had(seller: Seller, room_name: str) -> None:
    """Categories with their rows and counts; terms that were not named have their defaults."""
    event = await seller.an_event(room_name)
    assert event["starts_at"] == "2031-05-01T18:00:00.000Z"
    assert (event["hold_seconds"], event["longest_visit_seconds"], event["version"]) == (600, 3600, 1)
    counted = {each["category"]: (each["seats"], each["unsold"], each["area"]) for each in event["categories"]}
    assert counted == {"seats": (16, 16, False), "back": (4, 4, False), "standing": (120, 120, True)}
    assert category(event, "seats")["places"] == [{"section": "S", "rows": ["A", "B"]}]
    assert category(event, "standing")["places"] == [{"section": "pit"}]
    assert await seller.show() == event


async def test_a_changed_seat_map_changes_no_event(seller: Seller, room_name: str, make_fan: MakeFan) -> None:
    """The event sells the copy that it was made with, also when the map is gone."""
    event = await seller.an_event(room_name)
    assert (await seller.call("DELETE", f"/seat-maps/{event['seat_map']}")).status_code == 204
    assert (await (await make_fan()).hold_seats("S-A-1")).status_code == 201
    assert (await seller.show())["seat_map"] is None


async def test_events_are_listed_page_by_page(seller: Seller, make_seller: MakeSeller, room_name: str) -> None:
    """Newest first; `next` names where the following page begins."""
    seat_map = await seller.a_seat_map()
    for name in ("one", "two", "three"):
        await seller.an_event(room_name, name, seat_map=seat_map)
    first = (await seller.call("GET", "/events?limit=2")).json()
    assert ([event["event"] for event in first["events"]], first["next"]) == (["three", "two"], "two")
    last = (await seller.call("GET", "/events?limit=2&before=two")).json()
    assert ([event["event"] for event in last["events"]], last["next"]) == (["one"], None)
    assert (await (await make_seller("other")).call("GET", "/events?before=two")).json()["events"] == []
    for limit in ("0", "x", "1000"):
        assert problem(await seller.call("GET", f"/events?limit={limit}")) == "validation-failed"


@pytest.mark.parametrize(
    ("categories", "field"),
    [
        ([CATEGORIES[0] | {"places": [{"section": "nowhere"}]}], "categories.0.places.0"),
        ([CATEGORIES[0] | {"places": [{"section": "S", "rows": ["Z"]}]}], "categories.0.places.0"),
        ([CATEGORIES[0], CATEGORIES[1] | {"places": [{"section": "S", "rows": ["B"]}]}], "categories.1.places.0"),
        ([CATEGORIES[2], CATEGORIES[1] | {"places": [{"section": "pit"}]}], "categories.1.places.0"),
        ([CATEGORIES[0], CATEGORIES[0] | {"places": [{"section": "T"}]}], "categories.1.category"),
        ([CATEGORIES[0] | {"places": [{"section": "T"}, {"section": "pit"}]}], "categories.0.places"),
        ([CATEGORIES[0] | {"price": -1}], "categories.0.price"),
        ([CATEGORIES[0] | {"on_sale_at": "2031-05-01T20:00:00"}], "categories.0.on_sale_at"),
        ([CATEGORIES[0] | {"fees": [{"name": "both", "amount": 1, "basis_points": 1}]}], "categories.0.fees.0"),
    ],
)
async def test_a_wrong_event_says_where(seller: Seller, room_name: str, categories: list[Json], field: str) -> None:
    """Each fault is named by where it is in the body, and nothing is made."""
    body = {"event": "show", "room": room_name, "seat_map": await seller.a_seat_map(), "name": "x"}
    terms = {"starts_at": "2031-05-01T20:00:00Z", "currency": "eur", "categories": categories}
    refused = await seller.call("POST", "/events", body | terms)
    assert (refused.status_code, problem(refused)) == (422, "validation-failed"), refused.text
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert problem(await seller.call("GET", "/events/show")) == "event-missing"


@pytest.mark.parametrize("moment", [4856433, "4856433", "2031-05-01", "2031-05-01T20:00:00"])
async def test_a_time_is_written_out(seller: Seller, room_name: str, moment: object) -> None:
    """A number is no time: it would move the event into 1970."""
    before = await seller.an_event(room_name)
    answer = await seller.call("POST", "/events/show/reschedule", {"starts_at": moment})
    assert (answer.status_code, problem(answer)) == (422, "validation-failed")
    assert (await seller.show())["starts_at"] == before["starts_at"]


async def test_an_event_of_a_name_is_made_once(seller: Seller, make_seller: MakeSeller, room_name: str) -> None:
    """Names are addresses, so they are taken for everybody; a key makes the event once."""
    key, seat_map = a_key(), await seller.a_seat_map()
    body: Json = {"event": "show", "room": room_name, "seat_map": seat_map, "name": "x", "currency": "eur"}
    body |= {"starts_at": "2031-05-01T20:00:00Z", "categories": CATEGORIES}
    answers = await asyncio.gather(*(seller.call("POST", "/events", body, key=key) for _ in range(5)))
    assert 201 in {answer.status_code for answer in answers}
    assert {problem(each) for each in answers if each.status_code != 201} <= {"idempotency-key-running"}
    other = await make_seller("other")
    theirs = await other.call("POST", "/events", body | {"seat_map": await other.a_seat_map()})
    assert (theirs.status_code, problem(theirs)) == (409, "name-taken")


async def test_a_strangers_seat_map_is_none(seller: Seller, make_seller: MakeSeller, room_name: str) -> None:
    """An event is made of one's own maps alone."""
    theirs = await (await make_seller("other")).a_seat_map()
    body: Json = {"event": "show", "room": room_name, "seat_map": theirs, "name": "x", "currency": "eur"}
    body |= {"starts_at": "2031-05-01T20:00:00Z", "categories": CATEGORIES}
    assert problem(await seller.call("POST", "/events", body)) == "seat-map-missing"


async def test_before_anything_is_ordered_all_terms_may_change(seller: Seller, room_name: str) -> None:
    """Time, currency and room too, each time of the version that was seen."""
    await seller.an_event(room_name)
    changes = {"name": "Other", "currency": "gbp", "room": "elsewhere", "limit_per_fan": 2, "hold_seconds": 120}
    changed = await seller.changed("/events/show", {"version": 1, "starts_at": "2031-06-01T20:00:00Z", **changes})
    assert changes.items() <= changed.items()
    assert changed["version"] == 2
    assert problem(await seller.call("PATCH", "/events/show", {"version": 1, "name": "x"})) == "stale-version"
    wrong = {"version": 2, "longest_hold_seconds": 60}
    assert problem(await seller.call("PATCH", "/events/show", wrong)) == "validation-failed"


@pytest.mark.parametrize(
    ("change", "is_allowed"),
    [
        ({"currency": "gbp"}, False),
        ({"starts_at": "2031-06-01T20:00:00Z"}, False),
        ({"room": "elsewhere"}, False),
        ({"currency": "eur", "starts_at": "2031-05-01T18:00:00Z"}, True),
        ({"limit_per_fan": 1, "name": "Other", "hold_seconds": 60}, True),
    ],
)
async def test_after_an_order_some_terms_stay(
    seller: Seller, room_name: str, make_fan: MakeFan, change: Json, is_allowed: bool
) -> None:
    """Currency, time and room stay as they were sold; the answer says which and what to do."""
    await seller.an_event(room_name)
    await (await make_fan()).bought(1, "seats")
    answer = await seller.call("PATCH", "/events/show", {"version": 1} | change)
    assert answer.status_code == (200 if is_allowed else 409)
    if not is_allowed:
        assert (answer.json()["reason"], answer.json()["fields"]) == ("orders", list(change))


async def test_a_hold_keeps_its_price_and_currency(seller: Seller, room_name: str, make_fan: MakeFan) -> None:
    """A new price is for future holds; what a fan has seen is what the fan pays."""
    await seller.an_event(room_name)
    fan, later = await make_fan(), await make_fan()
    held = (await fan.hold_best(2, "back")).json()
    await seller.changed(BACK, {"version": 1, "price": 9_000})
    await seller.changed("/events/show", {"version": 2, "currency": "gbp"})
    paid = await fan.buy(held["hold_id"])
    assert (paid.status_code, paid.json()["total"]) == (201, {"amount": 6_000, "currency": "eur"})
    assert (await later.hold_best(1, "back")).json()["total"] == {"amount": 9_000, "currency": "gbp"}


async def test_the_limit_counts_at_once(seller: Seller, room_name: str, make_fan: MakeFan) -> None:
    """A lower limit lets nobody hold more; what is held already stays."""
    await seller.an_event(room_name)
    fan = await make_fan()
    hold_id = await fan.held(3, "standing")
    await seller.changed("/events/show", {"version": 1, "limit_per_fan": 4})
    refused = await fan.hold_best(2, "seats")
    assert (problem(refused), refused.json()["taken"]) == ("hold-limit", 3)
    assert (await fan.buy(hold_id)).status_code == 201


async def test_rows_move_between_categories(seller: Seller, room_name: str, make_fan: MakeFan) -> None:
    """A row that has sold nothing may get another price; one that has sold may not."""
    await seller.an_event(room_name)
    fan = await make_fan()
    await fan.bought(1, "back")
    moved = await seller.changed(BACK, {"version": 1, "places": [{"section": "S", "rows": ["A"]}]})
    assert (category(moved, "seats")["seats"], category(moved, "back")["seats"]) == (8, 12)
    assert (await (await make_fan()).hold_best(2, "back")).json()["total"]["amount"] == 6_000
    away = await seller.call("PATCH", "/events/show/categories/seats", {"version": 2, "places": [{"section": "T"}]})
    assert (away.status_code, away.json()["reason"], away.json()["rows"]) == (409, "orders", ["T A"])
    mixed = await seller.call("PATCH", BACK, {"version": 2, "places": [{"section": "pit"}]})
    assert problem(mixed) == "validation-failed"


async def test_rows_that_were_left_out_are_sold_later(seller: Seller, room_name: str, make_fan: MakeFan) -> None:
    """A row of no category is not on sale; a new category sells it, once."""
    await seller.an_event(room_name, categories=[CATEGORIES[0] | {"places": [{"section": "S", "rows": ["A"]}]}])
    fan = await make_fan()
    assert problem(await fan.hold_seats("S-B-1")) == "validation-failed"
    more = CATEGORIES[1] | {"places": [{"section": "S", "rows": ["B"]}, {"section": "T"}]}
    added = await seller.made("/events/show/categories", more | {"version": 1})
    assert category(added, "back")["seats"] == 12
    assert (await fan.hold_seats("S-B-1")).status_code == 201
    again = await seller.call("POST", "/events/show/categories", more | {"version": 2, "category": "more"})
    assert problem(again) == "validation-failed"
    taken = await seller.call("POST", "/events/show/categories", CATEGORIES[2] | {"version": 2, "category": "back"})
    assert problem(taken) == "name-taken"


async def test_a_category_goes_while_nothing_of_it_was_held(seller: Seller, room_name: str, make_fan: MakeFan) -> None:
    """Its rows are sold no more."""
    await seller.an_event(room_name)
    await (await make_fan()).held(1, "back")
    held = await seller.call("DELETE", f"{BACK}?version=1")
    assert (held.status_code, held.json()["reason"]) == (409, "holds")
    left = await seller.changed("/events/show/categories/standing?version=1", {}, "DELETE")
    assert [each["category"] for each in left["categories"]] == ["seats", "back"]
    assert problem(await seller.call("DELETE", "/events/show/categories/none?version=2")) == "category-missing"
    assert problem(await seller.call("DELETE", f"{BACK}?version=x")) == "validation-failed"


async def test_free_seats_are_withdrawn_and_put_back(seller: Seller, room_name: str, make_fan: MakeFan) -> None:
    """A blocked seat is neither given nor counted, by name neither; then it is on sale again."""
    await seller.an_event(room_name)
    fan, seats = await make_fan(), ["T-A-1", "T-A-2", "T-A-3"]
    blocked = await seller.changed("/events/show/seats", {"seats": seats, "blocked": True})
    assert category(blocked, "back")["unsold"] == 1
    refused = await fan.hold_seats("T-A-1")
    assert (problem(refused), refused.json()["reason"]) == ("seats-unavailable", "blocked")
    sold_out = await fan.hold_best(2, "back")
    assert (problem(sold_out), sold_out.json()["seats_left"]) == ("sold-out", 1)
    shown = (await fan.call("GET", "/v1/events/show/availability?section=T")).json()["seats"]
    assert [seat["state"] for seat in shown] == ["blocked"] * 3 + ["free"]
    await seller.changed("/events/show/seats", {"seats": seats, "blocked": False})
    assert (await fan.hold_best(2, "back")).status_code == 201


async def test_taken_seats_are_not_withdrawn(
    seller: Seller, room_name: str, make_fan: MakeFan, database: Connection
) -> None:
    """All or nothing: one that is held or sold keeps the others; an expired hold keeps nothing."""
    await seller.an_event(room_name)
    fan = await make_fan()
    hold_id = (await fan.hold_seats("T-A-1")).json()["hold_id"]
    change = {"seats": ["T-A-1", "T-A-2"], "blocked": True}
    refused = await seller.call("PATCH", "/events/show/seats", change)
    assert (problem(refused), refused.json()["seats"]) == ("seats-unavailable", ["T-A-1"])
    unknown = await seller.call("PATCH", "/events/show/seats", {"seats": ["T-A-9"], "blocked": True})
    assert problem(unknown) == "validation-failed"
    await expire(database, hold_id)
    await seller.changed("/events/show/seats", change)
    assert problem(await fan.buy(hold_id)) == "hold-expired"


async def test_an_event_that_nobody_ordered_is_deleted(
    seller: Seller, room_name: str, make_fan: MakeFan, database: Connection, sweep: Sweep
) -> None:
    """Not while seats are in carts; with it go its seats and what is left of old holds, and its name is free."""
    await seller.an_event(room_name)
    fan = await make_fan()
    hold_id = await fan.held(2, "seats")
    held = await seller.call("DELETE", "/events/show")
    assert (held.status_code, held.json()["reason"]) == (409, "holds")
    await expire(database, hold_id)
    assert (await seller.call("DELETE", "/events/show")).status_code == 204
    assert problem(await seller.call("GET", "/events/show")) == "event-missing"
    assert await sweep.count("SELECT count(*) FROM seats WHERE seat = 'S-A-1'") == 0
    assert await sweep.count("SELECT count(*) FROM ledger WHERE what = 'event deleted'") == 1
    await seller.an_event(room_name)


async def test_an_event_with_orders_stays(seller: Seller, room_name: str, make_fan: MakeFan) -> None:
    """What was ordered is never deleted; the answer names the other way."""
    await seller.an_event(room_name)
    await (await make_fan()).bought(1, "seats")
    refused = await seller.call("DELETE", "/events/show")
    assert (refused.status_code, refused.json()["reason"]) == (409, "orders")
    assert "cancelled" in refused.json()["detail"]


async def test_a_vendor_refunds_whole_orders_and_lines(
    seller: Seller, room_name: str, make_fan: MakeFan, make_seller: MakeSeller
) -> None:
    """Once a key; the order says what was given back; another vendor's order does not exist."""
    await seller.an_event(room_name)
    order_id = (await (await make_fan()).bought(2, "seats")).json()["order_id"]
    path, body, key = f"/orders/{order_id}/refunds", {"lines": [2], "reason": "a broken seat"}, a_key()
    for _ in range(2):
        part = await seller.call("POST", path, body, key=key)
        assert (part.status_code, part.json()["status"], part.json()["total"]["amount"]) == (201, "refunded", 5_000)
    reused = await seller.call("POST", path, {"lines": [1], "reason": "a broken seat"}, key=key)
    assert problem(reused) == "idempotency-key-reused"
    again = await seller.call("POST", path, body)
    assert (problem(again), again.json()["lines"]) == ("lines-not-refundable", [2])
    assert (await seller.call("POST", path, {"reason": "rain"})).json()["lines"] == [1]
    order = (await seller.call("GET", f"/orders/{order_id}")).json()
    assert (order["status"], [refund["lines"] for refund in order["refunds"]]) == ("refunded", [[2], [1]])
    assert problem(await seller.call("POST", path, {"reason": "rain"})) == "order-not-refundable"
    assert problem(await (await make_seller("other")).call("POST", path, body)) == "order-missing"
    assert problem(await seller.call("POST", path, {"lines": [1, 1], "reason": "x"})) == "validation-failed"


async def test_orders_are_listed_found_and_exported(
    seller: Seller, room_name: str, make_fan: MakeFan, make_seller: MakeSeller
) -> None:
    """By page, status and buyer; never with what would open them; another vendor sees none."""
    await seller.an_event(room_name)
    bought = [(await (await make_fan()).bought(count, "seats")).json()["order_id"] for count in (1, 2, 3)]
    listed = (await seller.call("GET", "/events/show/orders?limit=2")).json()
    assert [order["order_id"] for order in listed["orders"]] == [bought[2], bought[1]]
    rest = (await seller.call("GET", f"/events/show/orders?limit=2&after={listed['next']}")).json()
    assert ([order["order_id"] for order in rest["orders"]], rest["next"]) == ([bought[0]], None)
    for query, count in {"status=paid": 3, "status=refunded": 0, "email=FAN@example.org": 3, "email=x": 0}.items():
        assert len((await seller.call("GET", f"/events/show/orders?{query}")).json()["orders"]) == count, query
    assert problem(await seller.call("GET", "/events/show/orders?status=x")) == "validation-failed"
    order = (await seller.call("GET", f"/orders/{bought[1]}")).json()
    assert (order["status"], order["total"]["amount"], len(order["tickets"])) == ("paid", 10_000, 2)
    assert not {"secret", "session_id", "order_url", "fan_id"} & order.keys()
    assert problem(await (await make_seller("other")).call("GET", f"/orders/{bought[1]}")) == "order-missing"
    exported = await seller.call("GET", "/events/show/orders.csv")
    lines = exported.text.splitlines()
    assert lines[0] == "order,ordered_at,status,email,seat,category,price,currency,ticket,valid"
    assert [line.split(",")[0] for line in lines[1:]] == [bought[0], *[bought[1]] * 2, *[bought[2]] * 3]


async def test_a_buyers_text_is_no_formula(
    seller: Seller, room_name: str, make_fan: MakeFan, database: Connection
) -> None:
    """What a spreadsheet would compute is written as text."""
    await seller.an_event(room_name)
    await (await make_fan()).bought(1, "seats")
    await database.execute("UPDATE orders SET email = '=cmd()@example.org'")
    assert ",'=cmd()@example.org," in (await seller.call("GET", "/events/show/orders.csv")).text


async def test_selling_and_withdrawing_end_in_one_of_both(
    seller: Seller, room_name: str, make_fan: MakeFan, sweep: Sweep
) -> None:
    """Seats that are blocked and held at the same moment are blocked or held, never both."""
    await seller.an_event(room_name)
    fans = [await make_fan() for _ in range(4)]
    seats = [f"T-A-{n}" for n in range(1, 5)]
    holds = [fan.hold_seats(seat) for fan, seat in zip(fans, seats, strict=True)]
    blocks = [seller.call("PATCH", "/events/show/seats", {"seats": [seat], "blocked": True}) for seat in seats]
    answers = await asyncio.gather(*holds, *blocks)
    both = "SELECT count(*) FROM seats WHERE is_blocked AND held_until > clock_timestamp()"
    assert await sweep.count(both) == 0
    taken = await sweep.count("SELECT count(*) FROM seats WHERE is_blocked OR held_until > clock_timestamp()")
    assert taken == sum(answer.is_success for answer in answers) == 4
