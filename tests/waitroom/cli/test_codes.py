"""`waitroom rooms codes`: what an organizer types, and what comes of it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from waitroom.cli import main


@pytest.fixture
def room(valkey_url: str, room_name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A room that asks for codes, made by the command."""
    monkeypatch.setenv("WAITROOM_REDIS_URL", valkey_url)
    monkeypatch.setenv("WAITROOM_KEYS", "test:" + "k" * 48)
    assert waitroom("create", room_name, "--codes", "required", "--outage-policy", "open").exit_code == 0
    return room_name


def waitroom(*arguments: str, given: str | None = None) -> Result:
    """Run `waitroom rooms ...`."""
    return CliRunner().invoke(main, ["rooms", *arguments], input=given)


def test_codes_are_shown_once(room: str) -> None:
    """`make` prints the codes alone, one a line; afterwards they are only counted."""
    made = waitroom("codes", "make", room, "--count", "3", "--tier", "1", "--uses", "2")
    assert made.exit_code == 0, made.output
    assert len(made.stdout.split()) == len(set(made.stdout.split())) == 3
    counted = waitroom("codes", "count", room)
    assert counted.stdout == "tier 1\t2 uses left\t3 codes\n3 codes in all\n"


def test_codes_go_into_a_new_file_of_the_owner(room: str, tmp_path: Path) -> None:
    """`--out` writes a file that nobody else can read, never over another, and none where nothing was made."""
    out = tmp_path / "codes.txt"
    assert waitroom("codes", "make", room, "--count", "20", "--out", str(out)).exit_code == 0
    assert len(out.read_text().split()) == 20
    assert out.stat().st_mode & 0o077 == 0
    again = waitroom("codes", "make", room, "--count", "20", "--out", str(out))
    assert again.exit_code == 2
    assert "cannot be written" in again.stderr
    assert waitroom("codes", "make", "nowhere", "--count", "1", "--out", str(tmp_path / "other")).exit_code == 2
    assert not (tmp_path / "other").exists()
    assert "20 codes in all" in waitroom("codes", "count", room).stdout


def test_own_words_and_lists(room: str) -> None:
    """A word of the organizer's, and a list from another system, are taken over; a list twice changes nothing."""
    assert waitroom("codes", "make", room, "--code", "FANCLUB2027", "--uses", "0").exit_code == 0
    loaded = waitroom("codes", "load", room, "-", given="GOLDMEMBER1\n\nGOLDMEMBER2\n")
    assert loaded.stdout == f"2 codes are new, 3 are in the room {room!r}.\n"
    assert waitroom("codes", "load", room, "-", given="GOLDMEMBER2\n").stdout.startswith("0 codes are new, 3")
    assert "any number of uses\t1 codes" in waitroom("codes", "count", room).stdout


@pytest.mark.parametrize("arguments", [[], ["--count", "1", "--code", "FANCLUB2027"], ["--code", "short"]])
def test_what_cannot_be_is_said_in_a_line(room: str, arguments: list[str]) -> None:
    """Neither or both, and a word that is too short, are refused in words."""
    refused = waitroom("codes", "make", room, *arguments)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("Error: ")


def test_policies_are_settings(room: str) -> None:
    """`create` and `set` take both policies, and `show` tells them."""
    assert "codes required, while the store is away: open" in waitroom("show", room).stdout
    assert waitroom("set", room, "--codes", "optional", "--outage-policy", "open_limited").exit_code == 0
    assert "codes optional, while the store is away: open_limited" in waitroom("show", room).stdout
    assert waitroom("set", room, "--codes", "perhaps").exit_code == 2
