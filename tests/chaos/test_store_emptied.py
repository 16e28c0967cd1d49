"""The store loses everything in the middle of a night: edges put the room back, passes the fans."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.losses import (
    ROOM,
    AFan,
    Edge,
    Loss,
    Night,
    a_night,
    empty,
    hold_after_first_move,
    hold_before_pin,
    now_ms,
)
from tests.patience import until
from waitroom.queue import create_room, release_now
from waitroom.queue.draw import draw_score
from waitroom.queue.moving import ENTRANTS_A_MOVE
from waitroom.queue.verification import Verified, verify
from waitroom.rooms import Phase, RoomSettings
from waitroom.settings import Settings

HOUR_MS = 3_600_000
WAYS = [
    pytest.param(Loss.FLUSHED, False, id="flushed"),
    pytest.param(Loss.RESTARTED_WITHOUT_FILE, True, id="restarted-with-edges"),
    pytest.param(Loss.RESTARTED_WITHOUT_FILE, False, id="restarted", marks=pytest.mark.slow),
    pytest.param(Loss.FLUSHED, True, id="flushed-with-edges", marks=pytest.mark.slow),
]

pytestmark = pytest.mark.chaos


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
    """The order is decided: with half of the lobby in the line, each fan comes back where the seed drew it."""
    hold_after_first_move(monkeypatch)
    now = now_ms()
    await night.open(lobby_at=now - HOUR_MS, release_at=now + HOUR_MS, new_users_per_minute=0)
    fans = await night.join_many(2 * ENTRANTS_A_MOVE)
    await release_now(night.queue, ROOM, who="test")
    before = await night.until(lambda snapshot: snapshot.counts.waiting == ENTRANTS_A_MOVE)
    assert before.counts.lobby == ENTRANTS_A_MOVE
    assert not before.is_drawn
    await night.until_list_is_kept(before.epoch)

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
    await night.until_list_is_kept(after.epoch)
    assert (await proof_of(night)).header.draw_key == key
    # Who comes later has lost nothing either.
    late = fans[150:180]
    assert [await night.join_again(fan) for fan in late] == ["waiting"] * 30
    expected = in_drawn_order(some + late, key)
    assert await night.in_order(some + late) == expected


@pytest.mark.parametrize("with_edges", [False, pytest.param(True, marks=pytest.mark.slow)])
async def test_while_a_room_is_lost_fans_are_asked_to_come_again(night: Night, with_edges: bool) -> None:
    """No fan is told that there is no such room: a join is put off, and a place that was known is told."""
    await night.open(new_users_per_minute=0)
    (fan,) = await night.join(1)
    await night.until(lambda snapshot: snapshot.counts.waiting == 1)
    for edge in night.edges:
        edge.app.state.recovering.restore = put_off
    await night.lose(Loss.FLUSHED, with_edges=with_edges)
    client = night.edges[0].client
    if not with_edges:
        answer = await client.post(f"/v1/rooms/{ROOM}/join", json={})
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/queue-unavailable")
        assert (await night.place(fan))["ahead"] == 0
        form = await client.post(f"/r/{ROOM}/join", headers={"Origin": night.settings.public_url})
        assert (form.status_code, "nothing was lost" in form.text) == (503, True)
    for edge in night.edges:
        vars(edge.app.state.recovering).pop("restore", None)
    await night.until_recovering()
    assert len(await night.join(1)) == 1


def rooms_restored(edge: Edge) -> float:
    """How often this edge put the room back."""
    registry = edge.app.state.metrics.registry
    return registry.get_sample_value("waitroom_rooms_restored_total", {"room": ROOM}) or 0


async def put_off(_room: str) -> None:
    """Stands for an edge that has not looked yet."""


async def test_a_room_that_was_made_anew_is_never_mixed_with_the_old_one(night: Night) -> None:
    """An edge that slept through deletion, new room and loss comes first, and still the new room stands."""
    old_epoch = await night.open(edges=1, new_users_per_minute=0, name="The old one")
    old_fans = await night.join(3)
    await night.until(lambda snapshot: snapshot.counts.waiting == 3)
    (sleeper,) = night.edges
    await sleeper.app.state.recovering.write(everything=True)
    await night.crash_edges()

    await night.queue.delete(ROOM)
    await night.start_edge(night.settings.state_dir / "awake")
    assert night.edges[0].snapshot() is None
    fields = {"new_users_per_minute": 0, "name": "The new one"}
    new_epoch = await create_room(
        night.queue, night.settings.key_source(), ROOM, RoomSettings.model_validate(fields), who="test"
    )
    await night.until(lambda snapshot: snapshot.epoch == new_epoch)
    new_fans = await night.join(2)
    await night.until(lambda snapshot: snapshot.counts.waiting == 2)
    awake = night.edges[0]
    awake.app.state.recovering.restore = put_off
    await empty(night.valkey, Loss.FLUSHED)

    sleeper = await night.start_edge(night.settings.state_dir / "0")
    await until(lambda: rooms_restored(sleeper) > 0)
    vars(awake.app.state.recovering).pop("restore")
    await night.until(lambda snapshot: snapshot.epoch == new_epoch and snapshot.settings.name == "The new one")
    assert old_epoch != new_epoch
    assert (rooms_restored(sleeper), rooms_restored(awake)) == (1, 1)
    assert await night.present(new_fans) == ["waiting"] * 2
    assert await night.in_order(new_fans + old_fans) == [fan.fan_id for fan in new_fans]
    refused = await awake.client.post(
        f"/v1/rooms/{ROOM}/join", json={}, headers={"Authorization": f"Bearer {old_fans[0].queue_pass}"}
    )
    assert refused.json()["type"] == "/problems/other-epoch"
