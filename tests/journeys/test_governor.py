"""A checkout that is made slow, then well: the room before it goes slower, says why, and comes back."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Any

import httpx
import psycopg
import pytest

from loadtests.calls import open_client
from loadtests.errors import FanError
from loadtests.fan import Fan
from tests.journeys.conftest import Sale
from tests.patience import PATIENCE_SECONDS
from waitroom.admission import CUT, INTERVAL_MS, Reason

RATE = 600
SHOPPERS = 30

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


async def slowed(client: httpx.AsyncClient, sale: Sale) -> dict[str, Any] | None:  # Any: JSON values
    """What any edge says of the rate."""
    document = (await client.get(f"{sale.product.edges[0].url}/v1/rooms/demo")).json()
    found: dict[str, Any] | None = document["slowed"]
    assert (document["rate_per_minute"] < RATE) is (found is not None)
    return found


@asynccontextmanager
async def a_hanging_database(sale: Sale) -> AsyncIterator[None]:
    """Somebody locks the seats for a while."""
    async with await psycopg.AsyncConnection.connect(sale.database_url) as connection:
        await connection.execute("LOCK TABLE seating_rows IN ACCESS EXCLUSIVE MODE")
        yield
        await connection.rollback()


async def a_fan_inside(client: httpx.AsyncClient, sale: Sale) -> Fan:
    """Somebody who has come in to buy."""
    fan = Fan(client, sale.door(), name="shopper")
    await fan.join()
    await fan.wait_for_turn()
    await fan.claim_when_free()
    await fan.open_session()
    return fan


async def shop(fan: Fan) -> None:
    """Look at the categories again and again, whatever comes of it."""
    while True:
        with suppress(FanError):
            await fan.categories()
        await asyncio.sleep(0.1)


async def test_the_rate_falls_with_the_checkout_and_comes_back(sale: Sale) -> None:
    """While the database hangs the edges cut the rate and tell why; once it is well the plan is back by itself."""
    # A slow machine is no reason: requests that hang take the pool's connections, and break.
    await sale.open_room(new_users_per_minute=RATE, target_latency_ms=20_000)
    async with open_client(connections=64) as client, asyncio.timeout(3 * PATIENCE_SECONDS):
        fan = await a_fan_inside(client, sale)
        assert await slowed(client, sale) is None
        async with a_hanging_database(sale):
            shoppers = [asyncio.create_task(shop(fan)) for _ in range(SHOPPERS)]
            while (found := await slowed(client, sale)) is None:
                await asyncio.sleep(0.1)
            for shopper in shoppers:
                shopper.cancel()
        assert Reason(found["reason"])
        assert found["planned_per_minute"] == RATE
        # A busy machine may look only after the second cut.
        assert found["per_minute"] in [pytest.approx(RATE * CUT**cuts) for cuts in (1, 2, 3)]
        while await slowed(client, sale) is not None:
            await asyncio.sleep(0.5)
    steps = sorted(await steps_of_the_governor(sale))
    # Two edges proposed each step, and one was heard: each follows the one before, an interval later.
    assert [after for _, _, after in steps[:-1]] == [before for _, before, _ in steps[1:]]
    assert (steps[0][1:], steps[-1][2]) == ((1.0, CUT), 1.0)
    moments = [at_ms for at_ms, _, _ in steps]
    assert min(later - earlier for earlier, later in pairwise(moments)) >= INTERVAL_MS


async def steps_of_the_governor(sale: Sale) -> list[tuple[int, float, float]]:
    """When it took a step, from which factor, and to which."""
    changes = [change for change in await sale.queue.changes("demo") if change["who"] == "governor"]
    factors = [json.loads(change["governed"]) for change in changes]
    return [
        (int(change["at_ms"]), float(before), float(after))
        for change, (before, after, _) in zip(changes, factors, strict=True)
    ]
