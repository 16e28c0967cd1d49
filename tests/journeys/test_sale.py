"""Five hundred fans from the lobby to the ticket, by HTTP alone, with everything promised checked afterwards."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from loadtests.answers import FanRecord
from loadtests.calls import Calls, open_client
from loadtests.fan import Door, Fan
from loadtests.snapshots import SharedSnapshot
from tests.journeys.conftest import Sale
from tests.journeys.promises import most_above_due, order_broken, seats_in_proofs, sold_seats, tokens_per_fan
from waitroom.errors import QueueUnavailableError, RoomMissingError
from waitroom.queue import Snapshot, look_at_room
from waitroom.queue.draw import draw_score
from waitroom.queue.verification import Verified, verify

FANS = 500
IN_LOBBY = 400
RATE = 1800.0
CEILING = 60
PARTY = 2
LOBBY_SECONDS = 25
CATEGORIES = ("floor", "upper")

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300), pytest.mark.xdist_group("journeys")]


@dataclass
class Watch:
    """What somebody who looks at the room all the time saw."""

    most_active: int = 0
    looks: int = 0
    killed_at_share: float | None = None


async def one_fan(client: httpx.AsyncClient, door: Door, number: int, snapshots: SharedSnapshot) -> FanRecord:
    """Come, wait, take the turn, buy two seats together."""
    fan = Fan(client, door, name=f"fan {number}", snapshots=snapshots)
    if number >= IN_LOBBY:
        await asyncio.sleep(LOBBY_SECONDS + 1 + number % 7)
    else:
        await asyncio.sleep(number % 40 / 20)
    await fan.join()
    await fan.wait_for_turn()
    await fan.claim_when_free()
    await fan.open_session()
    hold = await fan.hold_best(CATEGORIES[number % 2], PARTY)
    await fan.order(hold)
    return fan.record


async def sell(sale: Sale, watch: Watch) -> Sequence[FanRecord]:
    """Open the room, send all fans, and return what each saw."""
    now = time.time_ns() // 1_000_000
    await sale.open_room(
        lobby_at=now - 1000,
        release_at=now + LOBBY_SECONDS * 1000,
        new_users_per_minute=RATE,
        total_active_users=CEILING,
    )
    await asyncio.sleep(1)
    door = sale.door()
    async with open_client(connections=64) as client:
        shared = SharedSnapshot(Calls(client, door.edges, dice=random.Random(1)), "demo")
        async with asyncio.TaskGroup() as group:
            fans = [group.create_task(one_fan(client, door, number, shared)) for number in range(FANS)]
    assert watch.looks > 20
    return [fan.result() for fan in fans]


@asynccontextmanager
async def watching(sale: Sale, watch: Watch, *, kill_an_edge: bool) -> AsyncIterator[None]:
    """Look at the room ten times a second; kill an edge in the middle when asked to."""

    async def look_on() -> None:
        while True:
            await asyncio.sleep(0.1)
            try:
                snapshot = await look_at_room(sale.queue, "demo")
            except (RoomMissingError, QueueUnavailableError):
                continue
            watch.looks += 1
            watch.most_active = max(watch.most_active, snapshot.counts.active)
            share = snapshot.totals["given"] / FANS
            if kill_an_edge and watch.killed_at_share is None and share >= 0.4:
                watch.killed_at_share = share
                await asyncio.to_thread(sale.product.edges[0].process.kill)

    watcher = asyncio.create_task(look_on())
    try:
        yield
    finally:
        assert not watcher.done(), "the watcher broke"
        watcher.cancel()


async def check_promises(sale: Sale, records: Sequence[FanRecord], watch: Watch) -> None:
    """Hold the sale against everything that was promised."""
    async with open_client() as client:
        edge = sale.product.edges[-1].url
        proof = (await client.get(f"{edge}/v1/rooms/demo/draw")).text.splitlines()
        keys = (await client.get(f"{edge}/.well-known/waitroom-keys.json")).json()
    assert isinstance(verify(proof), Verified)

    # The drawn order is the order of turns, and arrivals stand behind it in the order of their coming.
    draw_key = bytes.fromhex(json.loads(proof[0])["draw_key"])
    entrants = {fan_id: tier for tier, fan_id in map(json.loads, proof[1:])}
    assert len(entrants) == IN_LOBBY
    scores = {fan_id: draw_score(draw_key, tier=tier, fan_id=fan_id) for fan_id, tier in entrants.items()}
    scores |= {r.joined.fan_id: r.joined.score for r in records if r.joined and r.joined.score is not None}
    assert len(scores) == FANS
    assert order_broken(records, scores) == []

    # One turn each, entries within rate and depth, slots within the ceiling.
    assert set(tokens_per_fan(records).values()) == {1}
    now = await sale.queue.advance("demo", interval_us=0)
    totals = Snapshot.parse("demo", now.snapshot).totals
    assert (totals["given"], totals["claimed"], totals["entered"], totals["finished"]) == (FANS,) * 4
    entries = [record.claim.enter_at_ms for record in records if record.claim is not None]
    assert most_above_due(entries, per_minute=RATE) <= 0
    assert 0 < watch.most_active <= CEILING

    # Seats sold are the seats of the tickets, none twice, and every proof verifies.
    proven = seats_in_proofs(records, keys)
    assert max(Counter(proven).values()) == 1
    assert sorted(proven) == sorted(await sold_seats(sale.database_url))
    assert len(proven) == FANS * PARTY


async def test_five_hundred_fans_buy_their_tickets(sale: Sale) -> None:
    """Order, rate, ceiling, seats and proofs hold from the lobby to the last ticket."""
    watch = Watch()
    async with watching(sale, watch, kill_an_edge=False):
        records = await sell(sale, watch)
    await check_promises(sale, records, watch)


@pytest.mark.chaos
async def test_an_edge_killed_in_the_middle_changes_nothing(sale: Sale) -> None:
    """The same holds when one of two edges dies by SIGKILL while turns are being given."""
    watch = Watch()
    async with watching(sale, watch, kill_an_edge=True):
        records = await sell(sale, watch)
    assert watch.killed_at_share is not None
    assert 0.3 <= watch.killed_at_share <= 0.7
    assert sale.product.edges[0].process.exit_code == 128 + 9
    await check_promises(sale, records, watch)
