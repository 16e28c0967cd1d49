"""nginx with the very files that ship, before a real edge."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from urllib.request import urlopen

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.patience import PATIENCE_SECONDS
from tests.product import Product, Unit
from waitroom.embedded import Command, EmbeddedValkey, LeashedProcess, free_port
from waitroom.embedded.process import wait_until_ready
from waitroom.queue import Queue, create_room
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
ROOM = "arena"


@dataclass(frozen=True, kw_only=True)
class Front:
    """nginx, the edges behind it, and where fans reach it."""

    port: int
    product: Product

    @property
    def url(self) -> str:
        """Where fans reach it."""
        return f"http://127.0.0.1:{self.port}"

    def served(self, metric: str) -> float:
        """What all edges have counted by this name."""
        return sum(_read(edge, metric) for edge in self.product.edges if edge.process.is_running)


@pytest.fixture(scope="session")
def front(nginx_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx before two edges, with the room `arena` open."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("front")
        valkey = stack.enter_context(EmbeddedValkey(folder / "valkey"))
        settings = Settings.model_validate(
            {"redis_url": valkey.url, "keys": "test:" + "k" * 48, "state_dir": folder / "state"}
        )
        asyncio.run(_make_room(settings))
        product = Product(folder=folder, environment=_environment(valkey.url))
        stack.callback(product.stop)
        for _ in range(2):
            product.start_edge()
        yield Front(port=stack.enter_context(_nginx(nginx_path, product.edges)), product=product)


@pytest.fixture
async def fans(front: Front) -> AsyncIterator[httpx.AsyncClient]:
    """Fans' browsers: they keep connections, and no cookies unless a test sends them."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(
        base_url=front.url, limits=limits, timeout=PATIENCE_SECONDS, trust_env=False
    ) as client:
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield client


@contextmanager
def _nginx(program: str, edges: list[Unit]) -> Iterator[int]:
    """Run nginx on the shipped nginx.conf, with our own addresses beside it; yields its port."""
    # Its workers run as another user: no ancestor of this folder may be closed to them.
    folder = Path(tempfile.mkdtemp(prefix="waitroom-nginx-"))
    folder.chmod(0o755)
    (folder / "temp").mkdir()
    (folder / "nginx.conf").symlink_to(DEPLOY / "nginx.conf")
    port = free_port()
    (folder / "nginx-listen.conf").write_text(f"listen 127.0.0.1:{port};\n")
    (folder / "nginx-edges.conf").write_text("".join(f"server 127.0.0.1:{edge.port};\n" for edge in edges))
    command = Command(name="nginx", arguments=[program, "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"])
    process = LeashedProcess(command, log=folder / "nginx.log")
    try:
        wait_until_ready(process, lambda: _answers(port), limit_seconds=PATIENCE_SECONDS)
        yield port
    finally:
        process.stop()
        shutil.rmtree(folder)


async def _make_room(settings: Settings) -> None:
    queue = Queue.connect(settings.redis_url)
    await create_room(queue, settings.key_source(), ROOM, RoomSettings(total_active_users=1), who="test")
    await queue.close()


def _environment(redis_url: str) -> dict[str, str]:
    return {
        "WAITROOM_REDIS_URL": redis_url,
        "WAITROOM_KEYS": "test:" + "k" * 48,
        "WAITROOM_SIGNING_KEYS": "test:" + "c3" * 21 + "c",
        "WAITROOM_CONFIG": "/dev/null",
    }


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/v1/rooms/{ROOM}", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _read(unit: Unit, metric: str) -> float:
    with urlopen(f"http://127.0.0.1:{unit.ops_port}/metrics", timeout=PATIENCE_SECONDS) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        return sum(sample.value for family in families for sample in family.samples if sample.name == metric)
