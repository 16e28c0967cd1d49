"""gather.lua: every branch, the reply and what it leaves behind."""

import pytest

from tests.factories import ARoom, some_fans
from tests.waitroom.queue.conftest import Call, Store

LEASE = 5000
ENTRANTS = bytes(range(34))


@pytest.fixture
async def frozen(lobby: ARoom) -> ARoom:
    """A room whose lobby has closed with four fans."""
    await lobby.join(*some_fans(4))
    lobby.clock.move(seconds=60)
    await lobby.queue.freeze(lobby.name, now_us=lobby.clock.now_us)
    return lobby


def chunk(index: int, *, root: str = "", count: int = 2) -> list[str | int | bytes]:
    """What a gatherer stores."""
    return [index, ENTRANTS, f"hash{index}", f"frontier{index}", root, count, f"first{index}"]


def no_chunk() -> list[str]:
    """A gatherer who takes the lease alone."""
    return [""] * 7


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "gather", "a", LEASE, *no_chunk()) == ["missing"]


async def test_other_epoch(frozen: ARoom, call: Call) -> None:
    """A caller who means an earlier room of this name stores nothing."""
    assert await call(frozen, "gather", "a", LEASE, *no_chunk(), epoch="another") == ["other_epoch"]


async def test_open(lobby: ARoom, call: Call, store: Store) -> None:
    """While the lobby is open there is nothing to gather."""
    assert await call(lobby, "gather", "a", LEASE, *chunk(0)) == ["open"]
    assert await store.fields(lobby, "entrants") == {}


async def test_takes_the_lease(frozen: ARoom, call: Call, store: Store) -> None:
    """The first to ask gathers, and learns where to begin; asking again lengthens the lease."""
    assert await call(frozen, "gather", "a", LEASE, *no_chunk()) == ["next", "0", "", "0"]
    assert await store.meter(frozen, "gatherer") == "a"
    frozen.clock.move(seconds=4)
    assert await call(frozen, "gather", "a", LEASE, *no_chunk()) == ["next", "0", "", "0"]
    assert await store.meter(frozen, "gatherer_until_ms") == str(frozen.clock.now_ms + LEASE)


async def test_busy(frozen: ARoom, call: Call, store: Store) -> None:
    """While one gathers nobody else does."""
    await call(frozen, "gather", "a", LEASE, *no_chunk())
    before = await store.everything(frozen)
    frozen.clock.move(seconds=4.999)
    assert await call(frozen, "gather", "b", LEASE, *chunk(0)) == ["busy"]
    assert await store.everything(frozen) == before


async def test_a_lease_ends(frozen: ARoom, call: Call) -> None:
    """After the lease another edge goes on where the first one stopped, and the first one is refused."""
    await call(frozen, "gather", "a", LEASE, *chunk(0))
    frozen.clock.move(seconds=5)
    assert await call(frozen, "gather", "b", LEASE, *no_chunk()) == ["next", "1", "frontier0", "2"]
    assert await call(frozen, "gather", "a", LEASE, *chunk(1)) == ["busy"]


async def test_a_lease_from_a_clock_that_ran_back_holds_nobody_up(frozen: ARoom, call: Call) -> None:
    """When the clock ran back by an hour, a lease does not last for that hour."""
    await call(frozen, "gather", "a", LEASE, *no_chunk())
    frozen.clock.move(seconds=-3600)
    assert (await call(frozen, "gather", "b", LEASE, *no_chunk()))[0] == "next"


async def test_stores_a_chunk_once(frozen: ARoom, call: Call, store: Store) -> None:
    """A chunk is stored with its hash and the frontier; a repeat, or any index but the next, stores nothing."""
    assert await call(frozen, "gather", "a", LEASE, *chunk(0)) == ["next", "1", "frontier0", "2"]
    listed = {"0": ENTRANTS.decode("latin-1"), "0:hash": "hash0", "0:first": "first0"}
    assert await store.fields(frozen, "entrants") == listed
    assert await store.meter(frozen, "highest_tier") == str(ENTRANTS[17])
    before = await store.everything(frozen)
    for index in (0, 2):
        assert await call(frozen, "gather", "a", LEASE, *chunk(index, root="r")) == ["next", "1", "frontier0", "2"]
        assert await store.everything(frozen) == before


async def test_the_last_chunk_ends_it(frozen: ARoom, call: Call, store: Store) -> None:
    """With the root the list is complete for good; lease and frontier go."""
    await call(frozen, "gather", "a", LEASE, *chunk(0))
    gathered = ["gathered", "root", "4", "2"]
    assert await call(frozen, "gather", "a", LEASE, *chunk(1, root="root", count=4)) == gathered
    before = await store.everything(frozen)
    assert not {"frontier", "gatherer", "gatherer_until_ms"} & (await store.fields(frozen, "meter")).keys()
    assert await call(frozen, "gather", "b", LEASE, *chunk(1, root="other", count=9)) == gathered
    assert await store.everything(frozen) == before


async def test_an_empty_lobby(frozen: ARoom, call: Call, store: Store) -> None:
    """A list of nobody has a root and no chunks."""
    assert await call(frozen, "gather", "a", LEASE, 0, "", "", "", "empty", 0, "") == ["gathered", "empty", "0", "0"]
    assert await store.fields(frozen, "entrants") == {}
