"""`waitroom keys new`: what it prints can be used as it is."""

import pytest
from click.testing import CliRunner

from waitroom.admin_keys import Role
from waitroom.cli import main
from waitroom.settings import Settings


def test_printed_keys_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each printed line is a setting that reads, and the next call prints others."""
    printed = [CliRunner().invoke(main, ["keys", "new"]).output.split() for _ in range(2)]
    assert set(printed[0]).isdisjoint(printed[1])
    for line in printed[0]:
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value)
    settings = Settings.from_env()
    assert settings.key_source().current().newest.secret
    assert settings.signing().public()
    assert [key.role for key in settings.admin().keys] == [Role.ADMIN]


def test_weak_admin_keys_are_named_before_the_night(monkeypatch: pytest.MonkeyPatch) -> None:
    """`config check` finds an admin key that is too short, and does not print it."""
    for line in CliRunner().invoke(main, ["keys", "new"]).output.split():
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value)
    assert CliRunner().invoke(main, ["config", "check"]).exit_code == 0
    monkeypatch.setenv("WAITROOM_ADMIN_KEYS", "anna:admin:tooshort")
    result = CliRunner().invoke(main, ["config", "check"])
    assert result.exit_code == 2
    assert "WAITROOM_ADMIN_KEYS: the secret of the admin key 'anna' is shorter than 32." in result.output
    assert "tooshort" not in result.output
