"""The primary is lost behind Sentinels while fans join, claim and enter; the queue has the Sentinels' address alone."""

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.chaos.crowds import RATE_PER_MINUTE, Crowd, Told, fans_in_two_places, moments_of_entry
from tests.stores import SentinelStore, run_sentinels
from tests.waitroom.queue.races import overfull
from waitroom.queue import Queue

LAG_SECONDS = 0.25
"""How far replicas on this machine may be behind."""
CUT_SECONDS = 0.6

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180), pytest.mark.xdist_group("stores")]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SentinelStore]:
    """A primary, two replicas and three Sentinels of this test alone."""
    with run_sentinels(tmp_path) as store:
        yield store


@pytest.fixture
async def queue(store: SentinelStore) -> AsyncIterator[Queue]:
    """The queue at the Sentinels' address."""
    queue = Queue.connect(store.url)
    yield queue
    await queue.close()


async def test_the_primary_is_killed(store: SentinelStore, queue: Queue, tell: Callable[[str], None]) -> None:
    """Only who joined after a primary was cut off is lost when it is killed; all others stand as they were told."""
    crowd = await Crowd.gather(queue, "night")
    cut: list[float] = []

    def cut_and_kill() -> None:
        cut.append(time.monotonic())
        cut_replicas_off(store)
        time.sleep(CUT_SECONDS)
        store.primary.kill()

    await crowd.run_while(cut_and_kill, tasks=8, fans=300)

    lost = await crowd.lost()
    tell(f"{len(crowd.told)} fans, {len(lost)} lost, {crowd.longest_gap('night'):.1f} s without joins")
    assert crowd.outages.total() > 0, "nobody noticed"
    assert lost, "nothing was lost: the cut proves nothing"
    assert_only_the_newest_are_lost(lost, since=cut[0])
    assert_nobody_has_two_turns(store, crowd, lost)
    for told in lost:
        await crowd.put_back(told)
    assert await crowd.lost() == []


async def test_a_failover_by_command(store: SentinelStore, queue: Queue, tell: Callable[[str], None]) -> None:
    """A failover that was ordered loses at most what was on its way, and joins go on within seconds."""
    crowd = await Crowd.gather(queue, "night")
    ordered: list[float] = []

    def order() -> None:
        ordered.append(time.monotonic())
        store.fail_over()

    await crowd.run_while(order, tasks=8, fans=300)

    lost = await crowd.lost()
    tell(f"{len(crowd.told)} fans, {len(lost)} lost, {crowd.longest_gap('night'):.1f} s without joins")
    assert_only_the_newest_are_lost(lost, since=ordered[0] - LAG_SECONDS)
    assert_nobody_has_two_turns(store, crowd, lost)


def cut_replicas_off(store: SentinelStore) -> None:
    """Let the primary go on alone: its replicas are thrown out and may not follow it any more."""
    primary = store.primary
    primary.ask("ACL", "SETUSER", "default", "-psync", "-sync", "-replconf")
    primary.ask("CLIENT", "KILL", "TYPE", "replica")


def assert_only_the_newest_are_lost(lost: list[Told], *, since: float) -> None:
    """Nobody is lost who was told of the place before `since`."""
    assert [told.fan_id for told in lost if told.joined_at < since] == []


def assert_nobody_has_two_turns(store: SentinelStore, crowd: Crowd, lost: list[Told]) -> None:
    """No fan is in two states, no fan had two sessions, and entries kept their due but for those that were lost."""
    with store.primary.client() as client:
        assert fans_in_two_places(client, "night") == set()
    assert [told.fan_id for told in crowd.told.values() if len({name for _, name in told.sessions}) > 1] == []
    depth = max(1, RATE_PER_MINUTE / 60) + len(lost)
    moments = moments_of_entry(crowd, "night")
    assert overfull(moments, per_second=RATE_PER_MINUTE / 60, depth=depth, windows=(0.5, 1, 2, 5)) == []
