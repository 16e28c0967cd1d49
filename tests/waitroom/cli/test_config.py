"""`waitroom config check`: what may be shown is shown, and nothing else."""

import pytest
from click.testing import CliRunner

from waitroom.cli import main
from waitroom.settings import PREFIX
from waitroom.tokens import encode_base64url

STORE = "redis+sentinel://user:se%40cret@a.test,b.test:26380/queue?db=1&sentinel_password=s-e-c-r-e-t"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that can be used."""
    monkeypatch.setenv(f"{PREFIX}KEYS", "test:" + "k" * 48)
    monkeypatch.setenv(f"{PREFIX}SIGNING_KEYS", "test:" + encode_base64url(b"s" * 32))


@pytest.mark.usefixtures("keys")
def test_the_store_is_shown_without_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sees which servers are meant, and no user and no password, wherever in the address they stand."""
    monkeypatch.setenv(f"{PREFIX}REDIS_URL", STORE)
    shown = CliRunner().invoke(main, ["config", "check"])
    assert shown.exit_code == 0, shown.output
    assert "redis+sentinel://a.test:26379,b.test:26380/queue?db=1\n" in shown.output
    assert not any(secret in shown.output for secret in ("user:", "cret", "s-e-c"))


@pytest.mark.usefixtures("keys")
def test_a_wrong_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is no number is an error, with what is wrong and without what was given."""
    monkeypatch.setenv(f"{PREFIX}REDIS_URL", "redis://store.test/the-secret")
    refused = CliRunner().invoke(main, ["config", "check"])
    said = f"{refused.output}{refused.exception or ''}"
    assert refused.exit_code != 0
    assert f"{PREFIX}REDIS_URL: Value error, the database is a number" in said
    assert "the-secret" not in said
