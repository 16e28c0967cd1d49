"""The store dies in the middle of a line and comes back with its file."""

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from edge.app import create_app
from tests.patience import PATIENCE_SECONDS, until, wait_until
from tests.stores import is_written
from waitroom.embedded import EmbeddedValkey
from waitroom.queue import Queue, create_room
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings

FANS = 60
ROOM = "/v1/rooms/night"

pytestmark = pytest.mark.chaos


async def join(client: httpx.AsyncClient, number: int) -> httpx.Response:
    """Join with this fan's one key, in a browser of this fan alone."""
    client.cookies.clear()
    return await client.post(f"{ROOM}/join", json={}, headers={"Idempotency-Key": f"fan-of-the-night-{number:04d}"})


async def place(client: httpx.AsyncClient, queue_pass: str) -> dict[str, object]:
    """Read a fan's place."""
    response = await client.get(f"{ROOM}/place", headers={"Authorization": f"Bearer {queue_pass}"})
    assert response.status_code == 200, response.text
    document: dict[str, object] = response.json()
    return document


async def until_shown(app: Starlette, *, waiting: int) -> None:
    """Wait until the edge shows so many fans in line."""

    def is_so() -> bool:
        boards = app.state.boards.all()
        return bool(boards) and boards[0].snapshot.counts.waiting == waiting

    await until(is_so)


async def test_nobody_loses_a_place_when_the_store_is_killed(tmp_path: Path, settings: Settings) -> None:
    """While the store is away places are told and joins are put off by name; after its return all is as it was."""
    with EmbeddedValkey(tmp_path / "valkey", append_only=True) as valkey:
        own = settings.model_copy(update={"redis_url": valkey.url})
        app = create_app(own)
        queue = Queue.connect(valkey.url)
        await create_room(queue, own.key_source(), "night", RoomSettings(new_users_per_minute=0), who="test")
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://edge.test") as client,
        ):
            await until_shown(app, waiting=0)
            fans = [(await join(client, number)).json() for number in range(FANS)]
            client.cookies.clear()
            await until_shown(app, waiting=FANS)
            before = [await place(client, fan["pass"]) for fan in fans]
            assert [answer["ahead"] for answer in before[:20]] == list(range(20))
            await asyncio.to_thread(wait_until, lambda: is_written(valkey.url))

            valkey.kill()
            away = await join(client, FANS)
            assert (away.status_code, away.json()["type"]) == (503, "/problems/queue-unavailable")
            assert int(away.headers["retry-after"]) > 0
            assert [await place(client, fan["pass"]) for fan in fans] == before
            assert (await client.get(ROOM)).json()["waiting"] == FANS

            valkey.restart()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (last := await join(client, FANS)).status_code == 503:
                    await asyncio.sleep(0.2)
            assert (last.status_code, last.json()["ahead"]) == (201, FANS)
            again = [await join(client, number) for number in range(3)]
            assert [response.json()["fan_id"] for response in again] == [fan["fan_id"] for fan in fans[:3]]
            client.cookies.clear()
            await until_shown(app, waiting=FANS + 1)
            after = [await place(client, fan["pass"]) for fan in fans]
            assert [answer["ahead"] for answer in after] == [answer["ahead"] for answer in before]
        await queue.close()
