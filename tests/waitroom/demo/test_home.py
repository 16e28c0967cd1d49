"""The demo's folder: one a user, with keys that only that user reads."""

import os
import subprocess
from pathlib import Path

import pytest

from waitroom.demo import Home, default_folder
from waitroom.errors import ConfigurationError
from waitroom.tokens import SigningKeys


def test_each_user_and_each_stadium_has_a_folder(tmp_path: Path) -> None:
    """Root's folder is not the next user's, and a small hall is not the stadium."""
    mine = str(os.geteuid())
    assert default_folder(tmp_path, seats="full") == tmp_path / ".demo" / mine
    assert default_folder(tmp_path, seats="small") == tmp_path / ".demo" / f"{mine}-small"


def test_a_checkout_that_is_not_ours_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not write in the working folder gets a folder among their own files, the same each time."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = default_folder(tmp_path / "checkout", seats="full")
    assert folder.parent == tmp_path / "state" / "waitroom"
    assert folder == default_folder(tmp_path / "checkout", seats="full")
    assert folder != default_folder(tmp_path / "other", seats="full")


def test_keys_are_made_once_for_our_eyes(tmp_path: Path) -> None:
    """The first start makes the keys and the organizer's password, readable by us alone; the next finds the same."""
    home = Home(tmp_path)
    ring = home.make_keys().current()
    assert home.make_keys().current() == ring
    assert len(SigningKeys.parse(home.signing_keys.read_text()).keys) == 1
    password = home.make_organizer_password()
    assert home.make_organizer_password() == password
    made = (home.keys, home.signing_keys, home.organizer_password)
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600}


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A named folder that belongs to another user is refused before anything is written into it."""
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    with pytest.raises(ConfigurationError, match="--folder"):
        Home(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_shell_reads_the_environment_file(tmp_path: Path) -> None:
    """The settings of the demo can be put into a shell beside it; they are secrets."""
    home = Home(tmp_path)
    url = "postgresql://waitroom:secret@127.0.0.1:1/waitroom"
    settings = home.settings(
        redis_url="redis://x", database_url=url, public_url="http://a", checkout_url="http://b", console_url="http://c"
    )
    home.write_environment(settings)
    script = f'. "{home.environment_file}"; printf %s "$WAITROOM_DATABASE_URL"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == url
    assert home.environment_file.stat().st_mode & 0o777 == 0o600
