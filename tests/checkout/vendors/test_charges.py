"""What an order costs: tickets, fees, taxes; one computation, the same to the unit wherever it is told."""

import pytest

from tests.checkout.conftest import Connection, MakeFan
from tests.checkout.sweep import Sweep
from tests.checkout.vendors.seller import CATEGORIES, Json, Seller

pytestmark = pytest.mark.usefixtures("sweep")
SEATS = CATEGORIES[0]


def sold_at(price: int, *fees: Json) -> list[Json]:
    """One category at this price, with these fees."""
    return [SEATS | {"price": price, "fees": list(fees)}]


@pytest.mark.parametrize(
    ("price", "terms", "quantity", "lines", "total"),
    [
        (1_000, {}, 2, [("ticket", 2_000)], 2_000),
        (0, {}, 1, [("ticket", 0)], 0),
        # A fee for each ticket, an amount; one once an order; one in hundredths of a percent, rounded a ticket.
        (1_000, {"fees": [{"name": "f", "amount": 150}]}, 3, [("ticket", 3_000), ("fee", 450)], 3_450),
        (1_000, {"fees": [{"name": "f", "amount": 99, "per": "order"}]}, 3, [("ticket", 3_000), ("fee", 99)], 3_099),
        (333, {"fees": [{"name": "f", "basis_points": 1_050}]}, 3, [("ticket", 999), ("fee", 105)], 1_104),
        (
            *(333, {"fees": [{"name": "f", "basis_points": 1_050, "per": "order"}]}, 3),
            *([("ticket", 999), ("fee", 105)], 1_104),
        ),
        # Half a unit goes up: 10 % of 5 is 0.5, of 15 is 1.5, of 4 is 0.4.
        (5, {"taxes": [{"name": "t", "basis_points": 1_000}]}, 1, [("ticket", 5), ("tax", 1)], 6),
        (15, {"taxes": [{"name": "t", "basis_points": 1_000}]}, 1, [("ticket", 15), ("tax", 2)], 17),
        (4, {"taxes": [{"name": "t", "basis_points": 1_000}]}, 1, [("ticket", 4), ("tax", 0)], 4),
        # Included tax is in the price: 19 % in 1,190 are 190; two of them share what is in it.
        (
            *(1_190, {"taxes": [{"name": "t", "basis_points": 1_900, "included": True}]}, 1),
            *([("ticket", 1_190), ("tax", 190)], 1_190),
        ),
        (
            *(1_200, {"taxes": [{"name": name, "basis_points": 1_000, "included": True} for name in "ab"]}, 1),
            *([("ticket", 1_200), ("tax", 100), ("tax", 100)], 1_200),
        ),
        # Taxes are on tickets and fees together.
        (
            *(1_000, {"fees": [{"name": "f", "amount": 100}], "taxes": [{"name": "t", "basis_points": 2_000}]}, 2),
            *([("ticket", 2_000), ("fee", 200), ("tax", 440)], 2_640),
        ),
    ],
)  # fmt: skip
async def test_a_total_is_what_its_rule_says(
    seller: Seller, room_name: str, make_fan: MakeFan, price: int, terms: Json, quantity: int,
    lines: list[tuple[str, int]], total: int,
) -> None:  # fmt: skip
    """Each line by hand, and their sum without what is included."""
    await seller.an_event(room_name, categories=sold_at(price), **terms)
    held = (await (await make_fan()).hold_best(quantity, "seats")).json()
    assert [(line["kind"], line["amount"]) for line in held["lines"]] == lines
    assert held["total"] == {"amount": total, "currency": "eur"}


async def test_hold_order_and_vendor_agree_to_the_unit(
    seller: Seller, room_name: str, make_fan: MakeFan, sweep: Sweep
) -> None:
    """Two categories with fees of their own: what was shown is what is charged, and what the vendor sees."""
    fee = {"name": "Hall fee", "basis_points": 333}
    categories = [SEATS | {"price": 4_999, "fees": [fee]}, CATEGORIES[1] | {"price": 2_501}]
    fees = [{"name": "Service", "amount": 120}, {"name": "Delivery", "amount": 290, "per": "order"}]
    taxes = [{"name": "VAT", "basis_points": 700, "included": True}, {"name": "City", "basis_points": 250}]
    await seller.an_event(room_name, categories=categories, fees=fees, taxes=taxes)
    fan = await make_fan()
    held = (await fan.hold_seats("S-A-4", "S-A-5", "T-A-1")).json()
    named = [(line["name"], line["amount"]) for line in held["lines"]]
    assert named == [
        *(("Seats", 9_998), ("Back", 2_501)),
        *(("Hall fee", 332), ("Service", 360), ("Delivery", 290), ("VAT", 882), ("City", 337)),
    ]
    assert held["total"]["amount"] == 13_818
    assert (await fan.call("GET", "/v1/holds")).json()["holds"][0]["lines"] == held["lines"]
    order = (await fan.buy(held["hold_id"])).json()
    assert (order["total"], order["lines"]) == (held["total"], held["lines"])
    seen = (await seller.call("GET", f"/orders/{order['order_id']}")).json()
    assert (seen["total"], seen["lines"]) == (held["total"], held["lines"])
    assert await sweep.count("SELECT sum(amount) FROM sandbox.authorisations WHERE status = 'captured'") == 13_818


async def test_new_fees_are_for_future_holds(seller: Seller, room_name: str, make_fan: MakeFan) -> None:
    """A fee that comes between cart and payment is not charged."""
    await seller.an_event(room_name)
    fan = await make_fan()
    held = (await fan.hold_best(1, "seats")).json()
    await seller.changed("/events/show", {"version": 1, "fees": [{"name": "Late", "amount": 900}]})
    assert (await fan.buy(held["hold_id"])).json()["total"] == held["total"]
    assert (await (await make_fan()).hold_best(1, "seats")).json()["total"]["amount"] == held["total"]["amount"] + 900


async def test_a_total_that_its_lines_do_not_make_is_found(
    seller: Seller, room_name: str, make_fan: MakeFan, database: Connection, sweep: Sweep
) -> None:
    """The control: the sweep sees a hold that asks for a unit more than it shows."""
    await seller.an_event(room_name)
    await (await make_fan()).held(1, "seats")
    await database.execute("UPDATE holds SET amount = amount + 1")
    assert list(await sweep.broken()) == ["a total is not what its lines add up to"]
    await database.execute("UPDATE holds SET amount = amount - 1")
