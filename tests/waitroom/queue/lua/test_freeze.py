"""freeze.lua: every branch, the reply and what it leaves behind."""

from tests.factories import START_MS, ARoom, a_fan
from tests.waitroom.queue.conftest import Call, Store


async def test_missing_room(nowhere: ARoom, call: Call) -> None:
    """A room that does not exist says so."""
    assert await call(nowhere, "freeze") == ["missing"]


async def test_other_epoch(lobby: ARoom, call: Call) -> None:
    """A caller who means an earlier room of this name freezes nothing."""
    lobby.clock.move(seconds=60)
    assert await call(lobby, "freeze", epoch="another") == ["other_epoch"]


async def test_open(lobby: ARoom, call: Call, store: Store) -> None:
    """Before its time the lobby stays open, and the reply says until when."""
    lobby.clock.move(seconds=59.999)
    before = await store.everything(lobby)
    assert await call(lobby, "freeze") == ["open", str(START_MS + 60_000)]
    assert await store.everything(lobby) == before


async def test_frozen_for_good(lobby: ARoom, call: Call, store: Store) -> None:
    """At its time the lobby closes; a repeat and a clock that runs back leave the moment as it was."""
    await lobby.join(a_fan())
    lobby.clock.move(seconds=60)
    frozen = ["frozen", str(START_MS + 60_000), "1"]
    assert await call(lobby, "freeze") == frozen
    before = await store.everything(lobby)
    for seconds in (5, -600):
        lobby.clock.move(seconds=seconds)
        assert await call(lobby, "freeze") == frozen
    assert await store.everything(lobby) == before


async def test_earlier_than_the_release(lobby: ARoom, call: Call) -> None:
    """A large room closes its lobby before the release."""
    await lobby.change(lobby_closes_at=START_MS + 10_000)
    lobby.clock.move(seconds=10)
    assert await call(lobby, "freeze") == ["frozen", str(START_MS + 10_000), "0"]


async def test_a_room_without_a_release_was_never_a_lobby(room: ARoom, call: Call) -> None:
    """A room without a release is frozen from the start."""
    assert await call(room, "freeze") == ["frozen", str(START_MS), "0"]
