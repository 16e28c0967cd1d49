"""A cluster loses a primary, hands one over by order, and moves slots, while fans of several rooms join and claim."""

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from redis.crc import key_slot

from tests.chaos.crowds import Crowd, Told, fans_in_two_places
from tests.stores import ClusterStore, run_cluster, until
from waitroom.queue import Queue
from waitroom.queue.keys import Keys

CUT_SECONDS = 0.6

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180), pytest.mark.xdist_group("stores")]


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[ClusterStore]:
    """Three primaries with a replica each, of this test alone."""
    with run_cluster(tmp_path) as cluster:
        yield cluster


@pytest.fixture
async def queue(cluster: ClusterStore) -> AsyncIterator[Queue]:
    """The queue at the cluster's address."""
    queue = Queue.connect(cluster.url)
    yield queue
    await queue.close()


async def test_a_primary_is_killed(cluster: ClusterStore, queue: Queue, tell: Callable[[str], None]) -> None:
    """The rooms of the other primaries go on meanwhile; of the dead one's room only the newest fans are lost."""
    rooms = a_room_at_each_primary(cluster)
    crowd = await Crowd.gather(queue, *rooms)
    killed, primary = rooms[0], cluster.owner(key_of(rooms[0]))
    moments: list[float] = []

    def cut_and_kill() -> None:
        moments.append(time.monotonic())
        primary.ask("ACL", "SETUSER", "default", "-psync", "-sync", "-replconf")
        primary.ask("CLIENT", "KILL", "TYPE", "replica")
        time.sleep(CUT_SECONDS)
        moments.append(time.monotonic())
        primary.kill()
        until(lambda: cluster.owner(key_of(killed)) is not primary)
        moments.append(time.monotonic())

    await crowd.run_while(cut_and_kill, tasks=3, fans=300)

    cut_at, killed_at, followed_at = moments
    lost = await crowd.lost()
    tell(f"{len(crowd.told)} fans, {len(lost)} lost, {crowd.longest_gap(killed):.1f} s without joins there")
    assert_only_the_newest_are_lost(lost, since=cut_at, room=killed)
    assert lost, "nothing was lost: the cut proves nothing"
    for room in rooms[1:]:
        assert [at for at in crowd.joined_after(killed_at, room=room) if at < followed_at], "another room stood still"
    assert_nobody_has_two_turns(cluster, crowd)
    for told in lost:
        await crowd.put_back(told)
    assert await crowd.lost() == []


async def test_a_failover_by_command(cluster: ClusterStore, queue: Queue, tell: Callable[[str], None]) -> None:
    """A primary that hands over loses nobody: the new one has everything before it begins."""
    (room, *_) = a_room_at_each_primary(cluster)
    crowd = await Crowd.gather(queue, room)

    await crowd.run_while(lambda: cluster.fail_over(key_of(room)), tasks=6, fans=300)

    tell(f"{len(crowd.told)} fans, {crowd.longest_gap(room):.1f} s without joins, {crowd.outages.total()} outages")
    assert await crowd.lost() == []
    assert_nobody_has_two_turns(cluster, crowd)


async def test_a_slot_is_moved_while_in_use(cluster: ClusterStore, queue: Queue, tell: Callable[[str], None]) -> None:
    """A room's slot goes from node to node, key by key, and back; nobody is lost and nobody is told that it broke."""
    (room, *_) = a_room_at_each_primary(cluster)
    crowd = await Crowd.gather(queue, room)
    slot, steps = key_slot(key_of(room).encode()), 0

    def move_there_and_back() -> None:
        nonlocal steps
        first, second, *_ = cluster.primaries()
        source = cluster.owner(key_of(room))
        target = second if source is first else first
        for giver, taker in ((source, target), (target, source)):
            cluster.begin_move(slot, source=giver, target=taker)
            while cluster.move_keys(slot, source=giver, target=taker, most=1):
                steps += 1
                time.sleep(0.02)
            cluster.end_move(slot, source=giver, target=taker)

    await crowd.run_while(move_there_and_back, tasks=6, fans=300)

    tell(f"{len(crowd.told)} fans, {crowd.longest_gap(room):.1f} s without joins, {crowd.outages.total()} outages")
    assert steps >= 8, "the room had no keys to move"
    assert await crowd.lost() == []
    assert_nobody_has_two_turns(cluster, crowd)


def key_of(room: str) -> str:
    """One of the room's keys; all are in its slot."""
    return Keys(room).part("room")


def a_room_at_each_primary(cluster: ClusterStore) -> list[str]:
    """Names of rooms that lie with different primaries."""
    found: dict[int, str] = {}
    for number in range(200):
        room = f"night-{number}"
        found.setdefault(cluster.owner(key_of(room)).port, room)
        if len(found) == 3:
            break
    return list(found.values())


def assert_only_the_newest_are_lost(lost: list[Told], *, since: float, room: str) -> None:
    """Nobody is lost but fans of one room who were told of the place after `since`."""
    assert [told.fan_id for told in lost if told.joined_at < since or told.room != room] == []


def assert_nobody_has_two_turns(cluster: ClusterStore, crowd: Crowd) -> None:
    """No fan is in two states, and none had two sessions."""
    for room in crowd.rooms:
        with cluster.owner(key_of(room)).client() as client:
            assert fans_in_two_places(client, room) == set()
    assert [told.fan_id for told in crowd.told.values() if len({name for _, name in told.sessions}) > 1] == []
