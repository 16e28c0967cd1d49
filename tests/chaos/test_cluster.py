"""A cluster loses a primary, hands one over by order, and moves slots, while fans of several rooms join and claim."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from redis.crc import key_slot

from tests.chaos.crowds import Crowd, Told, assert_entries_kept_their_due, fans_in_two_places
from tests.stores import NODE_TIMEOUT_MS, ClusterStore, StoreServer, is_written, run_cluster, until
from waitroom.queue import Queue
from waitroom.queue.keys import Keys

TASKS = 3
MANY = 1500
HALF_MOVED = 4
"""So many of a room's keys have gone, and more are left: a call that needs several finds them in two places."""
FAST = 60_000.0

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]
Tell = Callable[[str], None]


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


async def test_a_primary_is_killed(cluster: ClusterStore, queue: Queue, tell: Tell) -> None:
    """The rooms of the other primaries go on meanwhile; of the dead one's room only the newest fans are lost."""
    rooms = a_room_at_each_primary(cluster)
    crowd = await Crowd.gather(queue, *rooms)
    killed, primary = rooms[0], cluster.owner(key_of(rooms[0]))
    moments: list[float] = []

    def cut_and_kill() -> None:
        moments.append(primary.replicate(key_of(killed) + ":probe", replicas=1))
        primary.cut_replicas_off()
        crowd.until_joined_after(time.monotonic(), room=killed, tasks=TASKS)
        moments.append(time.monotonic())
        primary.kill()
        until(lambda: cluster.owner(key_of(killed)) is not primary)
        moments.append(time.monotonic())

    await crowd.run_while(cut_and_kill, tasks=TASKS, fans=300)

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


async def test_a_failover_by_command(cluster: ClusterStore, queue: Queue, tell: Tell) -> None:
    """A primary that hands over loses nobody: the new one has everything before it begins."""
    (room, *_) = a_room_at_each_primary(cluster)
    crowd = await Crowd.gather(queue, room)

    await crowd.run_while(lambda: cluster.fail_over(key_of(room)), tasks=6, fans=300)

    tell(told_of(crowd, room))
    assert await crowd.lost() == []
    assert_nobody_has_two_turns(cluster, crowd)


async def test_a_slot_is_moved_while_in_use(cluster: ClusterStore, queue: Queue, tell: Tell) -> None:
    """A room's slot goes from node to node, key by key, and back; nobody is lost and nobody is told that it broke."""
    (room, *_) = a_room_at_each_primary(cluster)
    crowd = await Crowd.gather(queue, room)
    steps: list[int] = []

    await crowd.run_while(lambda: steps.append(move_there_and_back(cluster, room)), tasks=6, fans=300)

    tell(told_of(crowd, room))
    assert steps[0] >= 8, "the room had no keys to move"
    assert redirections(cluster) >= {"ASK", "MOVED", "TRYAGAIN"}, "nobody met the move"
    assert await crowd.lost() == []
    assert_nobody_has_two_turns(cluster, crowd)


@pytest.mark.slow
async def test_one_primary_after_the_other_is_killed(cluster: ClusterStore, queue: Queue, tell: Tell) -> None:
    """Thousands of fans in rooms at all primaries, which are killed in turn and come back as replicas."""
    rooms = a_room_at_each_primary(cluster)
    crowd = await Crowd.gather(queue, *rooms, rate_per_minute=FAST)
    for room in rooms:
        dead = cluster.owner(key_of(room))
        killed_at: list[float] = []

        def kill(dead: StoreServer = dead, room: str = room, killed_at: list[float] = killed_at) -> None:
            killed_at.append(dead.replicate(key_of(room) + ":probe", replicas=1))
            dead.kill()

        await crowd.run_while(kill, tasks=6, fans=MANY)
        lost = await crowd.lost()
        tell(told_of(crowd, room, since=killed_at[0] - 1) + f", {len(lost)} lost")
        assert_only_the_newest_are_lost(lost, since=killed_at[0], room=room)
        assert_nobody_has_two_turns(cluster, crowd)
        for told in lost:
            await crowd.put_back(told)
        await asyncio.to_thread(bring_back, cluster, dead)
    assert await crowd.lost() == []


@pytest.mark.slow
async def test_slots_move_and_primaries_hand_over(cluster: ClusterStore, queue: Queue, tell: Tell) -> None:
    """A slot goes to and fro while the primaries that give and take it hand over: nobody is lost."""
    (room, *_) = a_room_at_each_primary(cluster)
    crowd = await Crowd.gather(queue, room, rate_per_minute=FAST)

    def stir() -> None:
        for _ in range(4):
            move_there_and_back(cluster, room)
            cluster.fail_over(key_of(room))
            until(cluster.is_whole)

    await crowd.run_while(stir, tasks=16, fans=MANY)

    tell(told_of(crowd, room))
    assert await crowd.lost() == []
    assert_nobody_has_two_turns(cluster, crowd)


@pytest.mark.slow
async def test_a_slot_is_moved_as_a_whole(cluster: ClusterStore, queue: Queue, tell: Tell) -> None:
    """Where the servers can, as Valkey 9 does, a slot changes hands in one moment, and no call finds it in between."""
    (room, *_) = a_room_at_each_primary(cluster)
    crowd = await Crowd.gather(queue, room, rate_per_minute=FAST)

    await crowd.run_while(lambda: move_as_a_whole(cluster, room), tasks=16, fans=MANY)

    tell(told_of(crowd, room))
    assert "MOVED" in redirections(cluster), "nobody met the move"
    assert "TRYAGAIN" not in redirections(cluster)
    assert await crowd.lost() == []
    assert_nobody_has_two_turns(cluster, crowd)


@pytest.mark.slow
async def test_a_whole_shard_is_gone(cluster: ClusterStore, queue: Queue, tell: Tell) -> None:
    """With a primary and its replica gone its rooms stand still, all others go on, and it comes back with its file."""
    rooms = a_room_at_each_primary(cluster)
    crowd = await Crowd.gather(queue, *rooms, rate_per_minute=FAST)
    primary = cluster.owner(key_of(rooms[0]))
    replica = cluster.replica_of(primary)
    moments: list[float] = []

    def kill_both_and_bring_back() -> None:
        moments.append(time.monotonic())
        until(lambda: is_written(primary.url))
        replica.kill()
        primary.kill()
        moments.append(time.monotonic())
        for room in rooms[1:]:
            # Longer than the others need to find out that the shard is gone.
            crowd.until_joined_after(time.monotonic() + 2 * NODE_TIMEOUT_MS / 1000, room=room, tasks=6)
        moments.append(time.monotonic())
        for server in (primary, replica):
            server.restart()
        until(cluster.is_whole)

    await crowd.run_while(kill_both_and_bring_back, tasks=6, fans=MANY)

    written_at, gone_at, back_at = moments
    lost = await crowd.lost()
    tell(told_of(crowd, rooms[0]) + f", {len(lost)} lost")
    # The last answers before the kill may have been read after it.
    assert len([at for at in crowd.joined_after(gone_at, room=rooms[0]) if at < back_at]) <= 6
    assert_only_the_newest_are_lost(lost, since=written_at, room=rooms[0])
    assert_nobody_has_two_turns(cluster, crowd)


def move_there_and_back(cluster: ClusterStore, room: str) -> int:
    """Move a room's slot to another primary and back, a key at a time; returns how many keys were moved."""
    slot, steps = key_slot(key_of(room).encode()), 0
    source = cluster.owner(key_of(room))
    target = next(primary for primary in cluster.primaries() if primary is not source)
    for giver, taker in ((source, target), (target, source)):
        cluster.begin_move(slot, source=giver, target=taker)
        while cluster.move_keys(slot, source=giver, target=taker, most=1):
            steps += 1
            if steps == HALF_MOVED:
                until(lambda: "TRYAGAIN" in redirections(cluster))
        until(lambda: "ASK" in redirections(cluster))
        cluster.end_move(slot, source=giver, target=taker)
    return steps


def move_as_a_whole(cluster: ClusterStore, room: str) -> None:
    """Order that a room's slot be moved to another primary, and return when it has it."""
    slot, source = key_slot(key_of(room).encode()), cluster.owner(key_of(room))
    target = next(primary for primary in cluster.primaries() if primary is not source)
    source.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", cluster.ids[target.port])
    until(lambda: cluster.owner(key_of(room)) is target)


def redirections(cluster: ClusterStore) -> set[str]:
    """Which refusals the nodes have answered with."""
    return {name.removeprefix("errorstat_") for node in cluster.nodes for name in node.ask("INFO", "errorstats")}


def bring_back(cluster: ClusterStore, dead: StoreServer) -> None:
    """Start a dead node again, and wait until it follows the one that took its place."""
    dead.restart()
    until(cluster.is_whole)


def told_of(crowd: Crowd, room: str, *, since: float = 0.0) -> str:
    """What was measured, in a line."""
    gap = crowd.longest_gap(room, since=since)
    return f"{len(crowd.told)} fans, {gap:.1f} s without joins there, {crowd.outages.total()} outages"


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
    """No fan is in two states, none had two sessions, and entries kept their due but for those that were lost."""
    for room in crowd.rooms:
        assert_entries_kept_their_due(crowd, room)
        with cluster.owner(key_of(room)).client() as client:
            assert fans_in_two_places(client, room) == set()
    assert [told.fan_id for told in crowd.told.values() if len({name for _, name in told.sessions}) > 1] == []
