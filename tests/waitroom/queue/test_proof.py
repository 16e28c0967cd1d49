"""The draw proof, recomputed once more with hashlib and hmac alone."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.factories import ARoom, a_ring, some_fans
from tests.waitroom.queue.conftest import Store
from waitroom.clock import SystemClock
from waitroom.queue import Drawing, Queue, Snapshot, create_room, look_at_room
from waitroom.queue.entrant_list import write_entrants
from waitroom.queue.packing import pack_fans
from waitroom.queue.proof import chunks_of, proof_header, proof_lines
from waitroom.rooms import RoomSettings


async def drawn_room(queue: Queue, name: str, *, count: int) -> Snapshot:
    """A room whose lobby of so many fans, in three tiers, has been drawn."""
    now = SystemClock().now_ms()
    ring = a_ring("new")
    settings = RoomSettings(lobby_at=now - 60_000, release_at=now + 60_000, new_users_per_minute=0)
    await create_room(queue, ring, name, settings, who="test", now_us=(now - 1000) * 1000)
    fans = [(fan, number % 3) for number, fan in enumerate(some_fans(count))]
    for start in range(0, count, 2000):
        await queue.join(name, fans[start : start + 2000])
    # A test's clock closes the lobby and opens the line; the draw itself asks for no time.
    await queue.freeze(name, now_us=(now + 60_000) * 1000)
    snapshot = await look_at_room(queue, name)
    while not snapshot.is_drawn:
        await Drawing(queue, ring, owner="edge").step(snapshot)
        reply = await queue.advance(name, interval_us=0)
        snapshot = Snapshot.parse(name, reply.snapshot)
    return snapshot


def mth(leaves: list[bytes]) -> bytes:
    """The Merkle tree hash, in RFC 6962's words."""
    if len(leaves) < 2:
        return hashlib.sha256(b"\x00" + leaves[0] if leaves else b"").digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + mth(leaves[:split]) + mth(leaves[split:])).digest()


def recompute(lines: list[str]) -> list[str]:
    """Make all checks without anything of ours and return the order that follows."""
    header, entrants = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
    seed, root = bytes.fromhex(header["seed"]), bytes.fromhex(header["root"])
    raw = [base64.urlsafe_b64decode(f"{fan}==") for _, fan in entrants]
    assert hashlib.sha256(seed).hexdigest() == header["commitment"]
    assert entrants == sorted(entrants)
    assert len({fan for _, fan in entrants}) == len(entrants) == header["count"]
    assert mth([bytes([tier]) + each for (tier, _), each in zip(entrants, raw, strict=True)]) == root
    key = hashlib.sha256(seed + root).digest()
    assert key.hex() == header["draw_key"]

    def score(tier: int, fan: bytes) -> int:
        return tier * 2**50 + int.from_bytes(hmac.new(key, fan, hashlib.sha256).digest()[:6], "big")

    vector = header["test_vector"]
    assert score(vector["tier"], base64.urlsafe_b64decode(vector["fan_id"] + "==")) == vector["score"]
    ranked = sorted((score(tier, each), fan) for (tier, fan), each in zip(entrants, raw, strict=True))
    return [fan for _, fan in ranked]


async def proof_of(queue: Queue, snapshot: Snapshot) -> list[str]:
    """The proof's lines."""
    return (
        b"".join([part async for part in proof_lines(snapshot, chunks_of(queue, snapshot.room))]).decode().splitlines()
    )


@pytest.mark.parametrize("count", [0, 1, 7, 4096, 4100])
async def test_anyone_can_recompute_the_line(queue: Queue, room_name: str, store: Store, count: int) -> None:
    """From the proof, with hashlib and hmac alone, follows the line as it stands in the store."""
    snapshot = await drawn_room(queue, room_name, count=count)
    order = recompute(await proof_of(queue, snapshot))
    line = await store.scores(ARoom(queue, room_name, snapshot.epoch, snapshot.settings), "waiting")
    assert order == list(line)
    assert len(order) == count


async def test_header(queue: Queue, room_name: str) -> None:
    """The header says all that the draw was made of, that no beacon was used, and what no proof shows."""
    snapshot = await drawn_room(queue, room_name, count=3)
    header: dict[str, Any] = proof_header(snapshot)  # Any: JSON values
    assert header == json.loads((await proof_of(queue, snapshot))[0])
    assert (header["room"], header["epoch"], header["count"]) == (room_name, snapshot.epoch, 3)
    assert header["commitment"] == snapshot.draw.commitment
    assert header["beacon"] is None
    assert (
        "whoever holds the room's keys and added the last entrant could have chosen the order"
        in header["beacon_absence"]
    )
    for never in ("distinct people", "tiers were given fairly", "no token was minted"):
        assert never in header["never_shown"]
    assert header["encodings"].keys() == {"commitment", "root", "beacon", "entrant", "draw_key", "score"}


async def test_chunk_by_chunk(queue: Queue, room_name: str) -> None:
    """The proof is written a chunk at a time, however long it is."""
    snapshot = await drawn_room(queue, room_name, count=4100)
    parts = [part async for part in proof_lines(snapshot, chunks_of(queue, snapshot.room))]
    assert [part.count(b"\n") for part in parts] == [1, 4096, 4]


async def test_no_proof_before_the_draw(lobby: ARoom) -> None:
    """There is nothing to prove before the draw."""
    advanced = await lobby.queue.advance(lobby.name, interval_us=0, now_us=lobby.clock.now_us)
    with pytest.raises(AssertionError, match="drawn"):
        proof_header(Snapshot.parse(lobby.name, advanced.snapshot))


def test_lines_of_many_as_of_each() -> None:
    """The lines of a chunk are what each entrant is written as, whatever the tier and the letters."""
    fans = ["A" * 22, "_" * 21 + "w", "-" * 21 + "Q", *some_fans(50)]
    entrants = [(number % 8, fan) for number, fan in enumerate(fans)]
    packed = pack_fans([fan.encode() for _, fan in entrants], bytes(tier for tier, _ in entrants))
    assert write_entrants(packed).decode() == "".join(f'[{tier},"{fan}"]\n' for tier, fan in entrants)
    assert write_entrants(b"") == b""
