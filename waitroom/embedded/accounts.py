"""Who PostgreSQL runs as: it refuses root, so root lends it another user and a folder that user can reach."""

import hashlib
import os
import pwd
from pathlib import Path

from waitroom.embedded import binaries
from waitroom.embedded.process import Account
from waitroom.errors import ConfigurationError

CANDIDATES = ("postgres", "nobody")


def unprivileged_account() -> Account | None:
    """Return the user that PostgreSQL runs as instead of root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, user_id=entry.pw_uid, group_id=entry.pw_gid)
    raise ConfigurationError("PostgreSQL cannot run as root and there is no user `postgres` or `nobody` to run as.")


def data_folder_for(folder: Path, account: Account | None) -> Path:
    """Return where the data lies: in the folder itself, or where `account` can reach it.

    The folder of another user follows from the asked folder, so a second start finds the data again. Its
    parents keep their permissions.
    """
    if account is None:
        return folder / "data"
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return binaries.SHARED_FOLDER / f"waitroom-data-{name}" / account.name


def make_data_folder(data: Path, account: Account | None) -> None:
    """Make the data folder, owned by the one who works in it."""
    if account is None:
        data.mkdir(mode=0o700, exist_ok=True)
        return
    data.parent.mkdir(mode=0o711, exist_ok=True)
    binaries.refuse_foreign(data.parent)
    if not data.exists():
        data.mkdir(mode=0o700)
        os.chown(data, account.user_id, account.group_id)
