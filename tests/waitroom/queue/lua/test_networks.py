"""`networks`: joins by the network that they came from."""

import pytest

from tests.factories import ARoom
from tests.waitroom.queue.conftest import Call, Store
from waitroom.queue import OtherEpoch, Queue
from waitroom.queue.room_store import MOST_NETWORKS


async def test_joins_add_up(room: ARoom, store: Store) -> None:
    """What edges count is added, and all of it under `all`; largest first."""
    await room.queue.networks(room.name, epoch=room.epoch, joins={"203.0.113.0/24": 2, "2001:db8:1::/48": 5})
    assert await room.queue.networks(room.name, epoch=room.epoch, joins={"203.0.113.0/24": 4}) == 2
    told = await room.queue.joins_by_network(room.name)
    assert list(told.items()) == [("all", 11), ("203.0.113.0/24", 6), ("2001:db8:1::/48", 5)]
    assert (await store.everything(room))["networks"] == dict(reversed(told.items()))


async def test_a_repeat_counts_twice(room: ARoom) -> None:
    """A batch that is sent again is counted again: the caller lets one go whose reply was lost."""
    for _ in range(2):
        await room.queue.networks(room.name, epoch=room.epoch, joins={"203.0.113.0/24": 1})
    assert (await room.queue.joins_by_network(room.name))["203.0.113.0/24"] == 2


async def test_the_largest_are_kept(room: ARoom) -> None:
    """A room keeps ten thousand networks, and `all` counts the joins of those that were dropped as well."""
    names = [f"10.{number // 256}.{number % 256}.0/24" for number in range(10_500)]
    for first in range(0, len(names), MOST_NETWORKS):
        batch = dict.fromkeys(names[first : first + MOST_NETWORKS], 2)
        await room.queue.networks(room.name, epoch=room.epoch, joins=batch)
    assert await room.queue.networks(room.name, epoch=room.epoch, joins={"192.0.2.0/24": 30}) == 10_000
    told = await room.queue.joins_by_network(room.name)
    assert len(told) == 10_001
    assert (told["all"], told["192.0.2.0/24"]) == (21_030, 30)


async def test_too_many_at_once(queue: Queue) -> None:
    """A call is bounded."""
    with pytest.raises(ValueError, match="at most 500"):
        await queue.networks("any", epoch="", joins={str(number): 1 for number in range(501)})


async def test_rooms_that_are_not_there(nowhere: ARoom, room: ARoom, call: Call) -> None:
    """Nothing is counted where there is no room, or another one."""
    assert await call(nowhere, "networks", "192.0.2.0/24", 1) == ["missing"]
    assert isinstance(await room.queue.networks(room.name, epoch="other", joins={"192.0.2.0/24": 1}), OtherEpoch)
    assert await room.queue.joins_by_network(room.name) == {}
