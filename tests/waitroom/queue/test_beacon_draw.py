"""The draw of a room with a beacon: it waits for the round, takes its value alone, and says so."""

import hashlib
from dataclasses import replace

import pytest

from tests.factories import a_ring, some_fans
from tests.waitroom.queue.races import disarm
from waitroom.beacon import BeaconRule, BeaconValue
from waitroom.clock import SystemClock
from waitroom.errors import ConfigurationError
from waitroom.queue import Drawing, Queue, Snapshot, change_room, create_room
from waitroom.queue.proof import chunks_of, proof_header, proof_lines
from waitroom.queue.results import Pinned, Refused
from waitroom.queue.verification import Verified, verify
from waitroom.rooms import RoomSettings
from waitroom.tokens import KeyRing

RULE = BeaconRule(url="https://beacon.example", period_seconds=30, genesis_at=1_700_000_000_000)
VALUE = hashlib.sha256(b"the round").hexdigest()


class Told:
    """A beacon that says what the test tells it, and keeps what it was asked for."""

    def __init__(self, said: str | None = None) -> None:
        self.said = said
        self.asked: list[int] = []

    def value(self, rule: BeaconRule, number: int) -> BeaconValue | None:
        """Answer with the told value."""
        assert rule == RULE
        self.asked.append(number)
        return None if self.said is None else BeaconValue(round=number, value=self.said)


@pytest.fixture
def ring() -> KeyRing:
    """The ring that all edges have."""
    return a_ring("new")


@pytest.fixture
async def gathered(queue: Queue, ring: KeyRing, room_name: str) -> Snapshot:
    """A room of three fans that waits for its beacon: frozen and gathered."""
    now = SystemClock().now_ms()
    settings = RoomSettings(lobby_at=now - 60_000, release_at=now + 60_000, new_users_per_minute=0, beacon=RULE)
    await create_room(queue, ring, room_name, settings, who="test", now_us=(now - 1000) * 1000)
    await queue.join(room_name, [(fan, 0) for fan in some_fans(3)])
    await queue.freeze(room_name, now_us=(now + 60_000) * 1000)
    await Drawing(queue, ring, owner="first").step(await look(queue, room_name))
    return await look(queue, room_name)


async def look(queue: Queue, room: str) -> Snapshot:
    """Read the room as it is."""
    return Snapshot.parse(room, (await queue.advance(room, interval_us=0)).snapshot)


def at_the_round(snapshot: Snapshot, *, later_ms: int = 0) -> Snapshot:
    """The same room at the moment at which its round is due."""
    assert snapshot.draw.beacon_round is not None
    return replace(snapshot, now_ms=RULE.due_at_ms(snapshot.draw.beacon_round) + later_ms)


async def test_root_and_round_are_public_before_the_value(gathered: Snapshot) -> None:
    """Gathered, the snapshot names the root, its moment and the round that follows, and no seed."""
    draw = gathered.draw
    assert draw.root_at_ms is not None
    assert draw.beacon_round == RULE.round_after(draw.root_at_ms)
    assert (draw.seed, draw.beacon) == (None, None)
    assert draw.to_json()["beacon_rule"] == {
        "url": RULE.url,
        "period_seconds": 30,
        "genesis_at": "2023-11-14T22:13:20.000Z",
    }


async def test_the_draw_waits_for_the_round(queue: Queue, ring: KeyRing, gathered: Snapshot) -> None:
    """Before the round's time nobody asks; while the beacon is late nothing is pinned; then its value is in the key."""
    beacon = Told()
    drawing = Drawing(queue, ring, owner="edge", beacons=beacon)
    await drawing.step(at_the_round(gathered, later_ms=-1))
    assert beacon.asked == []
    await drawing.step(at_the_round(gathered))
    assert beacon.asked == [gathered.draw.beacon_round]
    assert (await look(queue, gathered.room)).draw.seed is None
    beacon.said = VALUE
    await drawing.step(at_the_round(gathered))
    drawn = await look(queue, gathered.room)
    assert drawn.is_drawn
    assert (drawn.draw.beacon, drawn.draw.beacon_round) == (VALUE, gathered.draw.beacon_round)
    verified = verify(await proof_of(queue, drawn))
    assert isinstance(verified, Verified)
    assert verified.header.beacon_address == f"https://beacon.example/public/{gathered.draw.beacon_round}"
    assert proof_header(drawn)["beacon_absence"] is None


async def proof_of(queue: Queue, snapshot: Snapshot) -> list[str]:
    """The proof's lines."""
    return (
        b"".join([part async for part in proof_lines(snapshot, chunks_of(queue, snapshot.room))]).decode().splitlines()
    )


async def test_the_organizer_may_go_on_without(queue: Queue, ring: KeyRing, gathered: Snapshot) -> None:
    """A waived beacon goes into nothing, is in the change log, and the proof says when the draw went on without."""
    await change_room(queue, gathered.room, {"beacon_waived": True}, who="anna")
    await Drawing(queue, ring, owner="edge", beacons=Told(VALUE)).step(await look(queue, gathered.room))
    drawn = await look(queue, gathered.room)
    assert drawn.is_drawn
    assert (drawn.draw.beacon, drawn.draw.beacon_round) == (None, None)
    said = proof_header(drawn)["beacon_absence"]
    assert said.startswith(f"The organizer went on without the beacon at {drawn.draw.to_json()['beacon_waived_at']}. ")
    assert "added the last entrant could have chosen the order" in said
    assert isinstance(verify(await proof_of(queue, drawn)), Verified)
    assert "beacon_waived" in (await queue.changes(gathered.room))[0]


async def test_another_edge_goes_on_with_the_pinned_value(queue: Queue, ring: KeyRing, gathered: Snapshot) -> None:
    """What was pinned with a value stands, also for an edge that never saw it, and after a late waiver."""
    beacon = Told(VALUE)
    drawing = Drawing(queue, ring, owner="lost", beacons=beacon)
    root, seed = gathered.draw.root, drawing.seed_of(gathered)
    assert root is not None
    assert isinstance(seed, bytes)
    key = hashlib.sha256(seed + bytes.fromhex(root) + bytes.fromhex(VALUE)).digest()
    value = BeaconValue(round=gathered.draw.beacon_round or 0, value=VALUE)
    key_hash = hashlib.sha256(key).hexdigest()
    await queue.pin(gathered.room, epoch=gathered.epoch, root=root, seed=seed.hex(), key_hash=key_hash, beacon=value)
    await change_room(queue, gathered.room, {"beacon_waived": True}, who="anna")
    await Drawing(queue, ring, owner="other").step(await look(queue, gathered.room))
    drawn = await look(queue, gathered.room)
    assert drawn.is_drawn
    assert drawn.draw.draw_key() == key
    assert drawn.draw.waived_at_ms is None


async def test_nothing_is_pinned_without_the_value(
    queue: Queue, gathered: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script itself refuses a draw without the room's beacon; without that guard it would be pinned."""
    root = gathered.draw.root or ""

    async def pin() -> object:
        return await queue.pin(gathered.room, epoch=gathered.epoch, root=root, seed="aa" * 32, key_hash="h")

    assert await pin() == Refused(reason="no_beacon")
    disarm(monkeypatch, "if rule[2] ~= '1' then return { 'no_beacon' } end", "")
    assert isinstance(await pin(), Pinned)


async def test_a_beacon_is_waived_only_while_the_draw_waits(queue: Queue, ring: KeyRing, room_name: str) -> None:
    """Nobody goes on without a beacon that could still answer in time."""
    now = SystemClock().now_ms()
    settings = RoomSettings(lobby_at=now - 1000, release_at=now + 60_000, beacon=RULE)
    await create_room(queue, ring, room_name, settings, who="test")
    with pytest.raises(ConfigurationError, match="only while it waits"):
        await change_room(queue, room_name, {"beacon_waived": True}, who="anna")
