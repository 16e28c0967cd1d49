"""Scripts: loaded from their folder, called by name, one a method."""

import inspect
import re
from importlib.resources import files

import pytest

from tests.factories import ARoom, a_fan
from waitroom.embedded import EmbeddedValkey
from waitroom.errors import QueueUnavailableError, RoomMissingError
from waitroom.queue import HealthReport, Held, Queue
from waitroom.queue.keys import PARTS
from waitroom.queue.scripts import load_scripts, run_script

FOLDER = files("waitroom.queue").joinpath("lua")
SOURCES = {entry.name.removesuffix(".lua"): entry.read_text() for entry in FOLDER.iterdir()}
HELD = Held(fan_id="f", tier=0, score=None, joined_at_ms=0)
VERBS = sorted(name for name in SOURCES if not name.startswith("_"))


def test_one_file_one_method() -> None:
    """Every script is a method of the same name, and every method that calls a script calls its own."""
    assert sorted(load_scripts()) == VERBS
    called = {
        name: re.findall(r'_call\("(\w+)"', inspect.getsource(method))
        for name, method in inspect.getmembers(Queue, inspect.isfunction)
        if not name.startswith("_") and name != "revoke_tokens"  # the same verb, for a whole room
    }
    assert {name: scripts for name, scripts in called.items() if scripts} == {verb: [verb] for verb in VERBS}


@pytest.mark.parametrize("name", VERBS)
def test_header(name: str) -> None:
    """A script begins with what it does, the keys it uses, its arguments and its replies."""
    lines = SOURCES[name].splitlines()
    header = list(iter(lambda: lines.pop(0) if lines and lines[0].startswith("--") else None, None))
    assert re.match(r"-- [A-Z].*[.:;,a-z]$", header[0])
    (uses,) = [line for line in header if line.startswith("-- Uses ")]
    used = list(PARTS) if uses == "-- Uses all." else uses.removeprefix("-- Uses ").rstrip(".").split(", ")
    assert set(used) <= set(PARTS)
    assert any(line.startswith("-- Reply: ") for line in header)
    body = "\n".join(lines)
    named = {int(number) for line in header for number in re.findall(r"^-- ARGV\[(\d+)", line)}
    read = {int(number) for number in re.findall(r"ARGV\[(\d+)\]", body)} - {2}
    assert read <= named
    assert {part for part in PARTS if re.search(rf"\b{part.upper()}\b", body)} <= set(used)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_length(name: str) -> None:
    """No script is longer than a screen, and every file ends in a line."""
    assert len(SOURCES[name].splitlines()) <= 60
    assert SOURCES[name].endswith("\n")
    assert SOURCES[name].startswith("-- ")


def test_no_script_walks_all_keys() -> None:
    """No script searches the store or touches what is not its room's."""
    for text in SOURCES.values():
        assert not re.search(r"call\('(KEYS|SCAN|FLUSH\w*|SMEMBERS|SORT)'", text)


async def test_a_lost_cache_is_filled_again(room: ARoom, valkey_url: str) -> None:
    """After SCRIPT FLUSH, as after a restart, the next call sends the text."""
    queue = Queue.connect(valkey_url)
    fan = a_fan()
    await room.join(fan)
    await queue._client.script_flush()
    assert (await queue.join(room.name, [(fan, 0)], now_us=room.clock.now_us))[0].fan_id == fan  # type: ignore[index,union-attr] # it is a standing
    assert await queue._client.script_exists(load_scripts()["join"].sha) == [True]
    await queue.close()


async def test_a_reply_is_a_list() -> None:
    """A script that replies with anything but a list is a mistake that is told."""

    class Client:
        async def evalsha(self, *_arguments: object) -> bytes:
            return b"1"

    with pytest.raises(TypeError, match="join"):
        await run_script(Client(), load_scripts()["join"], ("k",))  # type: ignore[arg-type] # half a client


async def test_a_missing_room_is_an_error(queue: Queue) -> None:
    """Every method says with one error that the room does not exist."""
    report = HealthReport(reporter="r", latency_ms=1, errors=0, in_use=0, seats_left=None)
    calls = [
        queue.advance("nowhere", interval_us=0),
        queue.join("nowhere", [(a_fan(), 0)]),
        queue.standing("nowhere", fan_id="f"),
        queue.claim("nowhere", fan_id="f"),
        queue.enter("nowhere", epoch="e", fan_id="f", session="s"),
        queue.extend("nowhere", epoch="e", fan_id="f", seconds=1),
        queue.finish("nowhere", epoch="e", fan_id="f"),
        queue.leave("nowhere", epoch="e", fan_id="f"),
        queue.prolong("nowhere", fan_id="f"),
        queue.move("nowhere", held=HELD, moves=0, code_id="c"),
        queue.take_over("nowhere", code_id="c", by=""),
        queue.support("nowhere", held=HELD, moves=0, code_id="c"),
        queue.find("nowhere", code_id="c"),
        queue.logo("nowhere", in_force="", digest="d", picture=b"p"),
        queue.freeze("nowhere"),
        queue.gather("nowhere", epoch="e", owner="o", lease_ms=1),
        queue.pin("nowhere", epoch="e", root="r", seed="s", key_hash="k"),
        queue.draw("nowhere", epoch="e", key_hash="k"),
        queue.health("nowhere", report=report),
        queue.configure("nowhere", fields={}, who="w", expected=1),
    ]
    for call in calls:
        with pytest.raises(RoomMissingError):
            await call


async def test_a_store_that_is_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    """When the store is gone every call says so, tells the observer, and works again when it is back."""
    seen: list[tuple[str, bool]] = []
    with EmbeddedValkey(tmp_path_factory.mktemp("away")) as server:
        queue = Queue.connect(server.url, observe=lambda script, seconds: seen.append((script, seconds is None)))
        with pytest.raises(RoomMissingError):
            await queue.claim("demo", fan_id="f")
        server.kill()
        with pytest.raises(QueueUnavailableError) as away:
            await queue.claim("demo", fan_id="f")
        with pytest.raises(QueueUnavailableError):
            await queue.rooms()
        assert away.value.retry_after == 2
        server.restart()
        with pytest.raises(RoomMissingError):
            await queue.claim("demo", fan_id="f")
        await queue.close()
    assert seen == [("claim", False), ("claim", True), ("claim", False)]


def test_a_script_carries_what_it_uses() -> None:
    """What stands before a script is what it uses, through one another too, and nothing else."""
    scripts = load_scripts()
    assert {name for name, script in scripts.items() if "local function sha256" in script.text} == {"advance", "join"}
    assert "local function read_turn" in scripts["standing"].text
    assert "local function read_room" not in scripts["delete"].text
