"""The snapshot, field by field against the HTTP contract."""

import json

import pytest

from tests.factories import START_MS, ARoom, some_fans
from waitroom.clock import rfc3339
from waitroom.queue import Document, DrawState, HealthReport, Queue, Snapshot
from waitroom.queue.draw import commitment_to, derive_draw_key
from waitroom.queue.scores import ARRIVALS
from waitroom.rooms import Phase


async def look(room: ARoom) -> Snapshot:
    """Advance now and read what that stored."""
    advanced = await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)
    return Snapshot.parse(room.name, advanced.snapshot)


async def test_an_open_room(queue: Queue, room_name: str) -> None:
    """Every field of the contract is there, and no other."""
    room = await ARoom.open(
        queue, room_name, name="Bühne „Süd“", new_users_per_minute=300, message="Soon", closes_at=START_MS + 9_000_000
    )
    fans = some_fans(15)
    await room.join(*fans)
    await room.advance()
    await room.claimed(fans[0])
    report = HealthReport(reporter="c", latency_ms=1, errors=0, in_use=1, seats_left=1234)
    await queue.health(room.name, report=report)
    snapshot = await look(room)
    commitment = snapshot.draw.commitment
    assert len(commitment) == 64
    assert snapshot.to_json() == {
        "room": room.name,
        "epoch": room.epoch,
        "name": "Bühne „Süd“",
        "phase": "open",
        "paused": False,
        "sold_out": False,
        "now": rfc3339(START_MS),
        "lobby_at": None,
        "lobby_closes_at": None,
        "release_at": None,
        "closes_at": rfc3339(START_MS + 9_000_000),
        "recovering_until": None,
        "lobby": 0,
        "waiting": 10,
        "admitted": 4,
        "active": 1,
        "watermark": ARRIVALS + 4,
        "curve": [[ARRIVALS + number, number - 5] for number in range(5, 15)],
        "rate_per_minute": 300,
        "measured_per_minute": None,
        "slowed": None,
        "seats_left": 1234,
        "seats_a_buyer": None,
        "log": {"entries": 1, "head": snapshot.log.head},
        "message": "Soon",
        "branding": None,
        "codes": "off",
        "draw": {
            "commitment": commitment,
            "entrants": None,
            "root": None,
            "root_at": None,
            "beacon_rule": None,
            "beacon_round": None,
            "beacon": None,
            "beacon_waived_at": None,
            "seed": None,
        },
        "poll": [[0, 2], [100, 5], [5000, 20]],
        "version": 1,
    }
    assert snapshot.totals["joined"] == 15
    assert snapshot.totals["claimed"] == 1
    assert snapshot.may_admit


async def test_a_lobby(lobby: ARoom) -> None:
    """Before the draw the curve is empty and the draw shows its commitment alone."""
    await lobby.join(*some_fans(3))
    snapshot = await look(lobby)
    document = snapshot.to_json()
    assert (document["phase"], document["lobby"], document["curve"]) == ("lobby", 3, [])
    assert document["lobby_at"] == rfc3339(START_MS - 60_000)
    assert document["lobby_closes_at"] == document["release_at"] == rfc3339(START_MS + 60_000)
    assert [name for name, value in document["draw"].items() if value is not None] == ["commitment"]
    assert (document["watermark"], document["seats_left"], document["message"]) == (None, None, None)
    assert snapshot.until_release_seconds() == 60
    assert snapshot.draw.draw_key() is None
    assert not snapshot.may_admit
    assert not snapshot.is_frozen


@pytest.mark.parametrize(
    ("seconds", "phase"),
    [(-61, Phase.SCHEDULED), (-60, Phase.LOBBY), (59.999, Phase.LOBBY), (60, Phase.DRAWING), (600, Phase.CLOSED)],
)
async def test_phases(queue: Queue, room_name: str, seconds: float, phase: Phase) -> None:
    """A room's phase follows from its times and the freeze."""
    room = await ARoom.with_lobby(queue, room_name, closes_at=START_MS + 600_000)
    room.clock.move(seconds=seconds)
    assert (await look(room)).phase is phase


async def test_a_draw_in_public(lobby: ARoom) -> None:
    """Once pinned the snapshot shows all that the draw key is made of."""
    lobby.clock.move(seconds=60)
    await lobby.queue.freeze(lobby.name, now_us=lobby.clock.now_us)
    keys = {"epoch": lobby.epoch, "now_us": lobby.clock.now_us}
    await lobby.queue._call("gather", lobby.name, keys["now_us"], "", "a", 5000, 0, "", "", "", "aa" * 32, 0, "")  # type: ignore[arg-type] # the clock
    seed = b"s" * 32
    await lobby.queue.pin(lobby.name, epoch=lobby.epoch, root="aa" * 32, seed=seed.hex(), key_hash="h")
    snapshot = await look(lobby)
    assert snapshot.is_drawn
    assert snapshot.phase is Phase.OPEN
    assert snapshot.draw.to_json() | {"commitment": ""} == {
        "commitment": "",
        "entrants": 0,
        "root": "aa" * 32,
        "root_at": rfc3339(lobby.clock.now_ms),
        "beacon_rule": None,
        "beacon_round": None,
        "beacon": None,
        "beacon_waived_at": None,
        "seed": seed.hex(),
    }
    assert snapshot.draw.draw_key() == derive_draw_key(seed=seed, root=b"\xaa" * 32)


def test_the_key_needs_everything() -> None:
    """The draw key follows from seed, root and beacon, once they are public."""
    seed, root, beacon = b"s" * 32, b"r" * 32, b"b" * 32
    known = DrawState(commitment=commitment_to(seed), entrants=1, root=root.hex(), beacon=beacon.hex(), seed=seed.hex())
    assert known.draw_key() == derive_draw_key(seed=seed, root=root, beacon=beacon)


async def test_the_measured_rate(room: ARoom) -> None:
    """The measured rate is a number once turns are given."""
    await room.join(*some_fans(100))
    for _ in range(5):
        await room.advance(seconds=1)
    measured = (await look(room)).measured_per_minute
    assert measured is not None
    assert 500 < measured < 900


async def test_parts_of_a_rate(queue: Queue, room_name: str) -> None:
    """A whole rate is written as one, another with its part."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=0.5)
    assert (await look(room)).to_json()["rate_per_minute"] == 0.5


async def test_document(room: ARoom) -> None:
    """The bytes are compact JSON, and their ETag changes with them alone."""
    snapshot = await look(room)
    document = Document.of(snapshot)
    assert json.loads(document.body) == snapshot.to_json()
    assert b": " not in document.body
    assert document == Document.of(snapshot)
    assert document.etag.startswith('"')
    room.clock.move(seconds=1)
    assert Document.of(await look(room)).etag != document.etag
