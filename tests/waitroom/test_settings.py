"""Settings: environment over file over defaults, and words for what is wrong."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from waitroom.errors import ConfigurationError
from waitroom.settings import PREFIX, Payments, Settings
from waitroom.tokens import KeyRing, KeyRingFile

RING = "k1:" + "s" * 40


def test_defaults() -> None:
    """Without anything the addresses are those of this machine, and payments are the sandbox's."""
    settings = Settings.from_env()
    assert settings.redis_url == "redis://127.0.0.1:6379/0"
    assert (settings.public_url, settings.checkout_url) == ("http://127.0.0.1:8000", "http://127.0.0.1:8002")
    assert settings.payments is Payments.SANDBOX
    assert settings.trusted_proxies == ()
    assert not settings.is_https


def test_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable stands over the file, the file over the default; an empty variable is none."""
    file = tmp_path / "waitroom.toml"
    file.write_text('redis_url = "redis://file/1"\npublic_url = "https://file.test"\nkeys = "unused"\n')
    monkeypatch.setenv(f"{PREFIX}CONFIG", str(file))
    monkeypatch.setenv(f"{PREFIX}PUBLIC_URL", "https://tickets.test/")
    monkeypatch.setenv(f"{PREFIX}REDIS_URL", "")
    settings = Settings.from_env()
    assert settings.redis_url == "redis://file/1"
    assert settings.public_url == "https://tickets.test"
    assert settings.is_https


def test_secrets_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`NAME_FILE` reads the value from a file, without the line's end."""
    secret = tmp_path / "database"
    secret.write_text("postgresql://db/x\n")
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL_FILE", str(secret))
    settings = Settings.from_env()
    assert settings.database_url.get_secret_value() == "postgresql://db/x"
    assert "postgresql://db/x" not in repr(settings)


def test_a_secret_file_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be read is named with its variable."""
    monkeypatch.setenv(f"{PREFIX}SMTP_URL_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match=rf"{PREFIX}SMTP_URL_FILE: .*none cannot be read"):
        Settings.from_env()


def test_each_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every wrong setting has a line of its own, and none shows what was given."""
    monkeypatch.setenv(f"{PREFIX}PUBLIC_URL", "ftp://secret-value")
    monkeypatch.setenv(f"{PREFIX}PAYMENTS", "secret-value")
    monkeypatch.setenv(f"{PREFIX}TRUSTED_PROXIES", "secret-value")
    with pytest.raises(ConfigurationError) as wrong:
        Settings.from_env()
    said = str(wrong.value)
    assert {line.partition(":")[0] for line in said.splitlines()} == {
        f"{PREFIX}{name}" for name in ("PUBLIC_URL", "PAYMENTS", "TRUSTED_PROXIES")
    }
    assert "secret-value" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "http://127.0.0.1"),
        ("REDIS_URL", "redis://["),
        ("REDIS_URL", "redis://127.0.0.1:99999/0"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("REDIS_URL", "redis://127.0.0.1/secret"),
        ("REDIS_URL", "redis+sentinel://127.0.0.1"),
        ("REDIS_URL", "redis+cluster://127.0.0.1/1"),
        ("PUBLIC_URL", "http://"),
        ("PUBLIC_URL", "http://["),
        ("CHECKOUT_URL", "https://tickets.test:port"),
        ("CHECKOUT_URL", "https://tickets.test;script-src *"),
        ("CONFIG", "nowhere.toml"),
    ],
)
def test_an_address_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """What could not be used later is refused at the start, by name and without its value."""
    monkeypatch.setenv(f"{PREFIX}{name}", value)
    with pytest.raises(ConfigurationError, match=f"{PREFIX}{name}"):
        Settings.from_env()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("redis_url", "unix:///run/valkey.sock"),
        ("redis_url", "rediss://user:pass@store.test:6380/1"),
        ("redis_url", "redis+sentinel://user:pass@a.test,b.test:26380/queue?db=1&sentinel_password=secret"),
        ("redis_url", "redis+cluster://a.test:7000,b.test:7000"),
        ("public_url", "https://tickets.test"),
        ("public_url", "http://[::1]:8000"),
    ],
)
def test_addresses(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Every form that works is taken as it is."""
    monkeypatch.setenv(f"{PREFIX}{name.upper()}", value)
    assert getattr(Settings.from_env(), name) == value


def test_unknown_settings_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is misspelt is named, not passed over."""
    monkeypatch.setenv(f"{PREFIX}REDIS_URI", "redis://x")
    with pytest.raises(ConfigurationError, match=f"{PREFIX}REDIS_URI"):
        Settings.from_env()


def test_unknown_names_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name in the file that is misspelt is named as well."""
    file = tmp_path / "waitroom.toml"
    file.write_text('redis_uri = "redis://x"\n')
    monkeypatch.setenv(f"{PREFIX}CONFIG", str(file))
    with pytest.raises(ConfigurationError, match="REDIS_URI"):
        Settings.from_env()


@pytest.mark.parametrize("text", ["10.0.0.0/8, 2001:db8::/32", "10.0.0.0/8  2001:db8::/32", "10.0.0.0/8,2001:db8::/32"])
def test_trusted_proxies(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Networks come between commas or spaces."""
    monkeypatch.setenv(f"{PREFIX}TRUSTED_PROXIES", text)
    assert Settings.from_env().trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


def test_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring in the environment is fixed."""
    monkeypatch.setenv(f"{PREFIX}KEYS", RING)
    source = Settings.from_env().key_source()
    assert isinstance(source, KeyRing)
    assert source.newest.key_id == "k1"


def test_keys_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring in a file is watched."""
    file = tmp_path / "keys"
    file.write_text(RING)
    monkeypatch.setenv(f"{PREFIX}KEYS_FILE", str(file))
    assert isinstance(Settings.from_env().key_source(), KeyRingFile)
    file.unlink()
    with pytest.raises(ConfigurationError, match=f"{PREFIX}KEYS_FILE"):
        Settings.from_env().key_source()


def test_missing_keys() -> None:
    """Without keys one is told how to make them."""
    with pytest.raises(ConfigurationError, match="waitroom keys new"):
        Settings.from_env().key_source()
    with pytest.raises(ConfigurationError, match="waitroom keys new"):
        Settings.from_env().signing()


def test_settings_are_frozen() -> None:
    """Nobody changes a setting while it runs."""
    with pytest.raises(ValueError, match="frozen"):
        Settings.from_env().redis_url = "redis://other"
