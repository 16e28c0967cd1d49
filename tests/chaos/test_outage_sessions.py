"""Fans whom an edge lets in while the store is away buy at a real checkout, once each, also after the store is back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from checkout.app import create_app
from checkout.seeding import Tier, seed_stadium
from tests.checkout.fans import ADDRESS, Fan, open_session, problem
from tests.edge.cut_store import ROOM, CutStore, an_edge_to_cut
from waitroom.settings import Settings

FLOOR = Tier(category="floor", name="Floor", price=5_000, sections=("F",), rows=5, seats_per_row=20, distance=10)
WAITING, NEWCOMERS = 6, 6

pytestmark = pytest.mark.chaos


@asynccontextmanager
async def a_checkout(night: CutStore, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Run a checkout on the edge's store, with a hall on sale in the edge's room."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await seed_stadium(connection, event="gig", room=ROOM, tiers=(FLOOR,))
    app = create_app(night.settings.model_copy(update={"database_url": SecretStr(database_url)}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=ADDRESS, timeout=20) as client,
    ):
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield client


async def sessions_by_fan(database_url: str) -> Counter[str]:
    """How many sessions each fan has, in the database."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        rows = await (await connection.execute("SELECT fan_id FROM sessions")).fetchall()
    return Counter(fan_id for (fan_id,) in rows)


async def let_in(night: CutStore, passes: list[str]) -> list[str]:
    """Claim with every pass while the store is away, twice, and return the tokens of both times."""
    claims = await asyncio.gather(*(night.claim(held) for held in passes * 2))
    assert {claimed.status_code for claimed in claims} == {200}
    return [claimed.json()["admission_token"] for claimed in claims]


async def test_each_is_admitted_once(tmp_path: Path, settings: Settings, database_url: str) -> None:
    """Every token opens one session however often it is shown, with the store away, coming back and back."""
    room = {"outage_policy": "open", "new_users_per_minute": 1, "total_active_users": 2}
    async with an_edge_to_cut(tmp_path, settings, **room) as night, a_checkout(night, database_url) as client:
        passes = [(await night.join()).json()["pass"] for _ in range(WAITING)]
        await night.cut()
        passes += [(await night.join()).json()["pass"] for _ in range(NEWCOMERS)]
        tokens = await let_in(night, passes)
        early, late = tokens[: len(passes) // 2], tokens[len(passes) // 2 : len(passes)]

        # With the store away: the checkout's own row lets each in, once.
        opened = [await open_session(client, token) for token in [*early, *tokens[len(passes) : len(passes) + 3]]]
        assert Counter(answer.status_code for answer in opened) == {201: len(early), 403: 3}
        assert {problem(answer) for answer in opened if answer.status_code == 403} == {"admission-required"}
        assert (await Fan(client, opened[0].json()["session"]).bought()).json()["status"] == "paid"

        await night.mend()
        # With the store back: a spent token stays so; who was not inside yet goes in.
        again = [await open_session(client, token) for token in early]
        assert {answer.json()["reason"] for answer in again} == {"used"}
        racing = await asyncio.gather(*(open_session(client, token) for token in late * 3))
        assert Counter(answer.status_code for answer in racing) == {201: len(late), 403: 2 * len(late)}

    sessions = await sessions_by_fan(database_url)
    assert len(sessions) == WAITING + NEWCOMERS
    assert set(sessions.values()) == {1}


async def test_the_unique_row_is_what_admits_once(tmp_path: Path, settings: Settings, database_url: str) -> None:
    """With the checkout's row taken away each time, one token opens session after session: the row is the guard."""
    room = {"outage_policy": "open", "new_users_per_minute": 1, "total_active_users": 2}
    async with an_edge_to_cut(tmp_path, settings, **room) as night, a_checkout(night, database_url) as client:
        await night.cut()
        token, *_ = await let_in(night, [(await night.join()).json()["pass"]])
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
            for _ in range(2):
                assert (await open_session(client, token)).status_code == 201
                await connection.execute("DELETE FROM sessions")
