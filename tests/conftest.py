"""The ground of all tests: real servers, an environment without our settings, and tools that may be missing.

Every xdist worker has a Valkey and a PostgreSQL of its own. Each test has its own room (`room_name`) and, when
it asks, its own database (`database_url`), so that tests run side by side, in any order, without a flush.
"""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import structlog
from psycopg import sql
from pydantic import SecretStr
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import add_log_level

from tests.stores import Make, StoreServer, program_of
from tests.tools import REQUIRE_ALL, TOOLS, find_tool, tool
from waitroom.embedded import EmbeddedPostgres, EmbeddedValkey
from waitroom.settings import PREFIX, Settings
from waitroom.tokens import encode_base64url

if TYPE_CHECKING:
    from waitroom.queue import Queue

TEMPLATE = "template_of_tests"
ON_ONE_WORKER = {"journey": "processes", "chaos": "processes", "nginx": "processes", "browser": "browser"}
"""Markers of tests that may not run beside their like: their crowds, browsers and servers want a core."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tests of the queue run on another make of server."""
    makes = [make.value for make in Make]
    parser.addoption("--store", choices=makes, default=Make.VALKEY_9.value, help="whose server has the queue")


def pytest_configure() -> None:
    """Forget our settings before anything reads them; children of the tests inherit what is left."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ[f"{PREFIX}CONFIG"] = os.devnull
    # Where `rich` happens to be installed structlog would draw every local of a traceback, for seconds each.
    structlog.configure(processors=[add_log_level, ConsoleRenderer(exception_formatter=plain_traceback)])


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give all tests of real processes to one worker, and those in a browser: two crowds would slow each other down."""
    group = next((group for name, group in ON_ONE_WORKER.items() if item.get_closest_marker(name)), None)
    if group is not None:
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose tool is missing at home; fail it where everything is required."""
    for marker, tools in TOOLS.items():
        missing = [names[0] for names in tools if find_tool(*names) is None]
        if item.get_closest_marker(marker) is None or not missing:
            continue
        reason = f"{', '.join(missing)} is not installed"
        if os.environ.get(REQUIRE_ALL) == "1":
            pytest.fail(f"{reason}, and {REQUIRE_ALL}=1 requires it", pytrace=False)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Chromium's program; mark the test `browser`."""
    return tool("browser")


@pytest.fixture(scope="session")
def nginx_path() -> str:
    """The nginx program; mark the test `nginx`."""
    return tool("nginx")


@pytest.fixture(scope="session")
def prometheus_path() -> str:
    """The Prometheus program; mark the test `prometheus`."""
    return tool("prometheus")


@pytest.fixture(scope="session")
def promtool_path() -> str:
    """The promtool program; mark the test `prometheus`."""
    return tool("prometheus", 1)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what an earlier test left in the environment, and what this one leaves."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(f"{PREFIX}CONFIG", os.devnull)


@pytest.fixture(autouse=True)
def _patient_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still for a moment is no outage of the store; who tests the client's patience sets it."""
    for name in ("client.ANSWER_SECONDS", "server.ANSWER_SECONDS", "server.CONNECT_SECONDS"):
        monkeypatch.setattr(f"waitroom.queue.servers.{name}", 20.0)
    # Longer than any statement of a test, also one that waits for a lock.
    monkeypatch.setattr("waitroom.database.impatience.ImpatientConnection.answer_seconds", 240.0)


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of this worker's Valkey, or of what `--store` names; who kills or empties one starts another."""
    make, folder = Make(pytestconfig.getoption("--store")), tmp_path_factory.mktemp("store")
    if make is Make.VALKEY_9:
        with EmbeddedValkey(folder) as valkey:
            yield valkey.url
    else:
        with StoreServer(folder, program=program_of(make)) as server:
            yield server.url


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """This worker's PostgreSQL, without flushes; a test that kills one starts its own instead."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: EmbeddedPostgres) -> str:
    """The address of this worker's PostgreSQL: the empty database `waitroom`."""
    return postgres_server.url


@pytest.fixture(scope="session")
def migrated_template(postgres_url: str) -> str:
    """The name of a database that all migrations were run in once."""
    from checkout.migrations import upgrade  # noqa: PLC0415 - tests of the queue alone need no checkout
    from edge.console.migrations import upgrade as upgrade_console  # noqa: PLC0415 - as above

    _administer(postgres_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    for bring_up_to_date in (upgrade, upgrade_console):
        bring_up_to_date(_other_database(postgres_url, TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database_url(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """A fresh migrated database for one test."""
    with fresh_database(postgres_url, migrated_template) as url:
        yield url


@pytest.fixture
async def queue(valkey_url: str) -> "AsyncIterator[Queue]":
    """The queue on this worker's Valkey."""
    from waitroom.queue import Queue  # noqa: PLC0415 - tests of the embedded servers need no queue

    queue = Queue.connect(valkey_url)
    yield queue
    await queue.close()


@pytest.fixture
def room_name() -> str:
    """A room that no other test has."""
    return f"room-{secrets.token_hex(5)}"


@pytest.fixture
def settings(valkey_url: str, tmp_path: Path) -> Settings:
    """What an edge needs: keys and the store."""
    return Settings(
        redis_url=valkey_url,
        keys=SecretStr("test:" + "k" * 48),
        signing_keys=SecretStr("test:" + encode_base64url(b"s" * 32)),
        state_dir=tmp_path / "state",
    )


@pytest.fixture
def checkout_settings(settings: Settings, database_url: str) -> Settings:
    """What a checkout needs: the same and a fresh database."""
    return settings.model_copy(update={"database_url": SecretStr(database_url)})


@contextmanager
def fresh_database(postgres_url: str, template: str) -> Iterator[str]:
    """A copy of the template, for as long as the context."""
    name = sql.Identifier(database := f"test_{secrets.token_hex(6)}")
    _administer(postgres_url, sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(template)))
    yield _other_database(postgres_url, database)
    _administer(postgres_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _administer(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _other_database(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"
