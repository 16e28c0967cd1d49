"""Impatient clients: every call three times over, two of the replies dropped, the same keys."""

import asyncio
import json
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from loadtests.calls import open_client
from tests.journeys.conftest import Sale
from tests.openapi import Contract
from waitroom.clock import parse_rfc3339
from waitroom.queue import Snapshot

FANS = 8
EDGE = Contract("edge/openapi.yaml")
CHECKOUT = Contract("checkout/openapi.yaml")
Json = dict[str, Any]  # Any: JSON values

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


class Impatient:
    """A client who sends everything twice without reading the reply, and then once more."""

    def __init__(self, client: httpx.AsyncClient, contract: Contract) -> None:
        self._client = client
        self._contract = contract

    async def post(self, url: str, body: Json, *, key: str, bearer: str = "") -> Json:
        """Send three times with one key; return what the last reply said, held against the contract."""
        headers = {"Idempotency-Key": key} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        await asyncio.gather(*(_send_and_hang_up(url, body, headers) for _ in range(2)))
        while True:
            response = await self._client.post(url, json=body, headers=headers)
            self._contract.check(response)
            document: Json = response.json()
            # A busy machine may put anybody off.
            if response.status_code != 503 and document.get("type") != "/problems/idempotency-key-running":
                assert response.status_code < 300, document
                return document
            await asyncio.sleep(0.1)


async def _send_and_hang_up(url: str, body: Json, headers: dict[str, str]) -> None:
    parts = urlsplit(url)
    assert parts.hostname is not None
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    content = json.dumps(body).encode()
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(content)}"]
    lines += ["Content-Type: application/json", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    writer.write("\r\n".join(lines).encode() + content)
    await writer.drain()
    # The request is with the server before the line is cut; what it answers, nobody reads.
    await asyncio.sleep(0.02)
    writer.transport.abort()


async def one_way(sale: Sale, client: httpx.AsyncClient, number: int) -> Json:
    """Take one fan from the join to the order, impatiently; return the order."""
    room = f"{sale.product.edges[number % 2].url}/v1/rooms/demo"
    shop = f"{sale.product.checkouts[0].url}/v1"
    edge, checkout = Impatient(client, EDGE), Impatient(client, CHECKOUT)
    key = f"impatient-fan-{number:04d}"
    joined = await edge.post(f"{room}/join", {}, key=key)
    await _wait_for_turn(client, room, joined["pass"])
    claim = await edge.post(f"{room}/claim", {}, key=key, bearer=joined["pass"])
    await asyncio.sleep(max(0, parse_rfc3339(claim["enter_at"]) / 1000 - time.time()))
    token = {"admission_token": claim["admission_token"]}
    session = (await checkout.post(f"{shop}/sessions", token, key=key))["session"]
    wanted = {"category": "floor", "quantity": 2}
    hold = await checkout.post(f"{shop}/events/demo/holds", wanted, key=f"{key}-hold", bearer=session)
    payment = {
        "hold_id": hold["hold_id"],
        "email": "fan@fans.example",
        "payment_method": "pm_card_visa",
        "locale": "en",
    }
    order = await checkout.post(f"{shop}/orders", payment, key=f"{key}-order", bearer=session)
    spent = await client.post(f"{shop}/sessions", json=token, headers={"Idempotency-Key": f"{key}-thief"})
    CHECKOUT.check(spent)
    assert (spent.status_code, spent.json()["reason"]) == (403, "used")
    return order


async def _wait_for_turn(client: httpx.AsyncClient, room: str, queue_pass: str) -> None:
    while True:
        response = await client.get(f"{room}/place", headers={"Authorization": f"Bearer {queue_pass}"})
        EDGE.check(response)
        if response.json().get("state") == "admitted":
            return
        await asyncio.sleep(0.2)


async def test_three_times_is_once(sale: Sale) -> None:
    """Repeated calls with lost replies give one place, one turn, one session, one hold, one order each."""
    await sale.open_room(new_users_per_minute=1200, total_active_users=4)
    async with open_client() as client:
        orders = await asyncio.gather(*(one_way(sale, client, number) for number in range(FANS)))
    assert [order["status"] for order in orders] == ["paid"] * FANS
    assert len({order["order_id"] for order in orders}) == FANS

    now = await sale.queue.advance("demo", interval_us=0)
    totals = Snapshot.parse("demo", now.snapshot).totals
    names = ("joined", "given", "claimed", "entered", "finished")
    assert {name: totals[name] for name in names} == dict.fromkeys(names, FANS)
    assert await _count(sale.database_url) == {
        "sessions": FANS,
        "holds": FANS,
        "orders": FANS,
        "tickets": 2 * FANS,
        "sandbox.authorisations": FANS,
    }


async def _count(database_url: str) -> dict[str, int]:
    counts = {}
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        for table in ("sessions", "holds", "orders", "tickets", "sandbox.authorisations"):
            schema, _, name = table.rpartition(".")
            found = psycopg.sql.Identifier(*([schema] if schema else []), name)
            row = await (await connection.execute(psycopg.sql.SQL("SELECT count(*) FROM {}").format(found))).fetchone()
            assert row is not None
            counts[table] = int(row[0])
    return counts
