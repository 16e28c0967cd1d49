"""The store loses everything while turns are given and fans are inside: edges, passes and the checkout put it back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from checkout.app import create_app as create_checkout
from checkout.seeding import seed_stadium
from tests.chaos.losses import ROOM, AFan, Loss, Night, a_night
from tests.checkout.conftest import HALL
from tests.checkout.fans import ADDRESS, a_key
from tests.patience import PATIENCE_SECONDS
from tests.waitroom.queue.races import overfull
from waitroom.clock import parse_rfc3339
from waitroom.queue import State, change_room
from waitroom.settings import Settings

PER_SECOND = 5
FANS = 26
WAYS = [
    pytest.param(Loss.FLUSHED, True, id="flushed-with-edges"),
    pytest.param(Loss.FLUSHED, False, id="flushed", marks=pytest.mark.slow),
    pytest.param(Loss.RESTARTED_WITHOUT_FILE, False, id="restarted", marks=pytest.mark.slow),
    pytest.param(Loss.RESTARTED_WITHOUT_FILE, True, id="restarted-with-edges", marks=pytest.mark.slow),
]

pytestmark = pytest.mark.chaos


@pytest.fixture
async def night(tmp_path: Path, checkout_settings: Settings) -> AsyncIterator[Night]:
    """A store of this test alone, and a database with a small hall."""
    async with await psycopg.AsyncConnection.connect(
        checkout_settings.database_url.get_secret_value(), autocommit=True
    ) as connection:
        await seed_stadium(connection, event="gig", room=ROOM, tiers=HALL)
    async with a_night(tmp_path, checkout_settings) as night:
        yield night


@pytest.fixture
async def checkout(night: Night) -> AsyncIterator[httpx.AsyncClient]:
    """A running checkout that reports to the room."""
    app = create_checkout(night.settings)
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield client


class Doors:
    """Claims turns and goes in, and keeps what was given."""

    def __init__(self, night: Night, checkout: httpx.AsyncClient) -> None:
        self._night = night
        self._checkout = checkout
        self.claims: dict[str, dict[str, Any]] = {}  # Any: JSON values
        self.moments: list[float] = []

    async def claim(self, fan: AFan) -> int:
        """Try to take a turn; the answer's status."""
        answer = await self._night.claim(fan)
        if answer.status_code == 200 and fan.fan_id not in self.claims:
            self.claims[fan.fan_id] = answer.json()
            self.moments.append(parse_rfc3339(answer.json()["enter_at"]) / 1000)
        return answer.status_code

    async def enter(self, fan: AFan) -> str:
        """Go in with the token, and return the session."""
        token = self.claims[fan.fan_id]["admission_token"]
        headers = {"Idempotency-Key": a_key()}
        answer = await self._checkout.post("/v1/sessions", json={"admission_token": token}, headers=headers)
        return str(answer.json().get("session", answer.json().get("reason")))

    async def leave(self, session: str) -> None:
        """End a session."""
        headers = {"Authorization": f"Bearer {session}"}
        assert (await self._checkout.delete("/v1/sessions/current", headers=headers)).status_code == 204


@pytest.mark.parametrize(("loss", "with_edges"), WAYS)
async def test_in_the_line(night: Night, checkout: httpx.AsyncClient, loss: Loss, with_edges: bool) -> None:
    """Who waits stands in the same order, who is inside is counted, who has finished does not come back."""
    doors = Doors(night, checkout)
    await night.open(new_users_per_minute=0, total_active_users=1000, claim_minutes=10)
    fans = await night.join(FANS)
    await change_room(night.queue, ROOM, {"new_users_per_minute": PER_SECOND * 60}, who="test")
    await night.until(lambda snapshot: snapshot.counts.admitted >= 8)
    inside, finished, claimed = fans[0:3], fans[3:5], fans[5:7]
    assert [await doors.claim(fan) for fan in fans[:7]] == [200] * 7
    for fan in inside:
        await doors.enter(fan)
    for fan in finished:
        await doors.leave(await doors.enter(fan))

    await night.lose(loss, with_edges=with_edges)
    recovering = await night.until_recovering()
    assert recovering.counts.admitted == 0
    newcomers = await night.join(4)
    await night.present(fans)
    # With a token that was given before the loss a fan goes in at once; the slot counts.
    await doors.enter(claimed[0])
    await until_told(night, inside, finished)
    assert {(await night.standing(fan)).state for fan in (*inside, claimed[0])} == {State.ACTIVE}
    assert {(await night.standing(fan)).state for fan in finished} == {State.FINISHED}
    waiting = [claimed[1], *fans[7:], *newcomers]
    assert await night.in_order(fans + newcomers) == [fan.fan_id for fan in waiting]
    snapshot = await night.until(lambda snapshot: snapshot.counts.waiting == len(waiting))
    assert snapshot.is_recovering
    assert snapshot.counts.admitted == 0
    await night.until_recovered()

    await until_all_have_claimed(doors, waiting)
    assert len(doors.claims) == FANS + 4
    order = sorted(doors.claims, key=lambda fan_id: doors.claims[fan_id]["enter_at"])
    assert order[7:] == [fan.fan_id for fan in waiting[1:]]
    # The one fan who claimed on both sides of the loss has one session all the same.
    assert await doors.enter(claimed[0]) == "used"
    assert overfull(doors.moments, per_second=PER_SECOND, depth=PER_SECOND, windows=[0.5, 1, 2, 5, 10]) == []


async def until_told(night: Night, inside: list[AFan], finished: list[AFan]) -> None:
    """Wait until the checkout has told the room who is inside and who is done."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            states = [(await night.standing(fan)).state for fan in inside + finished]
            if states == [State.ACTIVE] * len(inside) + [State.FINISHED] * len(finished):
                return
            await asyncio.sleep(0.1)


async def until_all_have_claimed(doors: Doors, fans: list[AFan]) -> None:
    """Claim each turn as it comes, the head of the line first."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        for fan in fans:
            while await doors.claim(fan) != 200:
                await asyncio.sleep(0.05)
