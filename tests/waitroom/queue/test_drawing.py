"""Drawing: any number of drivers, cut off at any step, make the one draw."""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from tests.factories import ARoom, a_ring, some_fans
from tests.patience import PATIENCE_SECONDS
from tests.waitroom.queue.conftest import Store
from tests.waitroom.queue.races import at_once
from waitroom.clock import SystemClock
from waitroom.errors import QueueUnavailableError
from waitroom.queue import Drawing, Queue, SeedMissing, Snapshot, State, create_room, look_at_room
from waitroom.queue.draw import draw_score
from waitroom.queue.gathering import Gathering, next_chunk
from waitroom.queue.merkle import Frontier, chunk_hash, pack_entrant
from waitroom.queue.moving import Moving
from waitroom.queue.results import Chunk, Gathered, NextChunk
from waitroom.queue.workers import Workers
from waitroom.rooms import RoomSettings
from waitroom.tokens import KeyRing, decode_base64url

Tiers = dict[str, int]
Make = Callable[[Tiers], Awaitable[Snapshot]]


class CutOffError(Exception):
    """The driver was killed at this step."""


class Mortal(Queue):
    """A queue whose driver is killed at some of its steps, before or after the store has done them."""

    dice: random.Random | None = None
    cut_off = 0

    async def _call(self, *arguments: Any) -> Any:  # Any: as the queue's own
        fate = self.dice.random() if self.dice else 1
        if fate < 0.15:
            self.cut_off += 1
            raise CutOffError
        reply = await super()._call(*arguments)
        if fate < 0.3:
            self.cut_off += 1
            raise CutOffError
        return reply


@pytest.fixture
def ring() -> KeyRing:
    """The ring that all edges have."""
    return a_ring("new", "old")


@pytest.fixture
def make(queue: Queue, store: Store, room_name: str, ring: KeyRing) -> Make:
    """Make a frozen room with these fans in its lobby; the snapshot that drivers see."""

    async def make(fans: Tiers) -> Snapshot:
        now = SystemClock().now_ms()
        settings = RoomSettings(lobby_at=now - 60_000, release_at=now + 60_000, new_users_per_minute=0)
        await create_room(queue, ring, room_name, settings, who="test")
        for start in range(0, len(fans), 5000):
            await queue.join(room_name, list(fans.items())[start : start + 5000])
        # The lobby closed a moment ago; nobody waits for it.
        await store.client.hset(f"wr:{{{room_name}}}:room", mapping={"lobby_closes_at": now - 1, "release_at": now})
        return await look_at_room(queue, room_name)

    return make


def in_tiers(count: int, *, tiers: int = 3) -> Tiers:
    """So many fans, spread over some tiers."""
    return {fan: number % tiers for number, fan in enumerate(some_fans(count))}


async def drive(queue: Queue, ring: KeyRing, snapshot: Snapshot, *, owner: str = "edge") -> None:
    """Step until the room is drawn, going on after each step at which one was killed."""
    drawing = Drawing(queue, ring, owner=owner)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (await look_at_room_again(queue, snapshot)).is_drawn:
            try:
                await drawing.step(snapshot)
            except CutOffError:
                continue
            await asyncio.sleep(0)


async def look_at_room_again(queue: Queue, snapshot: Snapshot) -> Snapshot:
    """Look without being killed."""
    reply = await Queue._call(queue, "advance", snapshot.room, None, "", 0)
    return Snapshot.parse(snapshot.room, reply[1])


async def check(store: Store, queue: Queue, room: Snapshot, fans: Tiers, *, left: Sequence[str] = ()) -> None:
    """The line is the one draw of all these entrants, and the stored list leads to its root."""
    snapshot = await look_at_room_again(queue, room)
    here = ARoom(queue, room.room, room.epoch, room.settings)
    draw_key = snapshot.draw.draw_key()
    assert draw_key is not None
    line = await store.scores(here, "waiting")
    expected = {fan: draw_score(draw_key, tier=tier, fan_id=fan) for fan, tier in fans.items() if fan not in left}
    assert line == expected
    assert list(line) == sorted(expected, key=lambda fan: (expected[fan], fan))
    assert await store.scores(here, "lobby") == {}
    packed = [
        pack_entrant(tier=tier, raw_fan_id=decode_base64url(fan))
        for tier, fan in sorted((tier, fan) for fan, tier in fans.items())
    ]
    frontier = Frontier()
    for index in range(-(-len(fans) // 4096)):
        assert await queue.entrants(room.room, index=index) == packed[index * 4096 : (index + 1) * 4096]
        frontier.append(chunk_hash(packed[index * 4096 : (index + 1) * 4096]))
    assert snapshot.draw.root == frontier.root().hex()
    assert snapshot.draw.entrants == len(fans)


async def test_one_driver(queue: Queue, store: Store, ring: KeyRing, make: Make) -> None:
    """One edge draws a lobby of several tiers."""
    fans = in_tiers(200)
    snapshot = await make(fans)
    await drive(queue, ring, snapshot)
    await check(store, queue, snapshot, fans)


async def test_an_empty_lobby(queue: Queue, store: Store, ring: KeyRing, make: Make) -> None:
    """A lobby of nobody is drawn, and the room opens."""
    snapshot = await make({})
    await drive(queue, ring, snapshot)
    await check(store, queue, snapshot, {})
    assert (await queue.join(snapshot.room, [(some_fans(1)[0], 0)]))[0].state is State.WAITING  # type: ignore[index,union-attr] # it is a standing


@pytest.mark.parametrize("count", [4096, 4097, 3 * 4096 + 500])
async def test_several_chunks(queue: Queue, store: Store, ring: KeyRing, make: Make, count: int) -> None:
    """A lobby of several chunks is drawn whole, also when the last one is full."""
    fans = in_tiers(count)
    snapshot = await make(fans)
    await drive(queue, ring, snapshot)
    await check(store, queue, snapshot, fans)


async def test_a_large_lobby(
    queue: Queue, store: Store, ring: KeyRing, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What worker processes list, score and sort, group by group and batch by batch, is the same draw."""
    monkeypatch.setattr("waitroom.queue.gathering.LARGE_LOBBY", 4096)
    monkeypatch.setattr("waitroom.queue.preparing.GROUP_CHUNKS", 1)
    monkeypatch.setattr("waitroom.queue.preparing.GROUP_ENTRANTS", 4096)
    monkeypatch.setattr("waitroom.queue.ordering.BATCH_ENTRANTS", 1500)
    fans = in_tiers(2 * 4096 + 500)
    snapshot = await make(fans)
    drawing = Drawing(queue, ring, owner="edge")
    async with asyncio.timeout(60):
        while not (await look_at_room_again(queue, snapshot)).is_drawn:
            await drawing.step(snapshot)
    drawing.close()
    await check(store, queue, snapshot, fans)


async def test_a_list_that_lost_a_part_is_not_drawn(queue: Queue, store: Store, ring: KeyRing, make: Make) -> None:
    """An edge that cannot read all entrants moves none of them, and goes on when they are back."""
    fans = in_tiers(4096 + 9)
    snapshot = await make(fans)
    drawing, key = Drawing(queue, ring, owner="edge"), f"wr:{{{snapshot.room}}}:entrants"
    gathering = Gathering(queue, Workers(), owner="edge")
    assert await gathering.go_on(snapshot, entrants=len(fans), may_go_on=lambda: True) is not None
    lost: Any = await store.client.hget(key, "1")
    await store.client.hdel(key, "1")
    with pytest.raises(QueueUnavailableError, match="part of the list"):
        await drawing.step(snapshot)
    assert (await look_at_room_again(queue, snapshot)).counts.waiting == 0
    await store.client.hset(key, "1", lost)
    await drive(queue, ring, snapshot)
    await check(store, queue, snapshot, fans)


async def test_a_pin_that_was_lost_leaves_no_scores(queue: Queue, store: Store, make: Make) -> None:
    """What was prepared with the key of a pin that the store has lost is not moved by the key of the next one."""
    fans = in_tiers(40)
    snapshot = await make(fans)
    gathered = await Gathering(queue, Workers(), owner="e").go_on(snapshot, entrants=40, may_go_on=lambda: True)
    assert gathered is not None
    moving, room, epoch = Moving(queue, Workers()), snapshot.room, snapshot.epoch
    first, other = b"first" * 4, b"other" * 4

    async def pin_and_move(key: bytes, *, looks: int) -> None:
        key_hash, left = hashlib.sha256(key).hexdigest(), iter(range(looks))
        await store.client.hdel(f"wr:{{{room}}}:meter", "key_hash")
        await queue.pin(room, epoch=epoch, root=gathered.root, seed="00", key_hash=key_hash)
        await moving.go_on(snapshot, key, key_hash, may_go_on=lambda: next(left, None) is not None)

    await pin_and_move(first, looks=0)
    await pin_and_move(other, looks=1000)
    here = ARoom(queue, room, epoch, snapshot.settings)
    expected = {fan: draw_score(other, tier=tier, fan_id=fan) for fan, tier in fans.items()}
    assert await store.scores(here, "waiting") == expected


@pytest.mark.parametrize("seed", range(4))
async def test_several_drivers_that_are_killed(
    valkey_url: str, queue: Queue, store: Store, ring: KeyRing, make: Make, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four edges at once, each killed at many steps, before or after they took effect, make the same draw."""
    monkeypatch.setattr("waitroom.queue.gathering.LEASE_MS", 20)
    fans = in_tiers(3 * 4096 + 7, tiers=2)
    snapshot = await make(fans)
    edges = [Mortal.connect(valkey_url) for _ in range(4)]
    for number, edge in enumerate(edges):
        edge.dice = random.Random(10 * seed + number)
    await asyncio.gather(*(drive(edge, ring, snapshot, owner=f"edge{n}") for n, edge in enumerate(edges)))
    assert sum(edge.cut_off for edge in edges) > 5
    await check(store, queue, snapshot, fans)
    for edge in edges:
        await edge.close()


async def test_a_lost_edge_is_gone_on_from(queue: Queue, store: Store, ring: KeyRing, make: Any) -> None:
    """What a lost edge has gathered is kept: once its lease is over another goes on behind it."""
    fans = in_tiers(2 * 4096 + 3)
    snapshot = await make(fans)
    lost, other = Gathering(queue, Workers(), owner="lost"), Drawing(queue, ring, owner="other")
    first = await lost.store(snapshot, chunk=None)
    assert isinstance(first, NextChunk)
    packed = await lost.read(snapshot.room, start=0, is_large=False)
    await lost.store(snapshot, chunk=next_chunk(first, packed, entrants=len(fans)))
    await other.step(snapshot)
    assert (await look_at_room_again(queue, snapshot)).draw.root is None, "the lease holds"
    await store.client.hset(f"wr:{{{snapshot.room}}}:meter", "gatherer_until_ms", 0)
    went_on = await Gathering(queue, Workers(), owner="other").store(snapshot, chunk=None)
    assert isinstance(went_on, NextChunk)
    assert (went_on.index, went_on.count) == (1, 4096)
    await drive(queue, ring, snapshot, owner="other")
    await check(store, queue, snapshot, fans)


async def test_an_edge_whose_lease_ends_lists_nobody_twice(
    queue: Queue, store: Store, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an edge has read ahead stands where it was read, also when another has gone on in between."""
    for module in ("gathering", "draw_store"):
        monkeypatch.setattr(f"waitroom.queue.{module}.CHUNK_ENTRANTS", 4)
    fans = in_tiers(30)
    snapshot = await make(fans)
    slow, other = (Gathering(queue, Workers(), owner=owner) for owner in ("slow", "other"))
    whole, stored = slow.store, list[Chunk]()

    async def store_late(snapshot: Snapshot, *, chunk: Chunk | None) -> Any:  # Any: as the method says
        if chunk is not None and chunk.index == 1 and not stored:
            stored.append(chunk)
            await store.client.hset(f"wr:{{{snapshot.room}}}:meter", "gatherer_until_ms", 0)
            goes_on = iter([True, True, False])
            await other.go_on(snapshot, entrants=len(fans), may_go_on=lambda: next(goes_on))
            await store.client.hset(f"wr:{{{snapshot.room}}}:meter", "gatherer_until_ms", 0)
        return await whole(snapshot, chunk=chunk)

    monkeypatch.setattr(slow, "store", store_late)
    await slow.go_on(snapshot, entrants=len(fans), may_go_on=lambda: True)
    assert stored
    gathered = await slow.go_on(snapshot, entrants=len(fans), may_go_on=lambda: True)
    assert gathered is not None
    listed = [
        entrant for index in range(gathered.chunks) for entrant in await queue.entrants(snapshot.room, index=index)
    ]
    everybody = [pack_entrant(tier=tier, raw_fan_id=decode_base64url(fan)) for fan, tier in fans.items()]
    assert (sorted(listed), gathered.count) == (sorted(everybody), len(fans))


async def test_a_slow_edge_stores_nothing_twice(queue: Queue, store: Store, ring: KeyRing, make: Any) -> None:
    """An edge that wakes up with an old chunk after the draw changes nothing."""
    fans = in_tiers(4096 + 9)
    snapshot = await make(fans)
    slow = Gathering(queue, Workers(), owner="slow")
    progress = await slow.store(snapshot, chunk=None)
    assert isinstance(progress, NextChunk)
    chunk = next_chunk(progress, await slow.read(snapshot.room, start=0, is_large=False), entrants=len(fans))
    await store.client.hset(f"wr:{{{snapshot.room}}}:meter", "gatherer_until_ms", 0)
    await drive(queue, ring, snapshot, owner="quick")
    assert isinstance(await slow.store(snapshot, chunk=chunk), Gathered)
    await check(store, queue, snapshot, fans)


async def test_leaving_during_the_draw(queue: Queue, store: Store, ring: KeyRing, make: Make) -> None:
    """Who leaves while the draw runs stays in the list of entrants and has no place, whenever the leave comes."""
    fans = in_tiers(300)
    snapshot = await make(fans)
    names = list(fans)
    left = names[:100:3]
    drawing = Drawing(queue, ring, owner="edge")

    async def leave(fan: str) -> None:
        await queue.leave(snapshot.room, epoch=snapshot.epoch, fan_id=fan)

    await asyncio.gather(*(leave(fan) for fan in left[:10]))
    await at_once(lambda: drawing.step(snapshot), *(lambda fan=fan: leave(fan) for fan in left[10:20]))
    await drive(queue, ring, snapshot)
    await asyncio.gather(*(leave(fan) for fan in left[20:]))
    await check(store, queue, snapshot, fans, left=left)
    here = ARoom(queue, snapshot.room, snapshot.epoch, snapshot.settings)
    assert {await here.state(fan) for fan in left} == {State.LEFT}


async def test_an_edge_without_the_key(queue: Queue, make: Make) -> None:
    """An edge whose ring lacks the seed's key, or has another by its name, says so and draws nothing."""
    snapshot = await make(in_tiers(5))
    assert await Drawing(queue, a_ring("other"), owner="e").step(snapshot) == SeedMissing("new")
    assert await Drawing(queue, a_ring("new"), owner="e").step(snapshot) == SeedMissing("new")
    assert (await look_at_room_again(queue, snapshot)).draw.root is None


async def test_a_rotated_ring_still_draws(queue: Queue, store: Store, ring: KeyRing, make: Any) -> None:
    """After a rotation the seed comes from the room's own key, not from the newest."""
    fans = in_tiers(5)
    snapshot = await make(fans)
    await drive(queue, KeyRing((*a_ring("newest").keys, *ring.keys)), snapshot)
    await check(store, queue, snapshot, fans)


async def test_nothing_to_do(queue: Queue, ring: KeyRing, room_name: str) -> None:
    """An open lobby, and a room without a release, are not drawn."""
    now = SystemClock().now_ms()
    await create_room(queue, ring, room_name, RoomSettings(lobby_at=now, release_at=now + 60_000), who="t")
    await create_room(queue, ring, f"{room_name}-open", RoomSettings(), who="t")
    for name in (room_name, f"{room_name}-open"):
        snapshot = await look_at_room(queue, name)
        assert await Drawing(queue, ring, owner="e").step(snapshot) is None
        assert (await look_at_room(queue, name)).draw.root is None
