"""The ground of all tests: real servers, an environment without our settings, and tools that may be missing.

Every xdist worker has a Valkey and a PostgreSQL of its own. Each test has its own room (`room_name`) and, when
it asks, its own database (`database_url`), so that tests run side by side, in any order, without a flush.
"""

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from waitroom.embedded import EmbeddedPostgres, EmbeddedValkey
from waitroom.settings import PREFIX, Settings
from waitroom.tokens import encode_base64url

if TYPE_CHECKING:
    from waitroom.queue import Queue

# Not a setting of ours, or the scrub would take it.
REQUIRE_ALL = "CI_REQUIRE_ALL"
TOOLS: dict[str, list[tuple[str, ...]]] = {
    "browser": [("chromium", "chromium-browser", "google-chrome")],
    "nginx": [("nginx",)],
    "prometheus": [("prometheus",), ("promtool",)],
    "redis": [("redis-server",)],
}
SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
TEMPLATE = "template_of_tests"


def pytest_configure() -> None:
    """Forget our settings before anything reads them; children of the tests inherit what is left."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ[f"{PREFIX}CONFIG"] = os.devnull


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


def find_tool(*names: str) -> str | None:
    """Return the first of these programs; Debian keeps some where only root's path looks."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def tool(marker: str, position: int = 0) -> str:
    """Return the path of a marker's tool, skipping the test when it is missing."""
    found = find_tool(*TOOLS[marker][position])
    if found is None:
        pytest.skip(f"{TOOLS[marker][position][0]} is not installed")
    return found


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


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """This worker's Valkey; a test that kills or empties one starts its own instead."""
    with EmbeddedValkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_url(valkey_server: EmbeddedValkey) -> str:
    """The address of this worker's Valkey."""
    return valkey_server.url


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

    _administer(postgres_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    upgrade(_other_database(postgres_url, TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database_url(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """A fresh migrated database for one test."""
    name = sql.Identifier(database := f"test_{secrets.token_hex(6)}")
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(migrated_template))
    _administer(postgres_url, create)
    yield _other_database(postgres_url, database)
    _administer(postgres_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


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


def _administer(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _other_database(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"
