"""`waitroom rooms delete`: a room's last report is kept, and nothing is lost by a slip."""

from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import sql
from psycopg.rows import dict_row

from waitroom.cli import main

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
Json = dict[str, Any]  # Any: JSON values


@pytest.fixture
def room(valkey_url: str, database_url: str, room_name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A room of this worker's store, beside a database with the console's tables."""
    monkeypatch.setenv("WAITROOM_REDIS_URL", valkey_url)
    monkeypatch.setenv("WAITROOM_DATABASE_URL", database_url)
    monkeypatch.setenv("WAITROOM_KEYS", "test:" + "k" * 48)
    assert run("create", room_name, "--name", "The Long Night").exit_code == 0
    return room_name


def run(*words: str) -> Result:
    """Run `waitroom rooms ...`."""
    return CliRunner().invoke(main, ["rooms", *words])


def is_there(room: str) -> bool:
    """Whether the store has the room."""
    return run("show", room).exit_code == 0


def reports(database_url: str) -> list[Json]:
    """The kept reports."""
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        return connection.execute("SELECT room, epoch, report FROM console.reports").fetchall()


def test_the_last_report_is_kept(room: str, database_url: str) -> None:
    """It is that of the room as it was, and the command says so."""
    deleted = run("delete", room, "--yes")
    assert deleted.output == f"The room '{room}' is deleted; its last report is kept for the console.\n"
    assert not is_there(room)
    (kept,) = reports(database_url)
    assert (kept["room"], kept["report"]["name"]) == (room, "The Long Night")
    assert (kept["report"]["epoch"], kept["report"]["is_complete"]) == (kept["epoch"], True)


def test_without_a_database_nothing_is_lost_by_a_slip(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that does not answer keeps no report: the room stays, and the way on is named."""
    monkeypatch.setenv("WAITROOM_DATABASE_URL", NOWHERE)
    refused = run("delete", room, "--yes")
    assert refused.exit_code == 1
    assert "PostgreSQL did not answer" in refused.output
    assert f"no report of the room '{room}' can be kept, and it is not deleted" in refused.output
    assert "--without-report" in refused.output
    assert is_there(room)


def test_a_database_without_the_consoles_tables_keeps_none(room: str, database_url: str) -> None:
    """It is told what is missing, and the room stays."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP SCHEMA console CASCADE"))
    refused = run("delete", room, "--yes")
    assert refused.exit_code == 1
    assert "--migrate" in refused.output
    assert is_there(room)


@pytest.mark.parametrize("is_away", [True, False])
def test_who_wants_no_report_says_so(
    room: str, database_url: str, monkeypatch: pytest.MonkeyPatch, is_away: bool
) -> None:
    """Then no database is needed, and none is written to."""
    if is_away:
        monkeypatch.setenv("WAITROOM_DATABASE_URL", NOWHERE)
    deleted = run("delete", room, "--yes", "--without-report")
    assert deleted.output == f"The room '{room}' is deleted; no report was made of it.\n"
    assert not is_there(room)
    assert reports(database_url) == []


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize("options", [(), ("--without-report",)])
def test_a_room_that_is_not_there(database_url: str, options: tuple[str, ...]) -> None:
    """Both ways say so, and no report is made."""
    refused = run("delete", "no-such-room", "--yes", *options)
    assert refused.exit_code == 2
    assert "no-such-room" in refused.output
    assert reports(database_url) == []
