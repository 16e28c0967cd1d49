"""`waitroom log`: what it says, and its exit code."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.factories import ARoom, a_fan
from waitroom.cli import main
from waitroom.queue import Queue

ENTRIES = 5


def run(*arguments: str, stdin: str | None = None) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["log", *arguments], input=stdin)


@pytest.fixture
def room(valkey_url: str, room_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A room in which five fans got a turn, and an environment that leads to it."""
    monkeypatch.setenv("WAITROOM_REDIS_URL", valkey_url)
    monkeypatch.setenv("WAITROOM_KEYS", "test:" + "k" * 48)

    async def on_queue(*, make: bool) -> None:
        queue = Queue.connect(valkey_url)
        if make:
            room = await ARoom.open(queue, room_name)
            for _ in range(ENTRIES):
                room.clock.move(seconds=1)
                await room.join(a_fan())
        else:
            await queue.delete(room_name)
        await queue.close()

    asyncio.run(on_queue(make=True))
    yield room_name
    asyncio.run(on_queue(make=False))


@pytest.fixture
def lines(room: str) -> list[str]:
    """The exported log."""
    exported = run("export", room)
    assert exported.exit_code == 0, exported.output
    return exported.output.splitlines()


def test_a_room(room: str) -> None:
    """A room's own log holds, and its head is told to compare."""
    result = run("verify", room)
    assert result.exit_code == 0, result.output
    assert f"entries 1 to {ENTRIES}, {ENTRIES} turns" in result.output
    assert "Compare the head" in result.output


def test_a_file(room: str, lines: list[str], tmp_path: Path) -> None:
    """What was exported holds without any store, with the head and commitment that were shown."""
    header, last = json.loads(lines[0]), json.loads(lines[-1])
    assert (header["room"], header["entries"], header["head"]) == (room, ENTRIES, last["hash"])
    file = tmp_path / "log.jsonl"
    file.write_text("\n".join(lines))
    expected = ("--expect-head", last["hash"], "--expect-commitment", header["commitment"])
    result = run("verify", str(file), *expected)
    assert result.exit_code == 0, result.output
    assert "Compare" not in result.output


@pytest.mark.parametrize(
    ("line", "change", "check"),
    [(3, {"turns": "7"}, "chain"), (3, None, "number"), (ENTRIES, None, "count"), (3, {"n": "x"}, "form")],
)
def test_a_line_that_was_changed(lines: list[str], line: int, change: dict[str, str] | None, check: str) -> None:
    """A changed, removed or cut-off line makes the exit code 1 and is named."""
    changed = [] if change is None else [json.dumps(json.loads(lines[line]) | change)]
    result = run("verify", "-", stdin="\n".join([*lines[:line], *changed, *lines[line + 1 :]]))
    assert result.exit_code == 1
    assert f"FAILED at the check '{check}'" in result.output


def test_what_was_expected(lines: list[str]) -> None:
    """Another commitment, or a head that the log never had, is no success."""
    for option, check in (("--expect-head", "head"), ("--expect-commitment", "commitment")):
        result = run("verify", "-", option, "0" * 64, stdin="\n".join(lines))
        assert result.exit_code == 1
        assert f"FAILED at the check '{check}'" in result.output


@pytest.mark.parametrize("text", ["", "{}", "no JSON", "[]", '{"format": "another"}'])
def test_what_is_no_log(text: str) -> None:
    """What cannot be read says nothing about a log: exit code 2."""
    assert run("verify", "-", stdin=text).exit_code == 2


def test_a_room_that_is_missing(room: str) -> None:
    """A room that does not exist is told in one line."""
    result = run("verify", f"{room}-other")
    assert result.exit_code == 2
    assert result.output.startswith("Error: ")
