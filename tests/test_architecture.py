"""The arrows of the design, held by walking the imports."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("waitroom", "edge", "checkout", "dashboards", "loadtests")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MAY_IMPORT = {
    "waitroom": set[str](),
    "edge": {"waitroom"},
    "checkout": {"waitroom"},
    # The load tests drive the product from outside, and their benchmarks measure its apps in one process.
    "loadtests": {"waitroom", "edge", "checkout"},
    # Panels name the metrics, whose one definer is waitroom.
    "dashboards": {"waitroom"},
}
COMPOSITION_ROOTS = ("waitroom/cli/", "waitroom/demo/")
"""They import the units inside each command; the demo is a command that became a package."""


def name_of(path: Path) -> str:
    """The module's path from the repository's root."""
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    """The module as a tree."""
    return ast.parse(path.read_text())


@cache
def imported(path: Path) -> tuple[str, ...]:
    """The full names of all that a module imports, anywhere in it."""
    return tuple(_imports_of(ast.walk(tree_of(path))))


def imports_at_the_top(path: Path) -> tuple[str, ...]:
    """The full names of all that is imported as the module is."""
    return tuple(_imports_of(tree_of(path).body))


def _imports_of(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def importers(*names: str) -> set[str]:
    """The modules that import one of these packages."""
    return {name_of(path) for path in MODULES if any(each.split(".")[0] in names for each in imported(path))}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_one_way(path: Path) -> None:
    """A package imports itself and what lies below it; composition roots may import all, inside their commands."""
    package = name_of(path).split("/")[0]
    is_root = name_of(path).startswith(COMPOSITION_ROOTS)
    names = imports_at_the_top(path) if is_root else imported(path)
    ours = {name.split(".")[0] for name in names} & set(PACKAGES)
    assert ours <= MAY_IMPORT[package] | {package}


def test_nothing_that_is_run_imports_the_tests() -> None:
    """What is shipped stands without its tests."""
    assert importers("tests", "pytest") == set()


def test_one_importer_of_redis() -> None:
    """Only the queue speaks to its store."""
    found = importers("redis")
    assert {name for name in found if not name.startswith("waitroom/queue/servers/")} == {"waitroom/queue/scripts.py"}


def test_the_checkout_knows_the_room_by_its_verbs() -> None:
    """The checkout reaches the room through its tokens and the queue's front, never behind it."""
    behind = {
        f"{name_of(path)}: {name}"
        for path in MODULES
        if name_of(path).startswith("checkout/")
        for name in imported(path)
        if name.startswith("waitroom.queue.")
    }
    assert behind == set()


def test_one_definer_of_metrics() -> None:
    """Metrics are defined in one module, and written out in another; nobody else knows the library."""
    taken = {
        (name_of(path), alias.name)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module == "prometheus_client"
        for alias in node.names
    }
    kinds = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}
    assert {module for module, name in taken if name in kinds} == {"waitroom/metrics.py"}
    assert importers("prometheus_client") <= {"waitroom/metrics.py", "waitroom/web/ops.py"}


READERS_OF_THE_ENVIRONMENT = {
    "waitroom/settings.py": "the one reader of settings",
    "waitroom/embedded/": "hands the environment to the servers it starts, and looks for programs on the path",
    "waitroom/demo/": "hands the environment, with settings of its own, to the units it starts",
    "loadtests/": "start a demo of their own, with its environment",
}


def test_one_reader_of_the_environment() -> None:
    """Settings are read in one place; who starts other programs hands them an environment."""
    readers = {
        name_of(path)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        if isinstance(node.value, ast.Name) and node.value.id == "os" and node.attr in {"environ", "getenv", "environb"}
    }
    assert "waitroom/settings.py" in readers
    assert {name for name in readers if not name.startswith(tuple(READERS_OF_THE_ENVIRONMENT))} == set()


def test_the_domain_speaks_no_http() -> None:
    """Rooms, queue, rules and settings know nothing of web frameworks; tokens know the guard's alone."""
    web = {"starlette", "hypercorn", "httpx"}
    outside = ("waitroom/web/", "waitroom/cli/", "waitroom/demo/", "waitroom/tokens/guard.py")
    found = {name for name in importers(*web) if name.startswith("waitroom/") and not name.startswith(outside)}
    assert found == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_client_at_import(path: Path) -> None:
    """Importing a module opens nothing: no call at its top connects to anything."""
    calls = {
        getattr(node.func, "attr", getattr(node.func, "id", ""))
        for statement in tree_of(path).body
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr) and statement.value is not None
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
    }
    assert not calls & {"connect", "from_url", "from_env", "Redis", "AsyncConnectionPool", "ConnectionPool"}


def test_no_vague_names() -> None:
    """A module's name says what is in it."""
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert {name_of(path) for path in MODULES if path.stem in vague} == set()
