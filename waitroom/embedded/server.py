"""What embedded servers have in common: the folder, the lock, the port, the start and the end."""

import abc
from pathlib import Path
from typing import Self

from waitroom.embedded.errors import ServerFailedError
from waitroom.embedded.locks import FolderLock
from waitroom.embedded.ports import LOOPBACK, free_port, refuse_taken_port
from waitroom.embedded.process import LeashedProcess, wait_until_ready

START_SECONDS = 60.0
PORT_TRIES = 3


class EmbeddedServer(abc.ABC):
    """A server that lives in `folder`, on `port` of the loopback interface, while the context is open.

    Without a port a free one is chosen. Raises FolderInUseError, PortTakenError, BinaryMissingError or
    ServerFailedError; none of them leaves anything running.
    """

    name: str

    def __init__(self, folder: Path | str, *, port: int | None = None) -> None:
        self.folder = Path(folder).absolute()
        self._wanted_port = port
        self._lock = FolderLock(self.folder)
        self._process: LeashedProcess | None = None
        self.port = port or 0

    @property
    @abc.abstractmethod
    def url(self) -> str:
        """The address that clients connect to."""

    @property
    def log(self) -> Path:
        """The file that takes the server's output."""
        return self.folder / "server.log"

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        return self._running().pid

    @property
    def is_running(self) -> bool:
        """Whether the server has not ended, by itself or by us."""
        return self._process is not None and self._process.is_running

    def refuse_dead(self) -> None:
        """Raise ServerFailedError when the server has ended by itself."""
        if not self.is_running:
            raise self._running().failed("ended by itself")

    def open(self) -> Self:
        """Take the folder, start the server and wait until it answers."""
        self._lock.acquire()
        try:
            self.log.unlink(missing_ok=True)
            self._prepare()
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Stop the server gracefully and let the folder go; a repeat changes nothing."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        self._lock.release()

    def kill(self) -> None:
        """End the server by SIGKILL, as a crash would; the folder stays ours and `restart` brings it back."""
        self._running().kill()

    def hurry(self) -> None:
        """End a graceful stop that takes too long; data that must last was written before."""
        if self._process is not None:
            self._process.hurry()

    def restart(self) -> None:
        """Start again on the same port and data, stopping the server first when it runs."""
        self._running().stop()
        self._launch()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    @abc.abstractmethod
    def _prepare(self) -> None:
        """Make what the first start needs."""

    @abc.abstractmethod
    def _spawn(self) -> LeashedProcess:
        """Start the process on `self.port`."""

    @abc.abstractmethod
    def _is_ready(self) -> bool:
        """Say whether the server answers."""

    def _start(self) -> None:
        if self._wanted_port is None:
            self._start_on_free_port()
        else:
            refuse_taken_port(self._wanted_port, purpose=self.name)
            self._launch()

    def _start_on_free_port(self) -> None:
        # Somebody may take a free port between our choosing and our using it.
        for tries_left in reversed(range(PORT_TRIES)):
            self.port = free_port()
            try:
                self._launch()
            except ServerFailedError as failed:
                if not tries_left or "in use" not in failed.last_lines:
                    raise
            else:
                return

    def _launch(self) -> None:
        self._process = self._spawn()
        wait_until_ready(self._process, self._is_ready, limit_seconds=START_SECONDS)

    def _running(self) -> LeashedProcess:
        if self._process is None:
            raise ServerFailedError(self.name, "is not open", log=self.log, last_lines="")
        return self._process


def loopback_address(port: int) -> str:
    """Return `host:port` on the loopback interface."""
    return f"{LOOPBACK}:{port}"
