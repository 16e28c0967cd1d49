"""PostgreSQL as a child of ours."""

import os
import pwd
from pathlib import Path

import psycopg
import pytest

from waitroom.embedded import EmbeddedPostgres, FolderInUseError, ServerFailedError

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to drop")


def test_makes_the_database(postgres_server: EmbeddedPostgres) -> None:
    """The database `waitroom` is there, in UTF-8, on the clock of UTC."""
    with psycopg.connect(postgres_server.url) as connection:
        row = connection.execute(
            "SELECT current_database(), pg_encoding_to_char(encoding), current_setting('timezone') "
            "FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == ("waitroom", "UTF8", "UTC")


def test_asks_for_the_password(postgres_server: EmbeddedPostgres) -> None:
    """Whoever does not know the password, such as another user of the machine, is not let in."""
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://waitroom:guess@127.0.0.1:{postgres_server.port}/waitroom")


def test_keeps_data_over_a_kill_and_an_end(tmp_path: Path) -> None:
    """Committed rows are there after SIGKILL, and after a whole new start on the same folder."""
    with EmbeddedPostgres(tmp_path) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE seats AS SELECT 'A-1' AS seat")
        server.kill()
        server.restart()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT seat FROM seats").fetchone() == ("A-1",)
    try:
        with EmbeddedPostgres(tmp_path) as server, psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT seat FROM seats").fetchone() == ("A-1",)
    finally:
        EmbeddedPostgres(tmp_path).remove_data()


def test_removes_what_need_not_last(tmp_path: Path) -> None:
    """A server that is not durable leaves no data behind."""
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        assert server.data.exists()
    assert not server.data.exists()


def test_refuses_a_folder_in_use(tmp_path: Path) -> None:
    """A second server on one folder is refused, and the first keeps its data."""
    with EmbeddedPostgres(tmp_path, durable=False) as first:
        with pytest.raises(FolderInUseError, match=str(tmp_path)):
            EmbeddedPostgres(tmp_path, durable=False).open()
        with psycopg.connect(first.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_shows_why_it_did_not_start(tmp_path: Path) -> None:
    """When the server refuses to start, the error ends with its own last words."""
    with EmbeddedPostgres(tmp_path) as server:
        options = server.data / "postgresql.conf"
    try:
        with options.open("a") as file:
            file.write("no_such_option = 1\n")
        with pytest.raises(ServerFailedError, match="no_such_option"):
            EmbeddedPostgres(tmp_path).open()
    finally:
        EmbeddedPostgres(tmp_path).remove_data()


@only_root
def test_runs_as_another_user_for_root(tmp_path: Path) -> None:
    """For root the server runs as an unprivileged user, outside the folder, and no parent is opened to others."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedPostgres(closed / "data", durable=False) as server:
        assert server.data.owner() in {"postgres", "nobody"}
        assert Path(f"/proc/{server.pid}").owner() == server.data.owner()
        assert server.data.stat().st_uid == pwd.getpwnam(server.data.owner()).pw_uid
        assert closed not in server.data.parents
    assert closed.stat().st_mode & 0o777 == 0o700
