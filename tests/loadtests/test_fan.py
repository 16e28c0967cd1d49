"""A fan on a real edge, up to the claim; the journeys go on from there."""

import asyncio
import random
import time

import httpx
import pytest

from loadtests.calls import Calls, open_client
from loadtests.errors import FanError, Refused, TurnOver
from loadtests.fan import Door, Fan
from loadtests.snapshots import SharedSnapshot
from tests.patience import PATIENCE_SECONDS
from waitroom.queue import Queue, change_room, close_room, create_room
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings

NOBODY = "http://127.0.0.1:9"


async def make_room(queue: Queue, settings: Settings, room: str, policy: RoomSettings) -> None:
    """Make a room and let the edge find it."""
    await create_room(queue, settings.key_source(), room, policy, who="test")


def a_fan(client: httpx.AsyncClient, edge_url: str, room: str, name: str = "fan") -> Fan:
    """A fan before this room's door."""
    door = Door(edges=[edge_url], checkouts=[NOBODY], room=room, event=room)
    return Fan(client, door, name=f"{room}-{name}")


async def joined(fan: Fan) -> Fan:
    """Join as soon as the edge has found the room."""
    while True:
        try:
            await fan.join()
        except Refused as refused:
            if refused.problem != "room-missing":
                raise
            await asyncio.sleep(0.05)
        else:
            return fan


async def test_a_lobby_is_drawn_and_its_fans_take_their_turns(
    edge_url: str, queue: Queue, settings: Settings, room_name: str
) -> None:
    """Fans of the lobby compute their drawn places from the snapshot and claim when it is their turn."""
    now_ms = time.time_ns() // 1_000_000
    policy = RoomSettings(lobby_at=now_ms, release_at=now_ms + 3_600_000, new_users_per_minute=6000)
    await make_room(queue, settings, room_name, policy)
    async with open_client() as client:
        fans = [await joined(a_fan(client, edge_url, room_name, str(number))) for number in range(5)]
        assert {fan.record.joined.state for fan in fans if fan.record.joined} == {"lobby"}
        soon_ms = time.time_ns() // 1_000_000 + 1500
        await change_room(queue, room_name, {"release_at": soon_ms}, who="test")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await fans[0].snapshot()).release_at_ms != soon_ms:
                await asyncio.sleep(0.05)
        await asyncio.gather(*(fan.wait_for_turn() for fan in fans))
        claims = await asyncio.gather(*(fan.claim_when_free() for fan in fans))
    assert len({claim.admission_token for claim in claims}) == 5


async def test_every_call_may_be_repeated(edge_url: str, queue: Queue, settings: Settings, room_name: str) -> None:
    """The same fan who joins and claims again has the same place and the same turn."""
    await make_room(queue, settings, room_name, RoomSettings(new_users_per_minute=6000))
    async with open_client() as client:
        first, second = [await joined(a_fan(client, edge_url, room_name)) for _ in range(2)]
        assert first.record.joined is not None
        assert second.record.joined is not None
        assert first.record.joined.fan_id == second.record.joined.fan_id
        await first.wait_for_turn()
        claims = [await first.claim(), await first.claim(), await second.claim()]
    assert len({claim.enter_at_ms for claim in claims}) == 1


async def test_a_fan_of_a_closed_room_is_told_so(
    edge_url: str, queue: Queue, settings: Settings, room_name: str
) -> None:
    """Waiting ends by itself when the sale is over."""
    await make_room(queue, settings, room_name, RoomSettings(new_users_per_minute=0, total_active_users=0))
    async with open_client() as client:
        fan = await joined(a_fan(client, edge_url, room_name))
        await close_room(queue, room_name, who="test")
        with pytest.raises(TurnOver, match="closed"):
            await fan.wait_for_turn()


async def test_a_fan_who_left_has_no_turn(edge_url: str, queue: Queue, settings: Settings, room_name: str) -> None:
    """A place that was given up is over."""
    await make_room(queue, settings, room_name, RoomSettings(new_users_per_minute=0, total_active_users=0))
    async with open_client() as client:
        fan = await joined(a_fan(client, edge_url, room_name))
        await fan.leave()
        assert (await fan.place()).state == "left"
        with pytest.raises(TurnOver, match="left"):
            await fan.wait_for_turn()


async def test_the_crowd_reads_one_snapshot_a_second(
    edge_url: str, queue: Queue, settings: Settings, room_name: str
) -> None:
    """Fans who share a snapshot and look at once get the very same one."""
    await make_room(queue, settings, room_name, RoomSettings())
    async with open_client() as client:
        await joined(a_fan(client, edge_url, room_name))
        shared = SharedSnapshot(Calls(client, [edge_url], dice=random.Random(0)), room_name)
        looks = await asyncio.gather(*(shared.read() for _ in range(50)))
    assert len({id(look) for look in looks}) == 1


async def test_steps_out_of_order_are_named(edge_url: str, room_name: str) -> None:
    """A fan without a pass, a claim or a session says what is missing instead of asking."""
    async with open_client() as client:
        fan = a_fan(client, edge_url, room_name)
        for step, missing in ((fan.place, "pass"), (fan.open_session, "claim"), (fan.categories, "session")):
            with pytest.raises(FanError, match=missing):
                await step()


def test_keys_are_the_fans_own() -> None:
    """The same words give the same key to one fan, and another to another."""
    one, two = (Fan(None, Door(edges=[NOBODY], checkouts=[NOBODY]), name=name) for name in "ab")  # type: ignore[arg-type]  # no call is made
    assert one.key("join") == one.key("join") != two.key("join")
    assert one.key("join") != one.key("session")
    assert len(one.key("join")) >= 32
