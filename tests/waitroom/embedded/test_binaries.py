"""Programs that another user must be able to run."""

from pathlib import Path

import pytest

from waitroom.embedded import FolderUnsafeError, accounts, binaries
from waitroom.embedded.process import Account


def test_the_servers_are_found_without_importing_their_packages() -> None:
    """Both programs are found inside the installed distributions."""
    assert binaries.valkey_server().is_file()
    assert (binaries.postgres_programs(None) / "initdb").is_file()


def test_programs_in_a_closed_folder_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the account cannot enter the environment, it gets a copy that it can read."""
    monkeypatch.setattr(binaries, "SHARED_FOLDER", tmp_path)
    monkeypatch.setattr(binaries, "_can_run", lambda *_: False)
    programs = binaries.postgres_programs(Account(name="other", user_id=12345, group_id=12345))
    assert tmp_path in programs.parents
    assert (programs / "postgres").stat().st_mode & 0o777 == 0o755
    assert binaries.postgres_programs(Account(name="other", user_id=12345, group_id=12345)) == programs


def test_a_folder_that_others_can_write_is_refused(tmp_path: Path) -> None:
    """Programs and data in a shared place are used only when nobody else could have put them there."""
    tmp_path.chmod(0o777)
    with pytest.raises(FolderUnsafeError):
        binaries.refuse_foreign(tmp_path)


def test_a_link_is_refused(tmp_path: Path) -> None:
    """A link in a shared place may lead anywhere."""
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(FolderUnsafeError):
        binaries.refuse_foreign(tmp_path / "link")


def test_the_data_of_another_user_follows_from_the_folder(tmp_path: Path) -> None:
    """The same folder leads to the same data, another folder to other data."""
    account = Account(name="other", user_id=12345, group_id=12345)
    first = accounts.data_folder_for(tmp_path / "a", account)
    assert first == accounts.data_folder_for(tmp_path / "a", account)
    assert first != accounts.data_folder_for(tmp_path / "b", account)
    assert accounts.data_folder_for(tmp_path / "a", None) == tmp_path / "a" / "data"
