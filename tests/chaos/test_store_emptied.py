"""The store loses everything in the middle of a night: edges put the room back, passes the fans."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.losses import (
    ROOM,
    AFan,
    Loss,
    Night,
    a_night,
    hold_after_first_chunk,
    hold_before_pin,
    now_ms,
)
from waitroom.queue import State, change_room, release_now
from waitroom.queue.draw import draw_score
from waitroom.queue.merkle import CHUNK_ENTRANTS
from waitroom.queue.verification import Verified, verify
from waitroom.rooms import Phase
from waitroom.settings import Settings

HOUR_MS = 3_600_000
WAYS = [
    pytest.param(Loss.FLUSHED, False, id="flushed"),
    pytest.param(Loss.RESTARTED_WITHOUT_FILE, True, id="restarted-with-edges"),
    pytest.param(Loss.RESTARTED_WITHOUT_FILE, False, id="restarted", marks=pytest.mark.slow),
    pytest.param(Loss.FLUSHED, True, id="flushed-with-edges", marks=pytest.mark.slow),
]

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(90)]


@pytest.fixture
async def night(tmp_path: Path, settings: Settings) -> AsyncIterator[Night]:
    """A store of this test alone."""
    async with a_night(tmp_path, settings) as night:
        yield night


async def proof_of(night: Night) -> Verified:
    """Fetch the draw's proof, and recompute it."""
    response = await night.edges[0].client.get(f"/v1/rooms/{ROOM}/draw")
    assert response.status_code == 200, response.text
    verified = verify(response.text.splitlines())
    assert isinstance(verified, Verified), verified
    return verified


def in_drawn_order(fans: list[AFan], key: bytes) -> list[str]:
    """The fans as the draw puts them."""
    return sorted((fan.fan_id for fan in fans), key=lambda fan_id: draw_score(key, tier=0, fan_id=fan_id))


@pytest.mark.parametrize(("loss", "with_edges"), WAYS)
async def test_in_the_lobby(night: Night, loss: Loss, with_edges: bool) -> None:
    """Everybody of the lobby is in the draw all the same, newcomers of the recovery too, and its proof holds."""
    now = now_ms()
    await night.open(lobby_at=now - HOUR_MS, release_at=now + HOUR_MS, new_users_per_minute=0)
    fans = await night.join(30)
    await night.until(lambda snapshot: snapshot.counts.lobby == 30)

    await night.lose(loss, with_edges=with_edges)
    recovering = await night.until_recovering()
    assert (recovering.phase, recovering.draw.root) == (Phase.LOBBY, None)
    fans += await night.join(5)
    assert await night.present(fans) == ["lobby"] * 35
    assert await night.present(fans) == ["lobby"] * 35
    await night.until_recovered()

    await release_now(night.queue, ROOM, who="test")
    drawn = await night.until(lambda snapshot: snapshot.is_drawn)
    assert drawn.counts.waiting == drawn.draw.entrants == 35
    assert (await proof_of(night)).count == 35
    assert await night.present(fans) == ["waiting"] * 35


@pytest.mark.parametrize(("loss", "with_edges"), WAYS)
async def test_in_the_draw_before_the_pin(
    night: Night, loss: Loss, with_edges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lobby stays closed, its list is made anew of those who come back, and newcomers stand behind."""
    let_go = hold_before_pin(monkeypatch)
    now = now_ms()
    epoch = await night.open(lobby_at=now - HOUR_MS, release_at=now + HOUR_MS, new_users_per_minute=0)
    fans = await night.join(30)
    await release_now(night.queue, ROOM, who="test")
    before = await night.until(lambda snapshot: snapshot.draw.root is not None)
    assert before.draw.seed is None

    await night.lose(loss, with_edges=with_edges)
    recovering = await night.until_recovering()
    assert (recovering.epoch, recovering.phase, recovering.draw.root) == (epoch, Phase.DRAWING, None)
    newcomers = await night.join(5)
    assert await night.present(fans) == ["lobby"] * 30
    let_go()
    # Nothing is listed before all had their time to come back.
    assert (await night.until_recovering()).draw.root is None
    await night.until_recovered()

    drawn = await night.until(lambda snapshot: snapshot.is_drawn)
    assert drawn.draw.root == before.draw.root
    verified = await proof_of(night)
    key = verified.header.draw_key
    assert await night.in_order(fans + newcomers) == in_drawn_order(fans, key) + [fan.fan_id for fan in newcomers]


@pytest.mark.parametrize(("loss", "with_edges"), WAYS)
async def test_in_the_draw_after_the_pin(
    night: Night, loss: Loss, with_edges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is decided: with half of the lobby moved, each fan comes back where the seed drew it."""
    hold_after_first_chunk(monkeypatch)
    now = now_ms()
    await night.open(lobby_at=now - HOUR_MS, release_at=now + HOUR_MS, new_users_per_minute=0)
    fans = await night.join_many(CHUNK_ENTRANTS + 100)
    await release_now(night.queue, ROOM, who="test")
    before = await night.until(lambda snapshot: snapshot.counts.waiting == CHUNK_ENTRANTS)
    assert before.counts.lobby == 100
    assert not before.is_drawn

    await night.lose(loss, with_edges=with_edges)
    recovering = await night.until_recovering()
    assert recovering.draw == before.draw
    assert recovering.is_drawn
    newcomers = await night.join(5)
    some = fans[:150] + fans[-50:]
    assert await night.present(some) == ["waiting"] * 200
    after = await night.until_recovered()
    key = after.draw.draw_key()
    assert key is not None
    assert await night.in_order(some + newcomers) == in_drawn_order(some, key) + [fan.fan_id for fan in newcomers]
    # Who comes later has lost nothing either.
    late = fans[150:180]
    assert [await night.join_again(fan) for fan in late] == ["waiting"] * 30
    expected = in_drawn_order(some + late, key)
    assert await night.in_order(some + late) == expected


@pytest.mark.parametrize(("loss", "with_edges"), WAYS)
async def test_in_the_line(night: Night, loss: Loss, with_edges: bool) -> None:
    """Who waits and who had the turn come back in the same order; nobody has a turn before all could come."""
    await night.open(new_users_per_minute=0)
    fans = await night.join(40)
    await change_room(night.queue, ROOM, {"new_users_per_minute": 600}, who="test")
    await night.until(lambda snapshot: snapshot.counts.admitted >= 8)
    await night.lose(loss, with_edges=with_edges)
    recovering = await night.until_recovering()
    assert recovering.watermark is not None
    newcomers = await night.join(5)
    assert set(await night.present(fans)) == {"waiting"}
    assert await night.in_order(fans + newcomers) == [fan.fan_id for fan in fans + newcomers]
    assert (await night.until_recovering()).counts.admitted == 0
    await night.until(lambda snapshot: snapshot.counts.waiting == 0)
    assert {(await night.standing(fan)).state for fan in fans} == {State.ADMITTED}
