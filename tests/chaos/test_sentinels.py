"""The primary is lost behind Sentinels while fans join, claim and enter; the queue has the Sentinels' address alone."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.chaos.crowds import Crowd, Told, assert_entries_kept_their_due, fans_in_two_places
from tests.stores import SentinelStore, StoreServer, run_sentinels, until
from waitroom.queue import Queue
from waitroom.queue.servers.server import ANSWER_SECONDS

REPLICAS = 2
MANY = 3000
FAST = 60_000.0

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]
Tell = Callable[[str], None]


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


async def test_the_primary_is_killed(store: SentinelStore, queue: Queue, tell: Tell) -> None:
    """Only who joined after a primary was cut off is lost when it is killed; passes put them back where they were."""
    crowd = await Crowd.gather(queue, "night")
    await kill_and_put_back(store, crowd, tell, tasks=8, fans=300)


async def test_a_failover_by_command(store: SentinelStore, queue: Queue, tell: Tell) -> None:
    """A failover that was ordered loses at most what was on its way, and joins go on within seconds."""
    crowd = await Crowd.gather(queue, "night")
    ordered: list[float] = []

    def order() -> None:
        ordered.append(store.primary.replicate("probe", replicas=REPLICAS))
        store.fail_over()

    await crowd.run_while(order, tasks=8, fans=300)

    lost = await crowd.lost()
    tell(told_of(crowd, lost))
    assert_only_the_newest_are_lost(lost, since=ordered[0])
    assert_nobody_has_two_turns(store, crowd)


@pytest.mark.slow
async def test_thousands_are_at_the_door(store: SentinelStore, queue: Queue, tell: Tell) -> None:
    """The same with thousands of fans, a primary after the other: each comes back as a replica."""
    crowd = await Crowd.gather(queue, "night", rate_per_minute=FAST)
    for _ in range(3):
        dead = store.primary
        await kill_and_put_back(store, crowd, tell, tasks=24, fans=MANY)
        await asyncio.to_thread(bring_back, store, dead)


@pytest.mark.slow
async def test_a_primary_that_hangs(
    store: SentinelStore, queue: Queue, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A primary that stops answering is left behind; when it goes on it takes nobody in, and follows the new one."""
    monkeypatch.setattr("waitroom.queue.servers.client.ANSWER_SECONDS", ANSWER_SECONDS)
    for server in store.servers:
        # Else it would take in whoever still asks it, until a Sentinel demotes it.
        server.ask("CONFIG", "SET", "min-replicas-to-write", 1)
        server.ask("CONFIG", "SET", "min-replicas-max-lag", 1)
    crowd = await Crowd.gather(queue, "night", rate_per_minute=FAST)
    frozen = store.primary
    moments: list[float] = []

    def freeze() -> None:
        moments.append(frozen.replicate("probe", replicas=REPLICAS))
        frozen.freeze()
        until(lambda: store.primary is not frozen)

    def thaw() -> None:
        moments.append(time.monotonic())
        frozen.thaw()

    await crowd.run_while(freeze, tasks=24, fans=MANY)
    await crowd.run_while(thaw, tasks=24, fans=MANY)

    await asyncio.to_thread(until, lambda: frozen.ask("ROLE")[0] in {b"slave", "slave"})
    lost = await crowd.lost()
    tell(told_of(crowd, lost))
    assert [told for told in lost if not moments[0] < told.joined_at < moments[1]] == []
    assert_nobody_has_two_turns(store, crowd)


@pytest.mark.slow
async def test_a_sentinel_hangs_too(store: SentinelStore, queue: Queue, tell: Tell) -> None:
    """A Sentinel that hangs holds nobody up: the others are asked beside it."""
    store.sentinels[0].freeze()
    living = SentinelStore(store.servers, store.sentinels[1:])
    crowd = await Crowd.gather(queue, "night", rate_per_minute=FAST)
    await kill_and_put_back(living, crowd, tell, tasks=24, fans=MANY)
    store.sentinels[0].thaw()


@pytest.mark.slow
async def test_a_coordinated_failover(store: SentinelStore, queue: Queue, tell: Tell) -> None:
    """Where both servers take part in it, as Valkey 9 can, a failover by command loses nobody."""
    crowd = await Crowd.gather(queue, "night", rate_per_minute=FAST)
    await crowd.run_while(lambda: store.fail_over("COORDINATED"), tasks=24, fans=MANY)
    lost = await crowd.lost()
    tell(told_of(crowd, lost))
    assert lost == []
    assert_nobody_has_two_turns(store, crowd)


async def kill_and_put_back(store: SentinelStore, crowd: Crowd, tell: Tell, *, tasks: int, fans: int) -> None:
    """Cut the primary off for a moment and kill it under the crowd; look at who is lost, and put them back."""
    cut: list[float] = []

    def cut_and_kill() -> None:
        primary = store.primary
        cut.append(primary.replicate("probe", replicas=REPLICAS))
        primary.cut_replicas_off()
        crowd.until_joined_after(time.monotonic(), room="night", tasks=tasks)
        primary.kill()

    await crowd.run_while(cut_and_kill, tasks=tasks, fans=fans)

    lost = await crowd.lost()
    tell(told_of(crowd, lost, since=cut[0]))
    assert crowd.outages.total() > 0, "nobody noticed"
    assert lost, "nothing was lost: the cut proves nothing"
    assert_only_the_newest_are_lost(lost, since=cut[0])
    assert_nobody_has_two_turns(store, crowd)
    for told in lost:
        await crowd.put_back(told)
    assert await crowd.lost() == []


def bring_back(store: SentinelStore, dead: StoreServer) -> None:
    """Start a dead server again, and wait until it follows, and the Sentinels would choose it."""
    dead.restart()
    until(lambda: store.primary is not dead and store.replicas_in_step())


def told_of(crowd: Crowd, lost: list[Told], *, since: float = 0.0) -> str:
    """What was measured, in a line."""
    return f"{len(crowd.told)} fans, {len(lost)} lost, {crowd.longest_gap('night', since=since):.1f} s without joins"


def assert_only_the_newest_are_lost(lost: list[Told], *, since: float) -> None:
    """Nobody is lost who was told of the place before `since`."""
    assert [told.fan_id for told in lost if told.joined_at < since] == []


def assert_nobody_has_two_turns(store: SentinelStore, crowd: Crowd) -> None:
    """No fan is in two states, no fan had two sessions, and entries kept their due but for those that were lost."""
    with store.primary.client() as client:
        assert fans_in_two_places(client, "night") == set()
    assert [told.fan_id for told in crowd.told.values() if len({name for _, name in told.sessions}) > 1] == []
    assert_entries_kept_their_due(crowd, "night")
