"""Schemathesis reads the contracts and calls whatever they allow, and what they do not.

No answer is a fault of ours, each is one that the contract describes, and wrong input is refused with a problem.
"""

import copy
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.schemas import OpenApiSchema

from checkout.payments.sandbox import SandboxMethod
from tests.checkout.fans import CONTRACT, VENDOR_CONTRACT, a_key
from tests.checkout.machine.world import World
from tests.checkout.vendors.seller import Seller
from tests.openapi import Contract

ANY_PACE = settings(
    deadline=None,
    database=None,
    derandomize=True,
    print_blob=False,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SHORT, SHORTER, LONG = (settings(ANY_PACE, max_examples=examples) for examples in (5, 2, 40))
Known = dict[str, Any]  # Any: path parameters of any type
Prepare = Callable[[World], tuple[str, Known]]
Operation = APIOperation[Any, Any, Any, Any]  # Any: schemathesis's own parameters


def operations(contract: Contract) -> list[Operation]:
    """Every call of a contract; the credentials are ours to send, and no part of what is made up."""
    document = copy.deepcopy(contract.document)
    document.pop("security", None)
    for item in document["paths"].values():
        for method in item.keys() & {"get", "post", "patch", "delete"}:
            item[method].pop("security", None)
    # Its module is loaded above, before the world has a thread: Python 3.11 fails when two compile at once.
    schema: OpenApiSchema = schemathesis.openapi.from_dict(document)
    return [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]


def request_of(world: World, case: Case[Any], credential: str) -> httpx.Request:
    """Return the request of a case, by whoever has this credential."""
    made = case.as_transport_kwargs(base_url=str(world.client.base_url))
    headers = {**made["headers"], "Authorization": f"Bearer {credential}", "Accept": "application/json"}
    content = {"content": made["data"]} if "data" in made else {"json": made["json"]} if "json" in made else {}
    return world.client.build_request(
        made["method"], made["url"], params=made.get("params"), headers=headers, **content
    )


def is_wrong(case: Case[Any]) -> bool:
    """Whether body or headers are against the contract.

    A query that nobody knows is no fault, nor is a field that is null: it counts as left out.
    """
    if "null" in json.dumps(case.body, default=str):
        return False
    parts = {} if case.meta is None else case.meta.components
    wrong = {part for part, made in parts.items() if made.mode is GenerationMode.NEGATIVE}
    return bool(wrong & {ParameterLocation.BODY, ParameterLocation.HEADER})


async def send(world: World, request: httpx.Request) -> httpx.Response:
    """Send a request; the client holds the answer against the contract."""
    return await world.client.send(request)


def try_out(
    world: World,
    operation: Operation,
    mode: GenerationMode,
    *,
    chosen: settings,
    prepare: Prepare,
) -> int:
    """Call an operation with what this mode makes up; returns how often that was done."""
    credential, known = prepare(world)
    mine = {name: value for name, value in known.items() if f"{{{name}}}" in operation.path}
    calls = 0

    @chosen
    @given(st.data())
    def calls_it(data: st.DataObject) -> None:
        nonlocal calls
        case = data.draw(operation.as_strategy(generation_mode=mode, path_parameters=mine or None))
        request = request_of(world, case, credential)
        note(f"{request.method} {request.url} {request.content!r} {request.headers.raw}")
        answer = world.do(send, world, request)
        calls += 1
        assert answer.status_code < 500, (operation.label, answer.text)
        if is_wrong(case):
            assert 400 <= answer.status_code < 500, (operation.label, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"

    try:
        calls_it()
    except (Unsatisfiable, InvalidSchema):
        assert calls == 0
    return calls


def prepared_fan(world: World) -> tuple[str, Known]:
    """A fan with a hold and an order, and their addresses."""

    async def prepare() -> tuple[str, Known]:
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
        return session, known

    return world.do(prepare)


def prepared_vendor(world: World) -> tuple[str, Known]:
    """A vendor with a venue, a seat map, an event and a webhook, and their addresses."""

    async def prepare() -> tuple[str, Known]:
        await world.begin()
        seller = Seller(world.client, world.vendor_key)
        event = await seller.an_event(world.room, event="fuzzed")
        rows = await world.database.execute("SELECT venue, seat_map FROM venues JOIN seat_maps USING (venue_id)")
        venue, seat_map = (await rows.fetchall())[0]
        known = {"venue": venue, "map": seat_map, "event": event["event"], "category": "seats"}
        return world.vendor_key, known

    return world.do(prepare)


def try_all(world: World, contract: Contract, prepared: Prepare, *, chosen: settings) -> dict[GenerationMode, int]:
    """Try every operation with right and with wrong input; returns how many calls were made of each."""
    calls = dict.fromkeys((GenerationMode.POSITIVE, GenerationMode.NEGATIVE), 0)
    for operation in operations(contract):
        for mode in calls:
            calls[mode] += try_out(world, operation, mode, chosen=chosen, prepare=prepared)
    return calls


def test_fans_calls_are_as_the_contract_says(world: World) -> None:
    """Whatever a fan's program sends, the answer is described, wrong input is refused."""
    assert min(try_all(world, CONTRACT, prepared_fan, chosen=SHORT).values()) >= 20


def test_vendors_calls_are_as_the_contract_says(world: World) -> None:
    """Whatever a vendor's program sends, too."""
    assert min(try_all(world, VENDOR_CONTRACT, prepared_vendor, chosen=SHORTER).values()) >= 30


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("contract", "prepared"),
    [(CONTRACT, prepared_fan), (VENDOR_CONTRACT, prepared_vendor)],
    ids=["fans", "vendors"],
)
def test_all_calls_are_as_the_contracts_say(world: World, contract: Contract, prepared: Prepare) -> None:
    """The same with many more calls."""
    try_all(world, contract, prepared, chosen=LONG)
