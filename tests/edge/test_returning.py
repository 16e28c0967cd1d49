"""A fan whom the room has forgotten is put back by whatever the fan does next."""

import asyncio
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from starlette.applications import Starlette

from edge.cookies import pass_cookie_name
from edge.returning import Returning
from tests.edge.conftest import MakeRoom
from tests.factories import a_fan
from waitroom.queue import Queue, RestoreCoalescer, Standing, State
from waitroom.queue.keys import Keys
from waitroom.queue.scores import ARRIVALS
from waitroom.settings import Settings
from waitroom.tokens import LOBBY, QueuePass

Json = dict[str, Any]  # Any: JSON values


async def join(client: httpx.AsyncClient, room: str, queue_pass: str | None = None) -> httpx.Response:
    """Join, with a pass or as a newcomer."""
    headers = {"Authorization": f"Bearer {queue_pass}"} if queue_pass else {}
    return await client.post(f"/v1/rooms/{room}/join", json={}, headers=headers)


async def get_place(client: httpx.AsyncClient, room: str, queue_pass: str) -> Json:
    """Ask where a fan stands."""
    answer = await client.get(f"/v1/rooms/{room}/place", headers={"Authorization": f"Bearer {queue_pass}"})
    assert answer.status_code == 200, answer.text
    place: Json = answer.json()
    return place


async def forget(store: Redis, room: str) -> None:
    """Lose the room's fans, as a failover's last second is lost: the room itself stands."""
    await store.delete(*[Keys(room).part(part) for part in ("lobby", "waiting", "admitted", "active", "turns")])


async def lose(edge_app: Starlette, store: Redis, room: str) -> None:
    """Lose the room with everything, and wait until the edge shows it recovering."""
    await store.delete(*Keys(room).all)
    edge_app.state.advancing.wake(room)
    while not edge_app.state.boards.get(room).snapshot.is_recovering:
        await sleep_a_moment()


async def sleep_a_moment() -> None:
    """Let the edge's loops run."""
    await asyncio.sleep(0.02)


async def standing(queue: Queue, room: str, fan_id: str) -> Standing:
    """Ask the store itself."""
    answer = await queue.standing(room, fan_id=fan_id)
    assert isinstance(answer, Standing)
    return answer


async def test_a_join_with_the_pass(
    client: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue, store: Redis
) -> None:
    """The same fan stands at the same score again; nobody new came."""
    room = await make_room(new_users_per_minute=0)
    before = (await join(client, room)).json()
    await forget(store, room)
    newcomer = (await join(client, room)).json()
    again = await join(client, room, before["pass"])
    assert (again.status_code, again.json()["fan_id"]) == (200, before["fan_id"])
    assert (again.json()["score"], again.json()["ahead"]) == (before["score"], 0)
    assert (await standing(edge_queue, room, newcomer["fan_id"])).ahead == 1


async def test_a_claim_with_the_pass(
    client: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue, store: Redis
) -> None:
    """Who presses the button of a turn that was lost stands at the head of the line, and is told so."""
    room = await make_room(new_users_per_minute=0)
    before = (await join(client, room)).json()
    await forget(store, room)
    headers = {"Authorization": f"Bearer {before['pass']}"}
    answer = await client.post(f"/v1/rooms/{room}/claim", json={}, headers=headers)
    assert (answer.status_code, answer.json()["ahead"]) == (409, 0)
    assert (await standing(edge_queue, room, before["fan_id"])).score == before["score"]


async def test_asking_for_the_place_while_the_room_recovers(
    edge_app: Starlette, client: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue, store: Redis
) -> None:
    """The question puts the fan back; no place is told from a line that is incomplete, to newcomers neither."""
    room = await make_room(new_users_per_minute=0)
    fans = [(await join(client, room)).json() for _ in range(3)]
    await lose(edge_app, store, room)
    last = await get_place(client, room, fans[2]["pass"])
    assert (last["state"], last["ahead"], last["wait_seconds"], last["poll_after"]) == ("waiting", None, None, 20)
    assert (await standing(edge_queue, room, fans[2]["fan_id"])).score == fans[2]["score"]
    newcomer = (await join(client, room)).json()
    assert (newcomer["state"], newcomer["ahead"], newcomer["wait_seconds"]) == ("waiting", None, None)
    assert newcomer["score"] > fans[2]["score"]


async def test_the_page_without_javascript_does_it_by_itself(
    edge_app: Starlette,
    client: httpx.AsyncClient,
    make_room: MakeRoom,
    edge_queue: Queue,
    edge_settings: Settings,
    store: Redis,
) -> None:
    """The fan's own page, as it refreshes, puts the fan back and says that the place is kept."""
    room = await make_room(new_users_per_minute=0)
    fan = (await join(client, room)).json()
    await lose(edge_app, store, room)
    cookie = {"Cookie": f"{pass_cookie_name(room, edge_settings)}={fan['pass']}"}
    page = await client.get(f"/r/{room}/place", headers=cookie)
    assert page.status_code == 200
    assert "is being restored after a fault. Your place is kept" in page.text
    assert 'http-equiv="refresh"' in page.text
    assert (await standing(edge_queue, room, fan["fan_id"])).score == fan["score"]


async def test_who_is_done_joins_anew(
    edge_app: Starlette, client: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue, store: Redis
) -> None:
    """While the room recovers, too, a pass whose turn is known to be over makes a new fan behind."""
    room = await make_room(new_users_per_minute=0)
    fan = (await join(client, room)).json()
    await lose(edge_app, store, room)
    await edge_queue.finish(room, epoch=fan["epoch"], fan_id=fan["fan_id"])
    assert (await get_place(client, room, fan["pass"]))["state"] == "finished"
    again = await join(client, room, fan["pass"])
    assert again.status_code == 201
    assert again.json()["fan_id"] != fan["fan_id"]


@pytest.mark.parametrize(("is_entrant", "is_drawn"), [(None, True), (True, True), (False, False)])
async def test_a_drawn_place_is_for_those_whom_the_list_holds(
    edge_app: Starlette,
    make_room: MakeRoom,
    edge_queue: Queue,
    is_entrant: bool | None,
    is_drawn: bool,
) -> None:
    """Where the list is kept and does not name the fan, the pass of a lobby is worth a newcomer's place."""
    room = await make_room(lobby_at=1, release_at=2, new_users_per_minute=0)
    boards = edge_app.state.boards
    while not boards.get(room).snapshot.is_drawn:
        await sleep_a_moment()
    snapshot = boards.get(room).snapshot

    async def tell(_snapshot: object, _held: object) -> bool | None:
        return is_entrant

    restores = RestoreCoalescer(edge_queue)
    held = QueuePass(epoch=snapshot.epoch, fan_id=a_fan(), score=LOBBY, tier=0, joined_at_ms=0)
    answer = await Returning(edge_queue, restores, is_entrant=tell).put_back(snapshot, held)
    await restores.close()
    assert answer.state is State.WAITING
    assert answer.score is not None
    assert (answer.score < ARRIVALS) is is_drawn
