"""The drawn list on an edge's disk: whole or not at all, read instead of the store, gone with its room."""

import asyncio
import hashlib
import json
import shutil
import stat
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from edge.entrant_files import EntrantList, chunk_roots, root_over, write_scores, written_whole
from tests.edge.conftest import MakeRoom
from tests.edge.test_api import ask, join, now_ms, wait_for
from tests.factories import some_fans
from tests.patience import until
from waitroom.queue import Queue, release_now
from waitroom.queue.draw import draw_score, raw_fan_id
from waitroom.queue.merkle import CHUNK_ENTRANTS, Frontier, chunk_hash, pack_entrant, split_entrants
from waitroom.queue.verification import Verified, verify
from waitroom.settings import Settings

KEY = hashlib.sha256(b"key").digest()
HOUR_MS = 3_600_000
Tiers = list[tuple[int, str]]


@pytest.fixture
def entrants() -> Tiers:
    """A list of more than a chunk."""
    return sorted((number % 3, fan) for number, fan in enumerate(some_fans(CHUNK_ENTRANTS + 900)))


@pytest.fixture
def listed(entrants: Tiers, tmp_path: Path) -> EntrantList:
    """The list in its files."""
    packed = [pack_entrant(tier=tier, raw_fan_id=raw_fan_id(fan)) for tier, fan in entrants]
    path, scores = tmp_path / "r.e.entrants", tmp_path / "r.e.scores"
    with written_whole(path) as file:
        file.write(b"".join(packed))
    write_scores(path, scores, KEY)
    roots = chunk_roots(path)
    frontier = Frontier()
    for start in range(0, len(packed), CHUNK_ENTRANTS):
        frontier.append(chunk_hash(packed[start : start + CHUNK_ENTRANTS]))
    assert root_over(roots) == frontier.root().hex()
    return EntrantList.open(path, scores, roots)


def test_a_list_tells_places_and_members(listed: EntrantList, entrants: Tiers) -> None:
    """Ranks are those of the whole order, and exactly the entrants are in the list."""
    scores = sorted(draw_score(KEY, tier=tier, fan_id=fan) for tier, fan in entrants)
    for rank in (0, 1, 2500, len(scores) - 1):
        assert listed.rank(scores[rank]) == rank
    for tier, fan in (entrants[0], entrants[4096], entrants[-1]):
        assert listed.holds(tier, fan)
        assert not listed.holds(tier + 1, fan)
    assert not listed.holds(0, "A" * 22)
    assert not listed.holds(7, "_" * 21 + "w")


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """What breaks off leaves nothing behind, and what is there is readable by its user alone."""
    path = tmp_path / "rooms" / "r.e.entrants"

    def break_off() -> None:
        with written_whole(path) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert list(path.parent.iterdir()) == []
    with written_whole(path) as file:
        file.write(b"whole")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def drawn(client: httpx.AsyncClient, make_room: MakeRoom, queue: Queue, *, fans: int = 12) -> str:
    """A room whose lobby was drawn."""
    room = await make_room(lobby_at=now_ms() - 1000, release_at=now_ms() + HOUR_MS, new_users_per_minute=0)
    await asyncio.gather(*(join(client, room) for _ in range(fans)))
    await release_now(queue, room, who="test")
    await wait_for(client, room, phase="open")
    return room


async def test_an_edge_keeps_the_list(
    client: httpx.AsyncClient,
    make_room: MakeRoom,
    edge_app: Starlette,
    edge_queue: Queue,
    edge_settings: Settings,
) -> None:
    """Once the list is on the disk, proof and ranks come from there, also when the store has lost its own."""
    room = await drawn(client, make_room, edge_queue)
    keeping, epoch = edge_app.state.keeping, edge_app.state.boards.get(room).snapshot.epoch
    await until(lambda: keeping.find(epoch) is not None)
    folder = edge_settings.state_dir / "rooms"
    assert (folder / f"{room}.{epoch}.entrants").stat().st_size == 12 * 17
    await edge_queue._client.unlink(f"wr:{{{room}}}:entrants")
    lines = (await ask(client, "GET", f"/v1/rooms/{room}/draw")).text.splitlines()
    verified = verify(lines)
    assert isinstance(verified, Verified)
    for rank, fan in enumerate(verified.order()):
        assert (await ask(client, "GET", f"/v1/rooms/{room}/draw/{fan}")).json()["rank"] == rank


async def test_a_lost_list_comes_back_from_the_disk(
    client: httpx.AsyncClient,
    make_room: MakeRoom,
    edge_app: Starlette,
    edge_queue: Queue,
    edge_settings: Settings,
) -> None:
    """While a room recovers, an edge puts the chunks of its file back, each with its Merkle root, for every edge."""
    room = await drawn(client, make_room, edge_queue)
    snapshot = edge_app.state.boards.get(room).snapshot
    await until(lambda: edge_app.state.keeping.find(snapshot.epoch) is not None)
    packed = (edge_settings.state_dir / "rooms" / f"{room}.{snapshot.epoch}.entrants").read_bytes()
    await edge_queue._client.unlink(f"wr:{{{room}}}:entrants")
    assert await edge_queue.packed_entrants(room, index=0) == b""
    await edge_queue._client.hset(f"wr:{{{room}}}:meter", "recovering_until_ms", str(now_ms() + HOUR_MS))
    await until(lambda: snapshot.epoch in edge_app.state.keeping._put_back)
    assert await edge_queue.packed_entrants(room, index=0) == packed
    assert await edge_queue.chunk_hashes(room, chunks=1) == [chunk_hash(split_entrants(packed))]


async def test_a_disk_that_cannot_be_written(
    client: httpx.AsyncClient,
    make_room: MakeRoom,
    edge_app: Starlette,
    edge_queue: Queue,
    edge_settings: Settings,
) -> None:
    """Where the folder cannot be used, the proof comes from the store."""
    shutil.rmtree(edge_settings.state_dir, ignore_errors=True)
    edge_settings.state_dir.write_text("a file is no folder")
    room = await drawn(client, make_room, edge_queue)
    await until(lambda: edge_app.state.keeping._is_unwritable)
    lines = (await ask(client, "GET", f"/v1/rooms/{room}/draw")).text.splitlines()
    assert isinstance(verify(lines), Verified)
    fan = json.loads(lines[1])[1]
    assert (await ask(client, "GET", f"/v1/rooms/{room}/draw/{fan}")).json()["rank"] is not None


async def test_files_of_rooms_that_are_gone_are_removed(
    make_room: MakeRoom, edge_app: Starlette, edge_settings: Settings
) -> None:
    """The list of an earlier room of the name goes, and so does that of a room nobody knows; a lost room's stays."""
    room = await make_room()
    folder = edge_settings.state_dir / "rooms"
    folder.mkdir(parents=True, exist_ok=True)
    for name in (f"{room}.earlier.entrants", f"{room}.earlier.scores", "unknown.e.entrants", "lost.e.entrants"):
        (folder / name).write_bytes(b"")
    (folder / "lost.json").write_text("{}")
    edge_app.state.keeping._tidy({room})
    assert {path.name for path in folder.glob("*.entrants")} == {"lost.e.entrants"}
    assert list(folder.glob("*.scores")) == []


async def test_a_receipt_of_the_lobby(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """A fan of the lobby gets a signed receipt, the same keys verify it; nobody else gets one."""
    room = await make_room(lobby_at=now_ms() - 1000, release_at=now_ms() + 600_000)
    fan = (await join(client, room)).json()
    given = (await ask(client, "POST", f"/v1/rooms/{room}/receipt", fan["pass"])).json()
    assert (given["fan_id"], given["tier"], given["room"]) == (fan["fan_id"], fan["tier"], room)
    assert given["receipt"].count(".") == 2
    assert given["epoch"] == fan["epoch"]
    assert (await ask(client, "POST", f"/v1/rooms/{room}/receipt")).status_code == 403
    await ask(client, "POST", f"/v1/rooms/{room}/leave", fan["pass"])
    refused = await ask(client, "POST", f"/v1/rooms/{room}/receipt", fan["pass"])
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-in-lobby")
