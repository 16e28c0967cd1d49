"""The demo's folder: keys, data and logs, one folder for each user of a checkout."""

import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from waitroom.codes import new_code
from waitroom.embedded import FolderLock
from waitroom.errors import ConfigurationError
from waitroom.settings import PREFIX
from waitroom.tokens import KeyRingFile, encode_base64url

FOLDER_NAME = ".demo"
MAIL_FROM = "Box office <tickets@demo.example>"


def default_folder(working_folder: Path, *, seats: str) -> Path:
    """Return the folder of this user's demo with a stadium of this size.

    It lies in the working folder, one for each user, so that root and others never meet each other's files.
    A user who may not write there gets one among their own files.
    """
    own = working_folder / FOLDER_NAME
    name = str(os.geteuid()) if seats == "full" else f"{os.geteuid()}-{seats}"
    if _may_make(own / name):
        return own / name
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    checkout = hashlib.sha256(str(working_folder.resolve()).encode()).hexdigest()[:12]
    return state / "waitroom" / f"demo-{checkout}-{seats}"


class Home:
    """The paths in the folder, and the keys that the first start makes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.keys = self.folder / "keys"
        self.signing_keys = self.folder / "signing-keys"
        self.organizer_password = self.folder / "organizer-password"
        self.environment_file = self.folder / "environment"
        self.lock = FolderLock(self.folder) if _is_ours_to_use(self.folder) else _refuse(self.folder)

    def log_of(self, name: str) -> Path:
        """The log of one of the demo's processes."""
        return self.folder / f"{name}.log"

    def part(self, name: str) -> Path:
        """The folder of one of the demo's servers."""
        return self.folder / name

    def make_keys(self) -> KeyRingFile:
        """Make the keys at the first start and return the ring."""
        _write_once(self.keys, f"demo:{secrets.token_urlsafe(48)}")
        _write_once(self.signing_keys, f"demo:{encode_base64url(secrets.token_bytes(32))}")
        return KeyRingFile(self.keys)

    def make_organizer_password(self) -> str:
        """Make the organizer's password at the first start and return it."""
        _write_once(self.organizer_password, new_code().lower())
        return self.organizer_password.read_text().strip()

    def write_environment(self, settings: Mapping[str, str]) -> None:
        """Note the settings in a file that a shell can read, for `waitroom rooms` beside the demo."""
        lines = [f"export {name}='{value}'\n" for name, value in settings.items()]
        self.environment_file.touch(mode=0o600)
        self.environment_file.write_text("".join(lines))

    def settings(
        self, *, redis_url: str, database_url: str, public_url: str, checkout_url: str, console_url: str
    ) -> dict[str, str]:
        """The settings of the demo's processes, as environment variables."""
        values = {
            "REDIS_URL": redis_url,
            "DATABASE_URL": database_url,
            "KEYS_FILE": str(self.keys),
            "SIGNING_KEYS_FILE": str(self.signing_keys),
            "STATE_DIR": str(self.part("state")),
            "PUBLIC_URL": public_url,
            "CHECKOUT_URL": checkout_url,
            "CONSOLE_URL": console_url,
            "SMTP_URL": f"file://{quote(str(self.part('mail')))}?{urlencode({'from': MAIL_FROM})}",
            # A file in the working folder is about another deployment.
            "CONFIG": os.devnull,
        }
        return {f"{PREFIX}{name}": value for name, value in values.items()}


def clean_environment() -> dict[str, str]:
    """Our environment without settings of another deployment."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def _write_once(path: Path, text: str) -> None:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(text + "\n")


def _may_make(folder: Path) -> bool:
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return os.access(nearest, os.W_OK | os.X_OK)


def _is_ours_to_use(folder: Path) -> bool:
    return folder.stat().st_uid == os.geteuid() if folder.exists() else _may_make(folder)


def _refuse(folder: Path) -> FolderLock:
    raise ConfigurationError(f"The folder {folder} cannot be used by this user; name another with --folder.")
