"""What vendors change is written down, and controls show what each guard of it is for."""

from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.fans import problem
from tests.checkout.patches import without
from tests.checkout.sweep import Sweep
from tests.checkout.vendors.seller import Seller


async def test_the_ledger_has_every_change_of_an_event(seller: Seller, room_name: str, database: Connection) -> None:
    """In the transaction of the change, with what was changed."""
    await seller.an_event(room_name)
    await seller.changed("/events/show", {"version": 1, "limit_per_fan": 2, "starts_at": "2031-06-01T20:00:00Z"})
    await seller.changed("/events/show/categories/back", {"version": 2, "price": 1})
    await seller.changed("/events/show/seats", {"seats": ["T-A-1"], "blocked": True})
    await seller.changed("/events/show/categories/standing?version=4", {}, "DELETE")
    rows = await (await database.execute("SELECT what, detail FROM ledger ORDER BY entry_id")).fetchall()
    assert [what for what, _ in rows] == [
        *("event made", "event changed", "category changed", "seats changed", "category deleted")
    ]
    assert rows[1][1]["limit_per_fan"] == 2
    assert (rows[2][1]["category"], rows[2][1]["price"]) == ("back", 1)


async def test_without_the_check_a_cart_loses_a_seat(
    seller: Seller, room_name: str, make_fan: MakeFan, database_url: str, database: Connection
) -> None:
    """The control of blocking: a held seat is taken out of its hold, and the sweep finds that."""
    await seller.an_event(room_name)
    await (await make_fan()).hold_seats("T-A-1")
    without(database_url, ("change_seats", "IF taken IS NOT NULL THEN"))
    await seller.changed("/events/show/seats", {"seats": ["T-A-1"], "blocked": True})
    assert "a live hold lacks one of its seats" in await Sweep(database).broken()


async def test_without_the_condition_a_blocked_seat_is_given(
    seller: Seller, room_name: str, make_fan: MakeFan, database_url: str
) -> None:
    """The control of blocked seats: they are kept from fans by `is_free` alone."""
    await seller.an_event(room_name)
    await seller.changed("/events/show/seats", {"seats": ["T-A-1"], "blocked": True})
    fan = await make_fan()
    assert problem(await fan.hold_seats("T-A-1")) == "seats-unavailable"
    without(database_url, ("is_free", "AND NOT seat.is_blocked"))
    assert (await fan.hold_seats("T-A-1")).status_code == 201


async def test_without_the_kinds_the_best_available_gives_accessible_seats(
    seller: Seller, room_name: str, make_fan: MakeFan, database_url: str, database: Connection
) -> None:
    """The control of the kinds: without them row B is a row as any other."""
    await seller.an_event(room_name)
    without(database_url, ("is_for_all", "AND seat.kind = 'standard'"))
    neighbours = ("count_row", "FROM standing WHERE is_free AND kind = 'standard'")
    without(database_url, neighbours, instead="FROM standing WHERE is_free")
    await database.execute("SELECT count(count_row(row_id, now())) FROM seating_rows")
    given = set()
    for _ in range(2):
        held = await (await make_fan()).hold_best(8, "seats")
        given |= {seat["seat"] for seat in held.json()["seats"]}
    assert {"S-B-4", "S-B-5"} <= given


async def test_without_the_moment_of_sale_everything_is_sold_at_once(
    seller: Seller, room_name: str, make_fan: MakeFan, database_url: str
) -> None:
    """The control of `on_sale_at`, for the best available and by name."""
    event = await seller.an_event(room_name)
    later = {"version": event["version"], "on_sale_at": "2031-01-01T00:00:00Z"}
    await seller.changed("/events/show/categories/back", later)
    fan = await make_fan()
    assert problem(await fan.hold_best(1, "back")) == "not-on-sale-yet"
    without(
        database_url,
        ("hold_best", "IF of_category.on_sale_at > at_moment THEN"),
        ("refuse_named", "IF latest > at_moment THEN"),
    )
    assert (await fan.hold_best(1, "back")).status_code == 201
    assert (await fan.hold_seats("T-A-3")).status_code == 201
