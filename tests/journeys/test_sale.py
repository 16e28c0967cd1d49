"""Five hundred fans from the lobby to the ticket, by HTTP alone, with everything promised checked afterwards."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from loadtests.answers import FanRecord
from loadtests.calls import Calls, open_client
from loadtests.fan import Fan
from loadtests.snapshots import SharedSnapshot
from tests.journeys.conftest import Sale
from tests.journeys.promises import most_above_due, order_broken, seats_in_proofs, sold_seats, tokens_per_fan
from tests.patience import PATIENCE_SECONDS
from waitroom.errors import QueueUnavailableError, RoomMissingError
from waitroom.queue import Snapshot, look_at_room, release_now
from waitroom.queue.draw import draw_score
from waitroom.queue.verification import Verified, verify

RATE = 1800.0
CEILING = 60
PARTY = 2
HOUR_MS = 3_600_000
LATE_SHARE = 5
"""One of so many comes when the lobby has closed."""
KILLED_SHARE = 0.4
"""So many have had their turn when an edge is killed."""
CATEGORIES = ("floor", "upper")

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]


@dataclass(kw_only=True)
class Evening:
    """How many come, when the doors open and for whom, and what somebody who looks at the room all the time saw."""

    fans: int
    most_active: int = 0
    looks: int = 0
    killed_at_share: float | None = None
    is_released: asyncio.Event = field(default_factory=asyncio.Event)
    may_come_late: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def in_lobby(self) -> int:
        """How many come before the release."""
        return self.fans - self.fans // LATE_SHARE


async def join(fan: Fan, evening: Evening, number: int) -> None:
    """Come to the lobby and wait there for the release, or come late."""
    if number < evening.in_lobby:
        await asyncio.sleep(number % 40 / 20)
        await fan.join()
        await evening.is_released.wait()
    else:
        await evening.may_come_late.wait()
        await asyncio.sleep(number % 7 / 7)
        await fan.join()


async def buy(fan: Fan, number: int) -> FanRecord:
    """Wait in line, take the turn, buy two seats together."""
    await fan.wait_for_turn()
    await fan.claim_when_free()
    await fan.open_session()
    hold = await fan.hold_best(CATEGORIES[number % 2], PARTY)
    await fan.order(hold)
    return fan.record


async def release(sale: Sale, evening: Evening) -> None:
    """Let the line through when all who come early are in the lobby."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await look_at_room(sale.queue, "demo")).counts.lobby < evening.in_lobby:
            await asyncio.sleep(0.1)
    await release_now(sale.queue, "demo", who="journey")
    evening.is_released.set()


async def sell(sale: Sale, evening: Evening) -> Sequence[FanRecord]:
    """Open the room, send all fans, and return what each saw."""
    now = time.time_ns() // 1_000_000
    await sale.open_room(
        lobby_at=now - 1000,
        release_at=now + HOUR_MS,
        new_users_per_minute=RATE,
        total_active_users=CEILING,
    )
    door = sale.door()
    async with open_client(connections=64) as client:
        shared = SharedSnapshot(Calls(client, door.edges, dice=random.Random(1)), "demo")
        fans = [Fan(client, door, name=f"fan {number}", snapshots=shared) for number in range(evening.fans)]

        async def come(number: int) -> FanRecord:
            await join(fans[number], evening, number)
            return await buy(fans[number], number)

        async with asyncio.TaskGroup() as group:
            group.create_task(release(sale, evening))
            visits = [group.create_task(come(number)) for number in range(evening.fans)]
    assert evening.looks > 10
    return [visit.result() for visit in visits]


@asynccontextmanager
async def watching(sale: Sale, evening: Evening, *, kill_an_edge: bool) -> AsyncIterator[None]:
    """Look at the room ten times a second; kill an edge in the middle when asked to, before the last fans come."""

    async def look_on() -> None:
        while True:
            await asyncio.sleep(0.1)
            try:
                snapshot = await look_at_room(sale.queue, "demo")
            except (RoomMissingError, QueueUnavailableError):
                continue
            evening.looks += 1
            evening.most_active = max(evening.most_active, snapshot.counts.active)
            share = snapshot.totals["given"] / evening.fans
            if kill_an_edge and evening.killed_at_share is None and share >= KILLED_SHARE:
                evening.killed_at_share = share
                await asyncio.to_thread(sale.product.edges[0].process.kill)
            if evening.is_released.is_set() and kill_an_edge is (evening.killed_at_share is not None):
                evening.may_come_late.set()

    watcher = asyncio.create_task(look_on())
    try:
        yield
    finally:
        assert not watcher.done(), "the watcher broke"
        watcher.cancel()


async def check_promises(sale: Sale, records: Sequence[FanRecord], evening: Evening) -> None:
    """Hold the sale against everything that was promised."""
    async with open_client() as client:
        edge = sale.product.edges[-1].url
        proof = (await client.get(f"{edge}/v1/rooms/demo/draw")).text.splitlines()
        keys = (await client.get(f"{edge}/.well-known/waitroom-keys.json")).json()
    assert isinstance(verify(proof), Verified)

    # The drawn order is the order of turns, and arrivals stand behind it in the order of their coming.
    draw_key = bytes.fromhex(json.loads(proof[0])["draw_key"])
    entrants = {fan_id: tier for tier, fan_id in map(json.loads, proof[1:])}
    assert len(entrants) == evening.in_lobby
    scores = {fan_id: draw_score(draw_key, tier=tier, fan_id=fan_id) for fan_id, tier in entrants.items()}
    scores |= {r.joined.fan_id: r.joined.score for r in records if r.joined and r.joined.score is not None}
    assert len(scores) == evening.fans
    assert order_broken(records, scores) == []

    # One turn each, entries within rate and depth, slots within the ceiling.
    assert set(tokens_per_fan(records).values()) == {1}
    now = await sale.queue.advance("demo", interval_us=0)
    totals = Snapshot.parse("demo", now.snapshot).totals
    assert (totals["given"], totals["claimed"], totals["entered"], totals["finished"]) == (evening.fans,) * 4
    entries = [record.claim.enter_at_ms for record in records if record.claim is not None]
    assert most_above_due(entries, per_minute=RATE) <= 0
    assert 0 < evening.most_active <= CEILING

    # Seats sold are the seats of the tickets, none twice, and every proof verifies.
    proven = seats_in_proofs(records, keys)
    assert max(Counter(proven).values()) == 1
    assert sorted(proven) == sorted(await sold_seats(sale.database_url))
    assert len(proven) == evening.fans * PARTY


async def test_five_hundred_fans_buy_their_tickets(sale: Sale) -> None:
    """Order, rate, ceiling, seats and proofs hold from the lobby to the last ticket."""
    evening = Evening(fans=500)
    async with watching(sale, evening, kill_an_edge=False):
        records = await sell(sale, evening)
    await check_promises(sale, records, evening)


@pytest.mark.chaos
async def test_an_edge_killed_in_the_middle_changes_nothing(sale: Sale) -> None:
    """The same holds when one of two edges dies by SIGKILL while turns are being given."""
    evening = Evening(fans=250)
    async with watching(sale, evening, kill_an_edge=True):
        records = await sell(sale, evening)
    assert evening.killed_at_share is not None
    assert KILLED_SHARE <= evening.killed_at_share <= evening.in_lobby / evening.fans
    assert sale.product.edges[0].process.exit_code == 128 + 9
    await check_promises(sale, records, evening)
