"""`waitroom rooms simulate`, and plans as settings of a room."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from waitroom.cli import main

Json = dict[str, Any]  # Any: JSON values
SMALL = ("--lobby", "600", "--rate", "600", "--ceiling", "5000", "--no-show", "0", "--claim-seconds", "0")


def run(*arguments: str) -> Result:
    """Run a command of `waitroom rooms`."""
    return CliRunner().invoke(main, ["rooms", *arguments])


def simulated(*arguments: str) -> Json:
    """Run `simulate` and return its figures."""
    result = run("simulate", "--json", *arguments)
    assert result.exit_code == 0, result.output
    outcome: Json = json.loads(result.output)
    return outcome


@pytest.fixture
def room(valkey_url: str, room_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A room that is released in half an hour, at 300 a minute and 900 from ten minutes on."""
    monkeypatch.setenv("WAITROOM_REDIS_URL", valkey_url)
    monkeypatch.setenv("WAITROOM_KEYS", "test:" + "k" * 48)
    made = run("create", room_name, "--release-at", "+30m", "--rate", "300", "--plan", "+0m:300:4000,+10m:900:6000")
    assert made.exit_code == 0, made.output
    yield room_name
    run("delete", room_name, "--yes")


def test_without_a_room() -> None:
    """Nothing is connected to, and arithmetic agrees: 600 fans at 600 a minute take one."""
    outcome = simulated(*SMALL)
    assert outcome["drain_seconds"] == pytest.approx(60, abs=2)
    assert outcome["turns"] == 600


def test_in_words() -> None:
    """Without --json the answer is text to be read, with a picture."""
    result = run("simulate", *SMALL)
    assert result.exit_code == 0
    assert "the line is empty after" in result.output
    assert "####" in result.output


def test_a_picture(tmp_path: Path) -> None:
    """The picture is written where it is asked for."""
    file = tmp_path / "run.svg"
    assert str(file) in run("simulate", *SMALL, "--picture", str(file)).output
    assert file.read_text().startswith("<svg ")


def test_a_plan() -> None:
    """A plan of offsets decides the rate: five minutes at 60, then as fast as may be."""
    outcome = simulated("--lobby", "900", "--no-show", "0", "--plan", "+0m:60:1000,+5m:6000:1000")
    assert outcome["drain_seconds"] == pytest.approx(306, abs=3)
    rates = [point["rate"] for point in outcome["series"]]
    assert (rates[0], rates[-1]) == (60, 6000)


def test_a_plan_of_times() -> None:
    """Steps at clock times are counted from the release."""
    plan = "2027-01-01T19:00:00Z:60:1000,2027-01-01T19:05:00Z:6000:1000"
    outcome = simulated("--lobby", "900", "--release-at", "2027-01-01T19:00:00Z", "--plan", plan)
    assert outcome["drain_seconds"] == pytest.approx(306, abs=3)


def test_arrivals() -> None:
    """A curve of arrivals, by offsets from the release: 6,000 fans at 300 a minute."""
    outcome = simulated(
        "--lobby", "0", "--arrivals", "+0m:600,+10m:600", "--rate", "300", "--no-show", "0", "--ceiling", "9000"
    )
    assert outcome["fans"] == pytest.approx(6000, abs=1)
    assert outcome["drain_seconds"] == pytest.approx(1200, abs=15)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--no-show", "2"), "no_show"),
        (("--plan", "+5:1:1"), "is no step of a plan"),
        (("--arrivals", "later:5"), "is no point of arrivals"),
        (("--arrivals", "+5m:1,+1m:1"), "order"),
        (("--release-at", "soon"), "soon"),
        (("--seats-a-buyer", "0"), "seats_a_buyer"),
    ],
)
def test_what_cannot_be(arguments: tuple[str, ...], named: str) -> None:
    """What cannot be is named in one line, with the exit code of wrong settings."""
    result = run("simulate", *arguments)
    assert result.exit_code == 2
    assert named in result.output
    assert "Traceback" not in result.output


def test_a_room_has_the_defaults(room: str) -> None:
    """A named room gives what is not given: its plan, counted from its release."""
    outcome = simulated(room, "--lobby", "12000", "--no-show", "0")
    points = {point["seconds"]: point for point in outcome["series"]}
    assert (points[540]["rate"], points[600]["rate"]) == (300, 900)
    assert (points[540]["ceiling"], points[600]["ceiling"]) == (4000, 6000)
    # 3,000 in ten minutes, the other 9,000 in ten more.
    assert outcome["drain_seconds"] == pytest.approx(1200, abs=15)


def test_a_rate_by_hand_leaves_the_plan_out(room: str) -> None:
    """Who tries another rate on a room means that rate, not the plan's."""
    outcome = simulated(room, "--lobby", "1200", "--rate", "600", "--ceiling", "9000", "--no-show", "0")
    assert {point["rate"] for point in outcome["series"]} == {600}


def test_the_room_is_not_touched(room: str) -> None:
    """A dry run changes nothing."""
    before = run("show", room).output
    simulated(room, "--rate", "9")
    assert run("show", room).output == before


def test_a_room_that_is_missing(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A room that does not exist is named."""
    monkeypatch.setenv("WAITROOM_REDIS_URL", valkey_url)
    assert "nowhere" in run("simulate", "nowhere").output


def test_plans_are_set_and_taken_away(room: str) -> None:
    """`set --plan` counts offsets from the room's release, and an empty plan takes it away."""
    times = [line for line in run("show", room).output.splitlines() if "plan:" in line]
    assert times[0].count("from ") == 2
    assert "900 a minute, ceiling 6000" in times[0]
    assert run("set", room, "--plan", "+5m:40:50").exit_code == 0
    assert "40 a minute, ceiling 50" in run("show", room).output
    assert run("set", room, "--plan", "").exit_code == 0
    assert "plan: none" in run("show", room).output
    wrong = run("set", room, "--plan", "+5m:40:50,+1m:40:50")
    assert wrong.exit_code == 2
    assert "order" in wrong.output


def test_the_guide_prints_what_the_command_prints(tmp_path: Path) -> None:
    """Every dry run in the organizer's guide is what this version really says."""
    docs = Path(__file__).parents[3] / "docs"
    runs = re.findall(
        r"```\n\$ waitroom rooms (.*?[^\\])\n(.*?)```", (docs / "organizer-guide.md").read_text(), re.DOTALL
    )
    commands = [shlex.split(command.replace("\\\n", " ")) for command, _ in runs]
    assert [run(*command).output for command in commands] == [printed for _, printed in runs]
    assert len(runs) == 2
    run(*commands[0], "--picture", str(tmp_path / "dry-run.svg"))
    assert (tmp_path / "dry-run.svg").read_text() == (docs / "dry-run.svg").read_text()
