"""PostgreSQL, from the distribution that carries its binaries."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from waitroom.embedded import accounts, binaries
from waitroom.embedded.errors import ServerFailedError
from waitroom.embedded.ports import LOOPBACK
from waitroom.embedded.process import Command, LeashedProcess, tail
from waitroom.embedded.server import EmbeddedServer, loopback_address

OWNER = "waitroom"
DATABASE = "waitroom"
# A killed server's last backends leave a moment after it; until then a new one refuses to start.
LEFTOVERS = "shared memory block"
LEFTOVER_TRIES = 20
FAST_AND_LOOSE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(EmbeddedServer):
    """A PostgreSQL in `folder` with the database `waitroom`; as root it runs as another user.

    With `durable` off it is for tests: nothing is flushed, and the data is removed at the end.
    """

    name = "PostgreSQL"

    def __init__(self, folder: Path | str, *, port: int | None = None, durable: bool = True) -> None:
        super().__init__(folder, port=port)
        self._durable = durable
        self._account = accounts.unprivileged_account()
        self.data = accounts.data_folder_for(self.folder, self._account)
        self._programs = binaries.postgres_programs(self._account)

    @property
    def url(self) -> str:
        """The address of the database `waitroom`, with the password that other users of this machine lack."""
        return f"postgresql://{OWNER}:{self._password_file.read_text()}@{loopback_address(self.port)}/{DATABASE}"

    def close(self) -> None:
        """Stop the server, cutting its connections, and let the folder go."""
        was_open = self._process is not None
        super().close()
        if was_open and not self._durable:
            self.remove_data()

    def remove_data(self) -> None:
        """Remove all data of a server that does not run."""
        for path in filter(Path.exists, [self.data, self.data.with_name("unfinished")]):
            shutil.rmtree(path)
        self.data.with_name("password.initdb").unlink(missing_ok=True)
        if self._account is not None and self.data.parent.exists():
            self.data.parent.rmdir()

    @property
    def _password_file(self) -> Path:
        return self.folder / "password"

    def _prepare(self) -> None:
        # Data without its password is what is left when somebody removed the folder: begin anew.
        if self.data.exists() and self._password_file.exists():
            return
        self.remove_data()
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24))
        self._make_cluster()

    def _make_cluster(self) -> None:
        # Made beside its place and moved there when complete: a start that is cut short leaves no half cluster.
        unfinished = self.data.with_name("unfinished")
        accounts.make_data_folder(unfinished, self._account)
        # initdb reads the password as the server's user, who cannot read our folder.
        password = self.data.with_name("password.initdb")
        password.touch(mode=0o600)
        password.write_text(self._password_file.read_text())
        if self._account is not None:
            os.chown(password, self._account.user_id, self._account.group_id)
        self._run("initdb", "-D", unfinished, *self._cluster_options(password), folder=unfinished)
        password.unlink()
        create = f"CREATE DATABASE {DATABASE}\n"
        self._run("postgres", "--single", "-D", unfinished, "postgres", folder=unfinished, text=create)
        unfinished.rename(self.data)

    def _cluster_options(self, password: Path) -> list[str | Path]:
        options: list[str | Path] = [
            "-U",
            OWNER,
            "--pwfile",
            password,
            "--auth",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--no-locale",
        ]
        return options if self._durable else [*options, "--no-sync"]

    def _run(self, program: str, *arguments: str | Path, folder: Path, text: str = "") -> None:
        with self.log.open("ab") as log:
            done = subprocess.run(  # noqa: S603 - our own program
                [self._programs / program, *arguments],
                input=text.encode(),
                stdout=log,
                stderr=log,
                user=None if self._account is None else self._account.user_id,
                group=None if self._account is None else self._account.group_id,
                extra_groups=None if self._account is None else [],
                # The other user may not be able to enter the folder that we stand in.
                cwd=folder,
                umask=0o077,
                check=False,
            )
        if done.returncode != 0:
            raise ServerFailedError(
                program, f"ended with code {done.returncode}", log=self.log, last_lines=tail(self.log)
            )

    def _spawn(self) -> LeashedProcess:
        options = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            # TCP alone: the path of a socket file has a length limit that deep folders exceed.
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
        } | ({} if self._durable else FAST_AND_LOOSE)
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        command = Command(
            name=self.name,
            arguments=[self._programs / "postgres", "-D", self.data, *settings],
            stop_signal=signal.SIGINT,
            account=self._account,
            folder=Path("/"),
        )
        return LeashedProcess(command, log=self.log, lock=self._lock)

    def _launch(self) -> None:
        for _ in range(LEFTOVER_TRIES):
            try:
                super()._launch()
            except ServerFailedError as failed:
                if LEFTOVERS not in failed.last_lines:
                    raise
                time.sleep(0.1)
            else:
                return
        super()._launch()

    def _is_ready(self) -> bool:
        question: list[str | Path] = [
            self._programs / "pg_isready",
            "-q",
            "-h",
            LOOPBACK,
            "-p",
            str(self.port),
            "-d",
            DATABASE,
        ]
        return subprocess.run(question, check=False).returncode == 0  # noqa: S603 - our own program
