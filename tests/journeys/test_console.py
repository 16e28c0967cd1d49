"""An organizer's evening by the console's API, with real processes: a plan, a pause, a change, a look back."""

import asyncio
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import KEYS, SIGNING_KEYS
from tests.patience import PATIENCE_SECONDS
from tests.product import Product
from waitroom.clock import SystemClock, rfc3339
from waitroom.embedded import EmbeddedValkey

pytestmark = pytest.mark.journey

SECRET = "o" * 40
ARENA = "/v1/admin/rooms/arena"
FANS = 40
HOUR_MS = 3_600_000
Json = dict[str, Any]  # Any: JSON values


@pytest.fixture
def product(store: EmbeddedValkey, tmp_path: Path) -> Iterator[Product]:
    """An edge and a console on a store of their own."""
    environment = dict(os.environ) | {
        "WAITROOM_REDIS_URL": store.url,
        "WAITROOM_KEYS": KEYS,
        "WAITROOM_SIGNING_KEYS": SIGNING_KEYS,
        "WAITROOM_ADMIN_KEYS": f"olga:admin:{SECRET}",
        "WAITROOM_STATE_DIR": str(tmp_path / "state"),
    }
    product = Product(folder=tmp_path, environment=environment)
    try:
        product.start_edge()
        product.start_console()
        yield product
    finally:
        product.stop()


async def seen(client: httpx.AsyncClient, address: str, wanted: Callable[[Json], bool]) -> Json:
    """Return what an address says as soon as it is as wanted."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            response = await client.get(address)
            if response.status_code == 200 and wanted(response.json()):
                document: Json = response.json()
                return document
            await asyncio.sleep(0.1)


async def test_an_evening(product: Product) -> None:
    """Fans get their turns by the plan that was sent, stop at a pause, and the logs say whose doing each was."""
    key = {"Authorization": f"Bearer {SECRET}"}
    async with (
        httpx.AsyncClient(base_url=product.edges[0].url, timeout=PATIENCE_SECONDS, trust_env=False) as fans,
        httpx.AsyncClient(
            base_url=product.consoles[0].url, headers=key, timeout=PATIENCE_SECONDS, trust_env=False
        ) as console,
    ):
        later = rfc3339(SystemClock().now_ms() + HOUR_MS)
        made = await console.post("/v1/admin/rooms", json={"room": "arena", "release_at": later})
        assert made.status_code == 201
        await seen(fans, "/v1/rooms/arena", lambda snapshot: snapshot["phase"] == "lobby")
        for _ in range(FANS):
            joined = await fans.post("/v1/rooms/arena/join", headers={"Idempotency-Key": secrets.token_hex(16)})
            assert joined.status_code == 201
            # The next one is another fan.
            fans.cookies.clear()
        release = SystemClock().now_ms() + 1000
        # Its ceiling leaves some in the line, however late the pause comes.
        step = {"at": rfc3339(release - 500), "new_users_per_minute": 300, "total_active_users": FANS // 2}
        soon = {"version": 1, "release_at": rfc3339(release), "plan": [step]}
        assert (await console.patch(ARENA, json=soon)).status_code == 200
        await seen(fans, "/v1/rooms/arena", lambda snapshot: snapshot["admitted"] >= 10)

        paused = await console.post(f"{ARENA}/pause", json={"version": 2})
        assert paused.json()["paused"] is True
        stopped = await seen(fans, "/v1/rooms/arena", lambda snapshot: snapshot["paused"])
        stale = await console.patch(ARENA, json={"version": 2, "new_users_per_minute": 9})
        assert (stale.status_code, stale.json()["version"]) == (409, 3)
        room = (await console.get(ARENA)).json()
        assert room["totals"]["given"] == stopped["admitted"] < FANS

        faster = {"version": 3, "new_users_per_minute": 6000, "total_active_users": 500}
        assert (await console.patch(ARENA, json=faster)).status_code == 200
        assert (await console.post(f"{ARENA}/resume")).status_code == 200
        await seen(fans, "/v1/rooms/arena", lambda snapshot: snapshot["waiting"] == 0)
        entries = (await console.get(f"{ARENA}/admissions")).json()["admissions"]
        assert {entry["by"] for entry in entries} == {"plan 1", "console:olga"}
        assert sum(int(entry["turns"]) for entry in entries) == FANS
        changes = (await console.get(f"{ARENA}/changes")).json()["changes"]
        assert [change["who"] for change in changes] == ["console:olga"] * 5
        assert "waiting" in (await seen(console, f"{ARENA}/series", lambda told: bool(told["points"])))["points"][0]
