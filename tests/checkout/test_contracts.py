"""Whatever a program sends to the checkout, as a fan and as a vendor."""

from collections.abc import Callable

import pytest

from checkout.payments.sandbox import SandboxMethod
from tests.checkout.fans import CONTRACT, VENDOR_CONTRACT, a_key
from tests.checkout.machine.world import World
from tests.checkout.vendors.seller import Seller
from tests.contracts import Caller, Fuzzer, Known
from tests.openapi import Contract

Prepare = Callable[[World], Caller]


def prepared_fan(world: World) -> Caller:
    """A fan with a hold and an order, and their addresses."""

    async def prepare() -> Caller:
        event = await world.begin()
        session = await world.open_session()

        async def call(path: str, body: object) -> Known:
            document: Known = (await world.call(session, "POST", path, body, a_key())).json()
            return document

        paid = await call(f"/v1/events/{event}/holds", {"category": "lawn", "quantity": 1})
        body = {"hold_id": paid["hold_id"], "email": "a@b.example"}
        order = await call("/v1/orders", body | {"payment_method": SandboxMethod.NEEDS_ACTION})
        held = await call(f"/v1/events/{event}/holds", {"category": "floor", "quantity": 2})
        known = {"event": event, "hold": held["hold_id"], "order": order["order_id"], "ticket": "ticket_x"}
        return Caller(headers={"Authorization": f"Bearer {session}"}, known=known)

    return world.do(prepare)


def prepared_vendor(world: World) -> Caller:
    """A vendor with a venue, a seat map, an event and a webhook, and their addresses."""

    async def prepare() -> Caller:
        await world.begin()
        seller = Seller(world.client, world.vendor_key)
        event = await seller.an_event(world.room, event="fuzzed")
        rows = await world.database.execute("SELECT venue, seat_map FROM venues JOIN seat_maps USING (venue_id)")
        venue, seat_map = (await rows.fetchall())[0]
        known = {"venue": venue, "map": seat_map, "event": event["event"], "category": "seats"}
        return Caller(headers={"Authorization": f"Bearer {world.vendor_key}"}, known=known)

    return world.do(prepare)


def try_all(world: World, contract: Contract, prepared: Prepare, *, examples: int) -> int:
    """Try every operation; returns how many calls were made with right input, or with wrong, whichever are fewer."""
    fuzzer = Fuzzer(contract=contract, client=world.client, portal=world.portal)
    fuzzer.try_all(lambda _: [prepared(world)], examples=examples)
    return min(fuzzer.tried.values())


def test_fans_calls_are_as_the_contract_says(world: World) -> None:
    """Whatever a fan's program sends, the answer is described, wrong input is refused."""
    assert try_all(world, CONTRACT, prepared_fan, examples=5) >= 20


def test_vendors_calls_are_as_the_contract_says(world: World) -> None:
    """Whatever a vendor's program sends, too."""
    assert try_all(world, VENDOR_CONTRACT, prepared_vendor, examples=2) >= 30


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("contract", "prepared"),
    [(CONTRACT, prepared_fan), (VENDOR_CONTRACT, prepared_vendor)],
    ids=["fans", "vendors"],
)
def test_all_calls_are_as_the_contracts_say(world: World, contract: Contract, prepared: Prepare) -> None:
    """The same with many more calls."""
    try_all(world, contract, prepared, examples=40)
