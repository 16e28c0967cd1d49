"""Valkey, from the distribution that carries its binary."""

import socket
from pathlib import Path

from waitroom.embedded import binaries
from waitroom.embedded.ports import LOOPBACK
from waitroom.embedded.process import Command, LeashedProcess
from waitroom.embedded.server import EmbeddedServer, loopback_address

PROBE_SECONDS = 1.0


class EmbeddedValkey(EmbeddedServer):
    """A Valkey in `folder`; with `append_only` its data survives the end and a kill, but for a second."""

    name = "Valkey"

    def __init__(self, folder: Path | str, *, port: int | None = None, append_only: bool = False) -> None:
        super().__init__(folder, port=port)
        self._append_only = append_only

    @property
    def url(self) -> str:
        """The address, as redis-py reads it."""
        return f"redis://{loopback_address(self.port)}/0"

    def _prepare(self) -> None:
        (self.folder / "data").mkdir(mode=0o700, exist_ok=True)

    def _spawn(self) -> LeashedProcess:
        options = {
            "port": str(self.port),
            "bind": LOOPBACK,
            "dir": str(self.folder / "data"),
            "appendonly": "yes" if self._append_only else "no",
            "appendfsync": "everysec",
            # The append-only file is the one record; snapshots beside it would only cost.
            "save": "",
            "daemonize": "no",
        }
        arguments = [str(binaries.valkey_server())]
        for name, value in options.items():
            arguments += [f"--{name}", value]
        return LeashedProcess(Command(name=self.name, arguments=arguments), log=self.log, lock=self._lock)

    def _is_ready(self) -> bool:
        return answers_ping(self.port)


def answers_ping(port: int) -> bool:
    """Whether a server can serve: while it loads its file it answers -LOADING."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=PROBE_SECONDS) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False
