"""An edge whose store can be cut off, by killing it, with a clock for how long it has been away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import httpx
from starlette.applications import Starlette

from edge.app import create_app, create_ops_app
from edge.opening import PATIENCE_SECONDS
from tests.edge.conftest import ADDRESS
from tests.edge.test_api import a_key, ask
from tests.factories import a_fan
from tests.openapi import Contract
from tests.patience import PATIENCE_SECONDS as GIVE_UP_SECONDS
from tests.patience import until
from waitroom.embedded import EmbeddedValkey
from waitroom.errors import QueueUnavailableError
from waitroom.queue import Queue, Snapshot, create_room
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings

ROOM = "night"
API = f"/v1/rooms/{ROOM}"
CONTRACT = Contract("edge/openapi.yaml")


@dataclass(kw_only=True)
class CutStore:
    """The edge, its client, its store, and the seconds that the outage has lasted: its clock moves by `wait` alone."""

    app: Starlette
    client: httpx.AsyncClient
    valkey: EmbeddedValkey
    queue: Queue
    settings: Settings
    epoch: str
    seconds: float = 0

    @property
    def shown(self) -> Snapshot:
        """The room as the edge shows it."""
        snapshot: Snapshot = self.app.state.boards.get(ROOM).snapshot
        return snapshot

    async def join(self, key: str | None = None, *, queue_pass: str = "", code: str | None = None) -> httpx.Response:
        """Join, with a pass or without."""
        headers = {"Idempotency-Key": key or a_key()} | _bearer(queue_pass)
        body = {} if code is None else {"code": code}
        response = await self.client.post(f"{API}/join", json=body, headers=headers)
        CONTRACT.check(response)
        return response

    async def place(self, queue_pass: str) -> httpx.Response:
        """Ask for the place."""
        return await ask(self.client, "GET", f"{API}/place", queue_pass)

    async def claim(self, queue_pass: str) -> httpx.Response:
        """Claim."""
        return await ask(self.client, "POST", f"{API}/claim", queue_pass)

    async def cut(self, *, seconds: float = PATIENCE_SECONDS + 1) -> None:
        """Kill the store, and let it be away for so long."""
        self.valkey.kill()
        await self.until(lambda: self.app.state.outage.is_away(ROOM))
        await self.wait(seconds)

    async def wait(self, seconds: float) -> None:
        """Let the store be away for longer; returns when the edge has looked again."""
        self.seconds += seconds
        # The loop would look by itself within some seconds; on this edge's own clock the moment is now.
        self.app.state.outage.lost(ROOM)

    async def mend(self) -> None:
        """Start the store again, and wait until the edge has its word."""
        self.valkey.restart()
        await self.until(lambda: not self.app.state.outage.is_away(ROOM))
        async with asyncio.timeout(GIVE_UP_SECONDS):
            # Connections of before are found dead one by one.
            while True:
                with suppress(QueueUnavailableError):
                    await self.queue.standing(ROOM, fan_id=a_fan())
                    return

    async def ready(self, status: int) -> None:
        """Wait until the balancer is told so."""
        transport = httpx.ASGITransport(create_ops_app(self.app))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as ops, asyncio.timeout(GIVE_UP_SECONDS):
            while (await ops.get("/readyz")).status_code != status:
                await asyncio.sleep(0.05)

    def let_in(self, policy: str) -> float:
        """How many the edge counted."""
        registry = self.app.state.metrics.registry
        counted: float = registry.get_sample_value("waitroom_outage_admissions_total", {"room": ROOM, "policy": policy})
        return counted

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until it is so."""
        await until(is_so)


@asynccontextmanager
async def an_edge_to_cut(folder: Path, settings: Settings, **room: object) -> AsyncIterator[CutStore]:
    """Run an edge with a room of these settings on a store of its own."""
    with EmbeddedValkey(folder / "valkey", append_only=True) as valkey:
        own = settings.model_copy(update={"redis_url": valkey.url})
        queue = Queue.connect(valkey.url)
        epoch = await create_room(queue, own.key_source(), ROOM, RoomSettings.model_validate(room), who="test")
        app = create_app(own)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client,
        ):
            client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            stage = CutStore(app=app, client=client, valkey=valkey, queue=queue, settings=own, epoch=epoch)
            app.state.outage.monotonic = lambda: stage.seconds
            await stage.until(lambda: app.state.boards.find(ROOM) is not None)
            yield stage
        await queue.close()


def _bearer(queue_pass: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {queue_pass}"} if queue_pass else {}
