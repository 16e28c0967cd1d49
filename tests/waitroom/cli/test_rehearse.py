"""`waitroom rehearse`, the command itself."""

import pytest
from click.testing import CliRunner

from waitroom.cli import main

QUICK = ["--fans", "20", "--over", "0", "--claim-seconds", "0", "--shop-minutes", "0", "--no-show", "0"]


@pytest.fixture
def run(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Runs commands on this worker's store."""
    monkeypatch.setenv("WAITROOM_REDIS_URL", valkey_url)
    monkeypatch.setenv("WAITROOM_KEYS", "test:" + "k" * 48)
    return CliRunner()


def test_a_rehearsal(run: CliRunner, room_name: str) -> None:
    """The crowd walks through a room that is marked, and the last lines say how it went."""
    made = run.invoke(main, ["rooms", "create", room_name, "--rehearsal", "--rate", "60000"])
    assert made.exit_code == 0, made.output
    assert "rehearsal" in made.output
    told = run.invoke(main, ["rehearse", room_name, *QUICK, "--seats", "100"])
    assert told.exit_code == 0, told.output
    assert "bought 20" in told.output
    assert "seats left 60" in told.output
    assert told.output.splitlines()[-1] == "The rehearsal is over: finished."


def test_a_real_room(run: CliRunner, room_name: str) -> None:
    """A room that is not marked is refused in a sentence, and not touched."""
    run.invoke(main, ["rooms", "create", room_name])
    refused = run.invoke(main, ["rehearse", room_name, *QUICK])
    assert refused.exit_code == 2
    assert f"The room '{room_name}' is no rehearsal." in refused.output
    assert "waiting 0" in run.invoke(main, ["rooms", "show", room_name]).output
