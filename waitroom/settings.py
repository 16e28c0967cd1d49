"""Settings: the only reader of the environment.

Environment variables with the prefix `WAITROOM_` stand over a TOML file (`WAITROOM_CONFIG`, by default
`waitroom.toml` in the working folder, if there is one), which stands over the defaults. `NAME_FILE` reads
the value of `NAME` from a file: use it for secrets.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from waitroom.admin_keys import AdminKeys
from waitroom.errors import ConfigurationError
from waitroom.mail_address import MailFolder, MailServer, parse_mail_address
from waitroom.store_address import StoreAddress
from waitroom.stripe_keys import FORMS, StripeKeys
from waitroom.tokens import KeyRing, KeyRingFile, KeySource, SigningKeys

PREFIX = "WAITROOM_"
DEFAULT_FILE = "waitroom.toml"
WEB_HOST = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d+)?")


Days = Annotated[int, Field(ge=0, le=36_500)]
"""How long something is kept; 0: for ever."""


class Payments(StrEnum):
    """Who takes the money."""

    SANDBOX = "sandbox"
    STRIPE = "stripe"


class Settings(BaseSettings):
    """What a deployment decides; every field is `WAITROOM_` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    redis_url: str = "redis://127.0.0.1:6379/0"
    database_url: SecretStr = SecretStr("postgresql://127.0.0.1:5432/waitroom")
    keys: SecretStr | None = None
    keys_file: Path | None = None
    signing_keys: SecretStr | None = None
    admin_keys: SecretStr | None = None
    state_dir: Path = Path("/var/lib/waitroom")
    public_url: str = "http://127.0.0.1:8000"
    checkout_url: str = "http://127.0.0.1:8002"
    console_url: str = "http://127.0.0.1:8001"
    console_session_hours: Annotated[int, Field(ge=1, le=24)] = 12
    console_idle_minutes: Annotated[int, Field(ge=5, le=720)] = 60
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    payments: Payments = Payments.SANDBOX
    stripe_api_key: SecretStr | None = None
    stripe_webhook_secret: SecretStr | None = None
    stripe_publishable_key: str | None = None
    stripe_stand_in_url: str | None = None
    smtp_url: SecretStr | None = None
    webhook_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    keep_samples_days: Days = 90
    keep_reports_days: Days = 730
    keep_notices_days: Days = 180
    keep_deliveries_days: Days = 30

    @classmethod
    def from_env(cls) -> "Settings":
        """Read environment and file; raises ConfigurationError that names each wrong setting."""
        _refuse_unknown(os.environ)
        _refuse_missing_file(os.environ)
        try:
            return cls(**_read_secret_files(os.environ))
        except ValidationError as wrong:
            raise ConfigurationError(_explain(wrong)) from None
        except tomllib.TOMLDecodeError as broken:
            raise ConfigurationError(f"The settings file is not TOML: {broken}.") from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file over defaults."""
        file = Path(os.environ.get(f"{PREFIX}CONFIG", DEFAULT_FILE))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    @field_validator("trusted_proxies", "webhook_networks", mode="before")
    @classmethod
    def _split_networks(cls, value: object) -> object:
        return value.replace(",", " ").split() if isinstance(value, str) else value

    @field_validator("public_url", "checkout_url", "console_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        # It goes into headers and redirects, so its host is a host and nothing else.
        if not _is_address(value, schemes=("http", "https")) or not WEB_HOST.fullmatch(urlsplit(value).netloc):
            raise ValueError("an address that starts with http:// or https:// is needed")
        return value.rstrip("/")

    @field_validator("redis_url")
    @classmethod
    def _is_store_address(cls, value: str) -> str:
        StoreAddress.parse(value)
        return value

    @field_validator("smtp_url")
    @classmethod
    def _is_mail_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_mail_address(value.get_secret_value())
        return value

    @property
    def is_https(self) -> bool:
        """Whether fans reach us under HTTPS, so that cookies are `Secure` and `__Host-`."""
        return self.public_url.startswith("https://")

    @property
    def is_console_https(self) -> bool:
        """Whether organizers reach the console under HTTPS; it may be by a tunnel while fans come under HTTPS."""
        return self.console_url.startswith("https://")

    def key_source(self) -> KeySource:
        """The key ring: read again when `KEYS_FILE` changes, fixed when it came as `KEYS`."""
        if self.keys is not None:
            return KeyRing.parse(self.keys.get_secret_value())
        if self.keys_file is not None:
            return _read_ring(self.keys_file)
        raise ConfigurationError(f"{PREFIX}KEYS or {PREFIX}KEYS_FILE is missing; `waitroom keys new` makes keys.")

    def signing(self) -> SigningKeys:
        """The Ed25519 keys that ticket proofs and receipts are signed with."""
        if self.signing_keys is None:
            raise ConfigurationError(f"{PREFIX}SIGNING_KEYS is missing; `waitroom keys new` makes keys.")
        return SigningKeys.parse(self.signing_keys.get_secret_value())

    def mail(self) -> MailServer | MailFolder | None:
        """Where notices go; None when they go nowhere."""
        return None if self.smtp_url is None else parse_mail_address(self.smtp_url.get_secret_value())

    def admin(self) -> AdminKeys:
        """The keys that open the console."""
        if self.admin_keys is None:
            raise ConfigurationError(f"{PREFIX}ADMIN_KEYS is missing; `waitroom keys new` makes one.")
        try:
            return AdminKeys.parse(self.admin_keys.get_secret_value())
        except ConfigurationError as wrong:
            raise ConfigurationError(f"{PREFIX}ADMIN_KEYS: {wrong}") from None

    def stripe(self) -> StripeKeys:
        """The keys that `PAYMENTS=stripe` needs; raises ConfigurationError that names each that is missing or wrong."""
        values = {name: _plain(getattr(self, name.lower())) for name in FORMS}
        try:
            return StripeKeys.parse(values, stand_in_url=self.stripe_stand_in_url)
        except ConfigurationError as wrong:
            raise ConfigurationError(re.sub("(?m)^", PREFIX, str(wrong))) from None


def _plain(value: SecretStr | str | None) -> str | None:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _is_address(value: str, *, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return value.startswith(f"{parts.scheme}://") and parts.scheme in schemes and parts.port != 0
    except ValueError:
        # What stands for the host or the port is none.
        return False


def _read_ring(path: Path) -> KeyRingFile:
    try:
        return KeyRingFile(path)
    except OSError as missing:
        raise ConfigurationError(f"{PREFIX}KEYS_FILE: {path} cannot be read ({missing.strerror}).") from missing


def _secret_file_names() -> dict[str, str]:
    # `keys` stays a path: its file is watched, so that rotation needs no restart.
    names = set(Settings.model_fields) - {"keys", "keys_file"}
    return {f"{PREFIX}{name.upper()}_FILE": name for name in names}


def _read_secret_files(environ: Mapping[str, str]) -> dict[str, Any]:  # Any: pydantic reads the values
    values: dict[str, Any] = {}
    for variable, name in _secret_file_names().items():
        if variable not in environ:
            continue
        try:
            values[name] = Path(environ[variable]).read_text().strip()
        except (OSError, UnicodeDecodeError) as broken:
            raise ConfigurationError(f"{variable}: {environ[variable]} cannot be read ({broken}).") from None
    return values


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | set(_secret_file_names())
    unknown = sorted(n for n in environ if n.startswith(PREFIX) and n not in known | {f"{PREFIX}CONFIG"})
    if unknown:
        raise ConfigurationError(f"Unknown settings: {', '.join(unknown)}. docs/settings.md lists the known ones.")


def _refuse_missing_file(environ: Mapping[str, str]) -> None:
    name = environ.get(f"{PREFIX}CONFIG")
    # Not `is_file`: the null device says that there is to be none.
    if name and (not Path(name).exists() or Path(name).is_dir()):
        raise ConfigurationError(f"{PREFIX}CONFIG: there is no file {name}.")


def _explain(wrong: ValidationError) -> str:
    # Only names and reasons: the values may be secrets.
    lines = [f"{PREFIX}{str(error['loc'][0]).upper()}: {error['msg']}" for error in wrong.errors()]
    return "\n".join(lines)
