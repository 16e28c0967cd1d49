"""One owner a folder."""

import fcntl
import os
from pathlib import Path
from typing import Self

from waitroom.embedded.errors import FolderInUseError

LOCK_NAME = "lock"


class FolderLock:
    """Hold a folder for this process and for the children that inherit `fileno()`.

    The kernel lets go when the last of them has ended, so a killed process leaves no stale lock, and a
    server that outlives its parent for a moment keeps the folder for that moment.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._descriptor: int | None = None

    def acquire(self) -> Self:
        """Take the lock; raises FolderInUseError at once when another has it."""
        descriptor = os.open(self._folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            os.close(descriptor)
            raise FolderInUseError(self._folder) from held
        self._descriptor = descriptor
        return self

    def fileno(self) -> int:
        """Return the descriptor that children inherit."""
        if self._descriptor is None:
            raise FolderInUseError(self._folder)
        return self._descriptor

    def release(self) -> None:
        """Let go; a repeat changes nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()
