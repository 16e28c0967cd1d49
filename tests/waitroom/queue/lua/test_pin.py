"""pin.lua: every branch, the reply and what it leaves behind."""

import pytest

from tests.factories import ARoom
from tests.waitroom.queue.conftest import Call, Store


@pytest.fixture
async def frozen(lobby: ARoom) -> ARoom:
    """A room whose lobby has closed, empty."""
    lobby.clock.move(seconds=60)
    await lobby.queue.freeze(lobby.name, now_us=lobby.clock.now_us)
    return lobby


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "pin", "root", "seed", "", "hash") == ["missing"]


async def test_other_epoch(frozen: ARoom, call: Call) -> None:
    """A caller who means an earlier room of this name pins nothing."""
    assert await call(frozen, "pin", "root", "seed", "", "hash", epoch="another") == ["other_epoch"]


async def test_not_gathered(frozen: ARoom, call: Call, store: Store) -> None:
    """Without the list, or for another list, nothing is pinned and no seed is shown."""
    assert await call(frozen, "pin", "root", "seed", "", "hash") == ["not_gathered"]
    await call(frozen, "gather", "a", 5000, 0, b"x" * 17, "h", "f", "root", 1, "0x")
    assert await call(frozen, "pin", "other", "seed", "", "hash") == ["not_gathered"]
    assert await store.meter(frozen, "seed") is None


async def test_the_first_pin_stands(frozen: ARoom, call: Call, store: Store) -> None:
    """The first pin decides; a second, by whomever, is told what stands."""
    await call(frozen, "gather", "a", 5000, 0, b"x" * 17, "h", "f", "root", 1, "0x")
    pinned = ["pinned", "hash", "", "seed"]
    assert await call(frozen, "pin", "root", "seed", "", "hash") == pinned
    before = await store.everything(frozen)
    assert await call(frozen, "pin", "root", "seed2", "beacon", "hash2") == pinned
    assert await store.everything(frozen) == before
    assert await store.meter(frozen, "drawn_entrants") == "0"
    assert await store.meter(frozen, "drawn") is None


async def test_an_empty_lobby_is_drawn_at_once(frozen: ARoom, call: Call, store: Store) -> None:
    """Nobody was in the lobby: there is nothing to draw."""
    await call(frozen, "gather", "a", 5000, 0, "", "", "", "empty", 0, "")
    assert await call(frozen, "pin", "empty", "seed", "beacon", "hash") == ["pinned", "hash", "beacon", "seed"]
    assert await store.meter(frozen, "drawn") == "1"
