"""Every script does the same on each make of server: Redis 6.2, which is the floor, Redis 7 and Valkey 9.

A compact evening that calls every verb is played on each, with fixed fans and a fixed clock; replies and keys are
compared. The folder `lua/` runs on any make by `--store redis-6.2`, and on all of them in `make chaos-queue`.
"""

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.factories import START_MS, ARoom, Clock
from tests.stores import Make, StoreServer, program_of
from tests.waitroom.queue.conftest import Store
from waitroom.errors import StoreRefusedError
from waitroom.queue import Claimed, Drawing, HealthReport, Held, Queue, Snapshot
from waitroom.queue.draw import commitment_to, derive_seed
from waitroom.queue.keys import PARTS
from waitroom.queue.recovery import KeptRoom
from waitroom.queue.scripts import load_scripts
from waitroom.rooms import RoomSettings
from waitroom.tokens import Key, KeyRing, encode_base64url

ROOM, EPOCH = "night", "an-epoch"
RING = KeyRing((Key(key_id="fixed", secret=b"k" * 48),))
SETTINGS = RoomSettings.model_validate(
    {"lobby_at": START_MS - 60_000, "release_at": START_MS + 60_000, "codes": "optional", "total_active_users": 30}
)
REPORT = HealthReport(reporter="r", latency_ms=1.5, requests=7, errors=1, in_use=2, pool=8, seats_left=9)
FANS = 40
OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"
MAKES = [Make.REDIS_6, pytest.param(Make.REDIS_7, marks=pytest.mark.redis)]


class Overheard(Queue):
    """A queue that keeps every raw reply, at a clock of its own."""

    clock: Clock
    replies: list[tuple[str, object]]

    async def _call(self, script: str, room: str, now_us: int | None, epoch: str, *rest: Any) -> Any:  # Any: as its own
        reply = await super()._call(script, room, now_us or self.clock.now_us, epoch, *rest)
        self.replies.append((script, meaning_of(reply)))
        return reply


@pytest.mark.parametrize("make", [*MAKES, Make.VALKEY_9])
async def test_what_a_user_of_its_own_may(make: Make, tmp_path: Path) -> None:
    """The rights that docs/operations.md names are enough for every verb, and leave other keys alone."""
    (line,) = re.findall(r"^ACL SETUSER waitroom .*$", OPERATIONS.read_text(), re.MULTILINE)
    with StoreServer(tmp_path / make, program=program_of(make)) as server:
        server.ask(*line.replace("PASSWORD", "secret").split())
        url = f"redis://waitroom:secret@127.0.0.1:{server.port}"

        replies, _ = await an_evening_at(url)

        assert {script for script, _ in replies} == set(load_scripts())
        queue = Queue.connect(url)
        with pytest.raises(StoreRefusedError, match=r"(?i)permission"):
            await queue._client.sadd("another:product", "x")
        await queue.close()


@pytest.mark.parametrize("make", MAKES)
async def test_every_script_does_the_same(make: Make, tmp_path: Path) -> None:
    """Replies and keys mean what they mean on Valkey 9, to the last digit, and no script is left out."""
    program = program_of(make)
    with StoreServer(tmp_path / "reference") as reference, StoreServer(tmp_path / make, program=program) as server:
        expected, expected_keys = await an_evening_at(reference.url)
        replies, keys = await an_evening_at(server.url)

    assert {script for script, _ in replies} == set(load_scripts())
    assert replies == expected
    assert keys == expected_keys
    assert {"room", "meter", "waiting", "active", "ended", "entrants", "turns"} <= expected_keys.keys() <= set(PARTS)


async def an_evening_at(url: str) -> tuple[list[tuple[str, object]], dict[str, object]]:
    """Play the evening; returns all replies and what is left in the store."""
    queue = Overheard.connect(url)
    queue.replies, queue.clock = [], Clock()
    await _fill_the_lobby(queue)
    await _draw(queue)
    await _let_in(queue)
    await _move_about(queue)
    await _lose_and_restore(queue)
    client = Redis.from_url(url)
    keys = await Store(client).everything(ARoom(queue, ROOM, EPOCH, SETTINGS))
    await client.aclose()
    await queue.close()
    return queue.replies, {part: meaning_of(kept) for part, kept in keys.items() if not part.endswith(" lives")}


def meaning_of(told: Any) -> Any:  # Any: a reply, or a part of one
    """Read documents and numbers: the order of an object's names is chance, and 1e-6 is 1e-06."""
    if isinstance(told, dict):
        return {name: meaning_of(value) for name, value in told.items()}
    if isinstance(told, list):
        return [meaning_of(value) for value in told]
    try:
        return meaning_of(json.loads(told)) if isinstance(told, str) else told
    except ValueError:
        return told


async def _fill_the_lobby(queue: Overheard) -> None:
    commitment = commitment_to(derive_seed(RING.newest.secret, room=ROOM, epoch=EPOCH))
    fields = SETTINGS.to_fields() | {"seed_key_id": RING.newest.key_id, "commitment": commitment}
    await queue.configure(ROOM, fields=fields, who="test", expected=None, epoch=EPOCH)
    await queue.codes(ROOM, epoch=EPOCH, tier=1, uses=1, code_ids=["gold"], who="test")
    await queue.join(ROOM, [(fan(1), 3), (fan(2), 7)], codes=["gold", ""])
    await queue.join(ROOM, [(fan(number), 7) for number in range(3, FANS)])
    await queue.leave(ROOM, epoch=EPOCH, fan_id=fan(3))
    await queue.networks(ROOM, epoch=EPOCH, joins={"192.0.2.1": 3, "2001:db8::/64": 2})
    await queue.health(ROOM, report=REPORT)


async def _draw(queue: Overheard) -> None:
    queue.clock.move(seconds=61)
    drawing = Drawing(queue, RING, owner="edge")
    while True:
        snapshot = Snapshot.parse(ROOM, (await queue.advance(ROOM, interval_us=0)).snapshot)
        if snapshot.is_drawn:
            break
        await drawing.step(snapshot)
    root = snapshot.draw.root
    assert root is not None
    (entrants, (chunk_hash,)) = await queue.entrants(ROOM, index=0), await queue.chunk_hashes(ROOM, chunks=1)
    packed = b"".join(entrants)
    await queue.restore_chunk(ROOM, epoch=EPOCH, root=root, index=0, entrants=packed, chunk_hash=chunk_hash.hex())


async def _let_in(queue: Overheard) -> None:
    for _ in range(3):
        queue.clock.move(seconds=1)
        await queue.advance(ROOM, interval_us=0)
    claims = [await queue.claim(ROOM, fan_id=fan(number)) for number in range(1, FANS)]
    claimed = [number for number, claim in enumerate(claims, start=1) if isinstance(claim, Claimed)]
    queue.clock.move(seconds=5)
    first, second, *_ = claimed
    for number in (first, second):
        await queue.enter(ROOM, epoch=EPOCH, fan_id=fan(number), session=f"session {number}")
    await queue.extend(ROOM, epoch=EPOCH, fan_id=fan(first), seconds=90.5)
    await queue.finish(ROOM, epoch=EPOCH, fan_id=fan(second))
    await queue.govern(ROOM, epoch=EPOCH, seen_ms=0, interval_ms=1000, factor=2 / 3, why="latency")
    await queue.advance(ROOM, interval_us=0)
    await queue.revoke(ROOM, epoch=EPOCH, fan_id=fan(claimed[2]))
    await queue.revoke_tokens(ROOM, epoch=EPOCH)
    for number in range(1, FANS):
        await queue.standing(ROOM, fan_id=fan(number))


async def _move_about(queue: Overheard) -> None:
    """Places move, codes come and go, turns are made longer, and the room has a logo."""
    for number, code in ((30, "one"), (30, "two"), (31, "three")):
        held = Held(fan_id=fan(number), tier=7, score=None, joined_at_ms=START_MS)
        await queue.move(ROOM, held=held, moves=0, code_id=code)
        await queue.support(ROOM, held=held, moves=0, code_id=code)
    for by in ("mark", "mark", "other"):
        await queue.take_over(ROOM, code_id="two", by=by)
    for moves in (0, 1, 2):
        await queue.standing(ROOM, fan_id=fan(30), moves=moves)
    for code in ("one", "two", "three"):
        await queue.find(ROOM, code_id=code)
    for number in range(1, FANS):
        await queue.prolong(ROOM, fan_id=fan(number))
    assert await queue.moved_since(ROOM, 0) == ({fan(30): 2}, queue.clock.now_ms + 1)
    for in_force, digest in (("", "a"), ("a", "b"), ("b", "c")):
        await queue.logo(ROOM, in_force=in_force, digest=digest, picture=b"\x89PNG")
    assert await queue.read_logo(ROOM, "c") == b"\x89PNG"


async def _lose_and_restore(queue: Overheard) -> None:
    await queue.restore(ROOM, [(fan(90), 1, 77), (fan(3), 7, 5)], epoch=EPOCH)
    snapshot = Snapshot.parse(ROOM, (await queue.advance(ROOM, interval_us=0)).snapshot)
    kept = replace(KeptRoom.of(snapshot), room="lost")
    for _ in range(2):
        await queue.restore_room(kept, recovering_ms=90_000)
        await queue.delete("lost", epoch=EPOCH)


def fan(number: int) -> str:
    """A fan id that is the same each time."""
    return encode_base64url(hashlib.sha256(f"fan {number}".encode()).digest()[:16])
