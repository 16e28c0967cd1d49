"""The audit and what is kept of rooms, also while PostgreSQL is away."""

import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from starlette.applications import Starlette

from edge.console.audit import Audit, Entry, Wanted, changed
from edge.console.database import REST_SECONDS, ConsoleDatabase, NightConnection
from edge.console.migrations import upgrade, upgrade_or_later
from edge.console.points import Point, Points
from tests.conftest import fresh_database
from tests.edge.console.conftest import ROOMS, Ask, MakeRoom
from waitroom.database import DatabaseUnavailableError
from waitroom.errors import ConfigurationError
from waitroom.queue import Queue, change_room

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


async def hang(database: ConsoleDatabase) -> None:
    """Ask for what takes an hour, as a server that is frozen would; it gives up once nobody listens."""
    async with database.connection() as connection:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("SET client_connection_check_interval = '100ms'")
        await connection.execute("SELECT pg_sleep(3600)")


async def test_what_is_done_meanwhile_is_written_later(
    ask: Ask, make_room: MakeRoom, room_name: str, console: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acts while PostgreSQL is away succeed, and their entries are written in their order when it is back."""
    await make_room()
    database: ConsoleDatabase = console.state.database
    with monkeypatch.context() as outage:
        outage.setattr(database, "_pool", ConsoleDatabase(NOWHERE)._pool)
        for act in ("pause", "resume"):
            assert (await ask("POST", f"{ROOMS}/{room_name}/{act}", json={})).status_code == 200
        assert console.state.audit.kept == 2
        assert (await ask("GET", "/v1/admin/audit")).status_code == 503
    database._rest_until = 0
    await console.state.keeping.look()
    told = (await ask("GET", "/v1/admin/audit", params={"room": room_name})).json()
    assert [entry["what"] for entry in told["entries"]] == ["resume", "pause", "make-room"]
    assert (told["not_yet"], {entry["who"] for entry in told["entries"]}) == (0, {"console:anna"})


async def test_too_many_entries_give_up_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A night without PostgreSQL does not fill the memory."""
    monkeypatch.setattr("edge.console.audit.MOST_KEPT", 3)
    database = ConsoleDatabase(NOWHERE)
    database._is_away, database._rest_until = True, float("inf")
    audit = Audit(database)
    for number in range(5):
        await audit.note(Entry(who="test", what=f"act-{number}"))
    assert [entry.what for entry in audit._kept] == ["act-2", "act-3", "act-4"]


def test_what_changed_alone_is_written_down() -> None:
    """Before and after name the same fields: those that differ."""
    before, after = {"rate": 1, "message": "a", "gone": 1}, {"rate": 2, "message": "a", "new": 1}
    assert changed(before, after) == (
        {"rate": 1, "gone": 1, "new": None},
        {"rate": 2, "gone": None, "new": 1},
    )
    assert changed(None, after) == (None, after)


async def test_every_version_of_the_settings_is_kept(
    make_room: MakeRoom, room_name: str, console: Starlette, console_queue: Queue
) -> None:
    """Whoever changed a room, also beside the console, each version that is seen is kept once."""
    epoch = (await make_room(message="one"))["epoch"]
    await change_room(console_queue, room_name, {"message": "two"}, who="command")
    for _ in range(2):
        await console.state.series.look()
        await console.state.keeping.look()
    kept = await console.state.keeping.kept(room_name, epoch=epoch)
    assert [(row["version"], row["settings"]["message"]) for row in kept] == [(1, "one"), (2, "two")]


async def test_points_are_kept_for_reports(console: Starlette, room_name: str) -> None:
    """Points come back in the order of time; one that is there already stays; an epoch sees its own alone."""
    points: Points = console.state.points
    start = datetime(2027, 1, 1, tzinfo=UTC)
    made = [
        Point(room=room_name, epoch="e1", at=start + timedelta(seconds=second), what={"waiting": second})
        for second in (2, 0, 1)
    ]
    await points.add(made)
    await points.add([*made, Point(room=room_name, epoch="e2", at=start, what={})])
    assert [point.what["waiting"] for point in await points.read(room_name, epoch="e1")] == [0, 1, 2]
    assert [point.at for point in await points.read(room_name, epoch="e1", since=start, most=1)] == [made[2].at]


async def test_nobody_waits_for_a_database_that_is_away() -> None:
    """After one call without an answer others are refused at once; one asks again after a rest."""
    now = 0.0
    database = ConsoleDatabase(NOWHERE, clock=lambda: now)
    with pytest.raises(DatabaseUnavailableError, match="did not answer"):
        await database.run("SELECT 1")
    assert database.is_away
    with pytest.raises(DatabaseUnavailableError, match="a moment ago"):
        await database.run("SELECT 1")
    now = REST_SECONDS
    with pytest.raises(DatabaseUnavailableError, match=r"not answer\.$"):
        await database.run("SELECT 1")


async def test_a_database_that_hangs_counts_as_away(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes a call and never answers holds a call up for some seconds, and the next ones not at all."""
    monkeypatch.setattr(NightConnection, "answer_seconds", 0.2)
    database = ConsoleDatabase(postgres_url)
    await database.open()
    with pytest.raises(DatabaseUnavailableError, match="did not answer"):
        await hang(database)
    with pytest.raises(DatabaseUnavailableError, match="a moment ago"):
        await database.run("SELECT 1")
    await database.close()


async def test_a_database_without_our_tables_is_told_in_words(postgres_url: str) -> None:
    """Before the schema is there the console says so, as for one that is away."""
    with fresh_database(postgres_url, "template0") as empty:
        database = ConsoleDatabase(empty)
        await database.open()
        with pytest.raises(DatabaseUnavailableError, match="--migrate"):
            await Audit(database).read(Wanted())
        await database.close()


async def test_the_schema_comes_when_postgresql_does(database_url: str) -> None:
    """A console that starts without PostgreSQL goes on, and is handed what brings the schema up to date later."""
    assert upgrade_or_later(database_url) is None
    later = upgrade_or_later(NOWHERE)
    assert later is not None
    with pytest.raises(DatabaseUnavailableError):
        await later()


async def test_no_text_stops_the_audit(console: Starlette) -> None:
    """What PostgreSQL cannot hold of a text is replaced; the entry is written all the same, and those behind it."""
    audit: Audit = console.state.audit
    await audit.note(Entry(who="test", what="odd", after={"message": "a\0b\ud800c", "list": ["\0", {"\0": 1}]}))
    await audit.note(Entry(who="test", what="next"))
    entries = await audit.read(Wanted(who="test"))
    assert [entry["what"] for entry in entries] == ["next", "odd"]
    assert entries[1]["after"] == {"message": "a\ufffdb\ufffdc", "list": ["\ufffd", {"\ufffd": 1}]}


def test_a_user_who_may_not_make_tables_is_told(database_url: str) -> None:
    """The console's own user needs no right to create once the schema is there; without it the reason is one line."""
    role, url = f"poor_{secrets.token_hex(4)}", urlsplit(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'poor'").format(sql.Identifier(role)))
        connection.execute("DROP SCHEMA console CASCADE")
    poor = url._replace(netloc=f"{role}:poor@{url.netloc.rpartition('@')[2]}").geturl()
    try:
        with pytest.raises(ConfigurationError, match="permission denied"):
            upgrade(poor)
    finally:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("before", "0" * 20 + "9" * 30),
        ("before", "9" * 5000),
        ("before", "0"),
        ("most", "0" * 19 + "1" + "9" * 9),
        ("since", "yesterday"),
        ("who", "a\0"),
    ],
)
async def test_wrong_filters_are_named(ask: Ask, name: str, text: str) -> None:
    """What is no filter is refused by its name, however long it is."""
    response = await ask("GET", "/v1/admin/audit", params={name: text})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, name)
