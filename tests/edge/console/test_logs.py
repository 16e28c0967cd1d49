"""The logs and the series."""

import hashlib

import pytest
from starlette.applications import Starlette

from edge.console.series import MOST_POINTS, Series
from tests.edge.console.conftest import ROOMS, Ask, MakeRoom
from tests.factories import some_fans
from waitroom.queue import Queue

LOG_FIELDS = ("n", "at_ms", "turns", "first", "last", "per_minute", "share", "by")


async def test_changes(ask: Ask, make_room: MakeRoom, room_name: str) -> None:
    """The change log tells who changed what from what to what, newest first, with times as times."""
    await make_room(release_at="2099-01-01T00:00:00Z")
    await ask("PATCH", f"{ROOMS}/{room_name}", role="operator", json={"release_at": "2099-01-02T00:00:00Z"})
    newest, oldest = (await ask("GET", f"{ROOMS}/{room_name}/changes", role="viewer")).json()["changes"]
    assert (newest["who"], newest["version"], oldest["who"]) == ("console:olga", 2, "console:anna")
    assert newest["fields"] == {"release_at": {"from": "2099-01-01T00:00:00.000Z", "to": "2099-01-02T00:00:00.000Z"}}
    one = (await ask("GET", f"{ROOMS}/{room_name}/changes", params={"most": 1})).json()["changes"]
    assert one == [newest]


async def test_changes_that_are_no_settings(
    ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue
) -> None:
    """The log tells a step of the governor with its reason, and how many codes were made, but not which."""
    made = await make_room(codes="optional")
    await console_queue.govern(room_name, epoch=made["epoch"], seen_ms=0, interval_ms=0, factor=0.5, why="latency")
    await ask("POST", f"{ROOMS}/{room_name}/codes", json={"count": 3})
    codes, step, _ = (await ask("GET", f"{ROOMS}/{room_name}/changes", role="viewer")).json()["changes"]
    assert (step["who"], step["version"]) == ("governor", None)
    assert step["fields"] == {"governed": {"from": "1", "to": "0.5", "why": "latency"}}
    assert codes["fields"] == {"codes_made": {"from": "", "to": "3 codes, tier 0, uses 1"}}


async def test_admissions(ask: Ask, make_room: MakeRoom, room_name: str, console_queue: Queue) -> None:
    """The admission log has the texts that its hashes are over, and ends where the room says."""
    await make_room()
    for _ in range(2):
        await console_queue.join(room_name, [(fan, 0) for fan in some_fans(3)])
    await console_queue.advance(room_name, interval_us=0)
    told = (await ask("GET", f"{ROOMS}/{room_name}/admissions", role="viewer")).json()
    newest, oldest = told["admissions"]
    assert told["log"] == {"entries": 2, "head": newest["hash"]}
    chained = "|".join([oldest["hash"], *(newest[name] for name in LOG_FIELDS)])
    assert hashlib.sha256(chained.encode()).hexdigest() == newest["hash"]
    assert (newest["turns"], newest["by"]) == ("3", "console:anna")


@pytest.mark.parametrize("most", ["0", "-1", "x", "10001", "²", "1" * 5000, "0" * 30 + "1"])
@pytest.mark.parametrize("log", ["changes", "admissions"])
async def test_so_many_entries(ask: Ask, make_room: MakeRoom, room_name: str, log: str, most: str) -> None:
    """What is no number of entries is refused by name."""
    await make_room()
    response = await ask("GET", f"{ROOMS}/{room_name}/{log}", params={"most": most})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "most")


async def test_series(ask: Ask, make_room: MakeRoom, room_name: str, console: Starlette, console_queue: Queue) -> None:
    """Each look adds a point to every room."""
    series: Series = console.state.series
    await make_room(new_users_per_minute=0)
    before = (await ask("GET", f"{ROOMS}/{room_name}/series", role="viewer")).json()["points"]
    await console_queue.join(room_name, [(fan, 0) for fan in some_fans(3)])
    await console_queue.advance(room_name, interval_us=0)
    await series.look()
    told = (await ask("GET", f"{ROOMS}/{room_name}/series", role="viewer")).json()
    assert len(told["points"]) == len(before) + 1
    assert told["every_seconds"] == 10
    assert (told["points"][-1]["waiting"], told["points"][-1]["rate_per_minute"]) == (3, 0)


async def test_series_of_an_earlier_room(ask: Ask, make_room: MakeRoom, room_name: str, console: Starlette) -> None:
    """A room made anew under the same name does not inherit the other's evening; a deleted one is forgotten."""
    series: Series = console.state.series
    first = await make_room()
    await series.look()
    await ask("DELETE", f"{ROOMS}/{room_name}")
    second = await make_room()
    assert series.of(room_name, epoch=second["epoch"]) == []
    await series.look()
    assert len(series.of(room_name, epoch=second["epoch"])) == 1
    assert series.of(room_name, epoch=first["epoch"]) == []
    await ask("DELETE", f"{ROOMS}/{room_name}")
    await series.look()
    assert series.of(room_name, epoch=second["epoch"]) == []


async def test_a_series_is_an_hour_long(make_room: MakeRoom, room_name: str, console_queue: Queue) -> None:
    """The oldest point goes when the hour is full."""
    made = await make_room()
    series = Series(console_queue)
    for _ in range(MOST_POINTS + 2):
        await series.look()
    assert len(series.of(room_name, epoch=made["epoch"])) == MOST_POINTS
