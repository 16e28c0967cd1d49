"""A crowd: who comes, what they do, and how it is told."""

import asyncio
from collections import Counter

import pytest
from click.testing import CliRunner, Result

from loadtests.answers import FanRecord
from loadtests.crowd import SHARES, Crowd, Plan, Summary
from loadtests.fan import Door
from loadtests.visit import Manner, Stage
from waitroom.cli.crowd import crowd
from waitroom.queue import Queue, Snapshot, create_room
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings

NOBODY = "http://127.0.0.1:9"


def a_plan(fans: int, manner: Manner, *, limit_seconds: float = 60) -> Plan:
    """Fans of one manner who come at once and never hesitate."""
    return Plan(fans=fans, arrive_seconds=0, limit_seconds=limit_seconds, pace=0, shares={manner: 1.0})


async def a_room(queue: Queue, settings: Settings, room: str, edge_url: str) -> Door:
    """A room that gives no turns, and its door, once the edge has found it."""
    policy = RoomSettings(new_users_per_minute=0, total_active_users=0)
    await create_room(queue, settings.key_source(), room, policy, who="test")
    door = Door(edges=[edge_url], checkouts=[NOBODY], room=room, event=room)
    while (await Crowd(door, a_plan(1, Manner.LEAVES)).run()).exit_code:
        pass
    return door


async def test_fans_who_leave_give_up_their_places(
    edge_url: str, queue: Queue, settings: Settings, room_name: str
) -> None:
    """Every simulated fan is a fan of the room, and who leaves is gone from its line."""
    door = await a_room(queue, settings, room_name, edge_url)
    lines: list[str] = []
    summary = await Crowd(door, a_plan(20, Manner.LEAVES)).run(lines.append)
    assert summary.stages == {Stage.LEFT: 20}
    assert summary.exit_code == 0
    now = Snapshot.parse(room_name, (await queue.advance(room_name, interval_us=0)).snapshot)
    assert now.counts.waiting == 0
    assert lines[-1] == "joined 20  waiting 0  inside 0  bought 0  left 20  errors 0"


async def test_the_time_limit_ends_a_crowd(edge_url: str, queue: Queue, settings: Settings, room_name: str) -> None:
    """A crowd whose turns never come ends by itself, and says that it was cut off."""
    door = await a_room(queue, settings, room_name, edge_url)
    summary = await Crowd(door, a_plan(5, Manner.BUYS, limit_seconds=1)).run()
    assert summary.unfinished == 5
    assert summary.exit_code == 1
    assert "5 were cut off" in str(summary)


async def test_what_goes_wrong_is_counted_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fan who reaches nobody is an error with its reason, not the end of the others."""
    monkeypatch.setattr("loadtests.calls.FIRST_PAUSE_SECONDS", 0.0001)
    door = Door(edges=[NOBODY], checkouts=[NOBODY])
    summary = await Crowd(door, a_plan(3, Manner.BUYS)).run()
    assert summary.stages == {Stage.ERROR: 3}
    assert "3 x Unreachable" in str(summary)
    assert summary.exit_code == 1


def test_the_shares_are_a_whole() -> None:
    """Every manner has its share, and together they are everybody."""
    assert set(SHARES) == set(Manner)
    assert sum(SHARES.values()) == pytest.approx(1)


def test_a_calm_crowd_succeeds() -> None:
    """Fans who left or came too late are no failure."""
    stages = Counter({Stage.BOUGHT: 2, Stage.LEFT: 1, Stage.MISSED: 1})
    summary = Summary(stages=stages, errors={}, records=[FanRecord()] * 4)
    assert summary.exit_code == 0
    assert str(summary) == "4 fans: 2 bought 0 tickets, 1 left, 1 came too late, 0 were cut off, 0 met errors"


@pytest.mark.parametrize("address", ["http://example.com", "http://192.0.2.7:8000", "http://0.0.0.0:8000"])
def test_a_crowd_stays_on_this_machine(address: str) -> None:
    """An address that is not loopback is refused in words, before anything is sent."""
    result = CliRunner().invoke(crowd, ["--edge", address])
    assert result.exit_code == 2
    assert "not on this machine" in result.output


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """An address without http:// is answered by an example."""
    result = CliRunner().invoke(crowd, ["--checkout", address])
    assert result.exit_code == 2
    assert "http://127.0.0.1:8000" in result.output


async def test_the_command_ends_with_the_crowds_code(
    edge_url: str, queue: Queue, settings: Settings, room_name: str
) -> None:
    """The command tells how it went and ends with 1 when fans were cut off."""
    await a_room(queue, settings, room_name, edge_url)
    options = ["--edge", edge_url, "--room", room_name, "--fans", "3", "--over", "0", "--pace", "0", "--limit", "1"]
    result = await run_command(options)
    assert result.exit_code == 1
    assert "3 fans: 0 bought" in result.output


async def run_command(options: list[str]) -> Result:
    """Run the command beside this loop, since it has one of its own."""
    return await asyncio.to_thread(CliRunner().invoke, crowd, options)
