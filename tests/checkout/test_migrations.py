"""Upgrading the schema."""

from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import psycopg
import pytest
from alembic.script import ScriptDirectory
from psycopg import sql

from checkout.errors import DatabaseUnavailableError
from checkout.migrations import upgrade
from checkout.sql import functions, statements
from waitroom.errors import ConfigurationError

NEWEST = ScriptDirectory(str(files("checkout.migrations"))).get_current_head()


@pytest.fixture
def empty_database(postgres_url: str, room_name: str) -> str:
    """A database without a schema."""
    name = sql.Identifier(room_name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    return f"{postgres_url.rpartition('/')[0]}/{room_name}"


def test_processes_that_start_at_once_upgrade_once(empty_database: str) -> None:
    """Four that upgrade together leave one schema, and none of them fails."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, [empty_database] * 4))
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWEST,)]


def test_an_upgrade_is_safe_to_repeat(database_url: str) -> None:
    """The second finds nothing to do."""
    upgrade(database_url)


def test_every_verb_compiles(database_url: str) -> None:
    """PostgreSQL has each verb of the folder, by the name of its file, with a contract in its first line."""
    names = {file.name.removesuffix(".sql") for file in files("checkout.sql").joinpath("functions").iterdir()}
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        assert names <= {name for (name,) in rows.fetchall()}
        for definition in functions():
            assert definition.startswith("-- ")
            connection.execute(definition.encode())


@pytest.mark.parametrize("subject", ["catalogue", "holds", "orders", "sandbox", "seeding", "sessions"])
def test_statements_are_named(subject: str) -> None:
    """Each statement of a file is found by its name."""
    assert all(statements(subject).values())


def test_a_database_that_is_away_is_told_in_words() -> None:
    """Whoever starts a checkout reads one line, not a traceback."""
    with pytest.raises(DatabaseUnavailableError, match=r"PostgreSQL did not answer: .*127\.0\.0\.1"):
        upgrade("postgresql://nobody@127.0.0.1:1/nothing")


def test_an_address_that_is_none_is_a_wrong_setting() -> None:
    """The setting is named, its value is not: it may hold a password."""
    with pytest.raises(ConfigurationError, match="WAITROOM_DATABASE_URL") as wrong:
        upgrade("secret-value")
    assert "secret-value" not in str(wrong.value)
