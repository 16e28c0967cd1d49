"""The console as a whole: what it needs, and when it is ready."""

import asyncio
from contextlib import suppress

import httpx
import pytest
from pydantic import SecretStr

from edge.console.app import create_app, create_ops_app, keep_running
from tests.edge.console.conftest import SECRETS
from tests.patience import until
from waitroom.errors import ConfigurationError
from waitroom.settings import Settings


async def ready(settings: Settings) -> httpx.Response:
    """Ask a console of these settings whether it is ready."""
    app = create_app(settings)
    transport = httpx.ASGITransport(create_ops_app(app))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://ops.test") as client,
    ):
        return await client.get("/readyz")


async def test_ready(console_settings: Settings) -> None:
    """A console is ready when the store answers."""
    assert (await ready(console_settings)).status_code == 200


async def test_not_ready_without_the_store(console_settings: Settings) -> None:
    """While the store is away it says so, and calls answer 503 with the time to ask again."""
    away = console_settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    answer = await ready(away)
    assert answer.status_code == 503
    assert "did not answer" in answer.json()["reason"]
    app = create_app(away)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console.test") as client:
        response = await client.get("/v1/admin/rooms", headers={"Authorization": f"Bearer {SECRETS['admin']}"})
    assert (response.status_code, response.json()["type"]) == (503, "/problems/queue-unavailable")
    assert "retry-after" in response.headers


@pytest.mark.parametrize(
    ("missing", "named"),
    [({"keys": None}, "KEYS"), ({"admin_keys": "a:admin:short"}, "ADMIN_KEYS")],
)
def test_what_it_needs(console_settings: Settings, missing: dict[str, str | None], named: str) -> None:
    """Without the key ring, or with a wrong admin key, there is no console, and the setting is named."""
    changes = {name: value and SecretStr(value) for name, value in missing.items()}
    with pytest.raises(ConfigurationError, match=named):
        create_app(console_settings.model_copy(update=changes))


async def test_a_loop_that_breaks_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody foresaw ends one round of a loop, and not the charts or the report of the whole night."""
    monkeypatch.setattr("edge.console.app.AGAIN_SECONDS", 0)
    rounds: list[int] = []

    class Breaking:
        async def run(self) -> None:
            rounds.append(len(rounds))
            raise ValueError

    running = asyncio.create_task(keep_running(Breaking()))
    await until(lambda: len(rounds) > 1)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
