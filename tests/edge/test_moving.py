"""A place moves to another device: the new one has it and the old one no more, whatever happens at the same moment."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from starlette.applications import Starlette

from edge.cookies import pass_cookie_name
from tests.edge.conftest import ADDRESS, MakeRoom
from tests.edge.test_api import CONTRACT, a_key, ask, join
from tests.edge.test_returning import forget, lose
from tests.patience import until
from tests.waitroom.queue.races import disarm
from waitroom.settings import Settings
from waitroom.tokens import QueuePassSigner

Json = dict[str, Any]  # Any: JSON values


async def take_over(client: httpx.AsyncClient, room: str, code: str, key: str | None = None) -> httpx.Response:
    """Type the code on a device that has no pass."""
    headers = {"Idempotency-Key": key} if key else {}
    response = await client.post(f"/v1/rooms/{room}/take-over", json={"code": code}, headers=headers)
    CONTRACT.check(response)
    return response


async def code_of(client: httpx.AsyncClient, room: str, queue_pass: str, what: str = "move") -> str:
    """Make a code with a pass."""
    response = await ask(client, "POST", f"/v1/rooms/{room}/{what}", queue_pass)
    assert response.status_code == 201, response.text
    code: str = response.json()["code"]
    return code


async def moved(client: httpx.AsyncClient, room: str) -> tuple[Json, Json]:
    """A fan who has moved: what the old device has, and the new one."""
    old = (await join(client, room)).json()
    new = (await take_over(client, room, await code_of(client, room, old["pass"]))).json()
    return old, new


def name_of(response: httpx.Response) -> str:
    """The problem of an answer."""
    name: str = response.json().get("type", "").removeprefix("/problems/")
    return name


async def test_the_new_device_has_the_place(
    client: httpx.AsyncClient, make_room: MakeRoom, edge_settings: Settings
) -> None:
    """The same fan at the same place, by a pass that tells of the move; for a browser it is the cookie."""
    room = await make_room(new_users_per_minute=0)
    old, new = await moved(client, room)
    same = ("fan_id", "score", "tier", "joined_at", "ahead", "state")
    assert [new[name] for name in same] == [old[name] for name in same]
    assert QueuePassSigner(edge_settings.key_source()).read(new["pass"]).moves == 1
    again = await join(client, room, queue_pass=new["pass"])
    assert (again.status_code, again.json()["fan_id"]) == (200, old["fan_id"])
    assert QueuePassSigner(edge_settings.key_source()).read(again.json()["pass"]).moves == 1
    code = await code_of(client, room, new["pass"])
    body, headers = {"code": code}, {"Sec-Fetch-Site": "same-origin"}
    third = await client.post(f"/v1/rooms/{room}/take-over", json=body, headers=headers)
    assert third.json()["pass"] is None
    assert pass_cookie_name(room, edge_settings) in third.headers["set-cookie"]


async def test_the_old_device_has_it_no_more(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """Its page is told so, and whatever it tries is refused; it may join anew, at the end, and once."""
    room = await make_room(new_users_per_minute=0)
    old, new = await moved(client, room)
    placed = (await ask(client, "GET", f"/v1/rooms/{room}/place", old["pass"])).json()
    assert (placed["state"], placed["ahead"], placed["claim_by"], placed["poll_after"]) == ("moved", None, None, 20)
    for call in ("claim", "leave", "receipt", "more-time", "move", "support"):
        refused = await ask(client, "POST", f"/v1/rooms/{room}/{call}", old["pass"])
        assert (refused.status_code, name_of(refused)) == (403, "pass-moved"), call
    refused = await join(client, room, queue_pass=old["pass"])
    assert (refused.status_code, name_of(refused)) == (403, "pass-moved")
    headers = {"Idempotency-Key": a_key(), "Authorization": f"Bearer {old['pass']}"}
    anew = [await client.post(f"/v1/rooms/{room}/join", json={"anew": True}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in anew] == [201, 201]
    assert len({answer.json()["fan_id"] for answer in anew} | {old["fan_id"]}) == 2
    assert anew[0].json()["ahead"] == 1
    assert (await ask(client, "GET", f"/v1/rooms/{room}/place", new["pass"])).json()["ahead"] == 0


async def test_the_key_of_the_join_brings_nothing_back(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """Who repeats the old device's join, without its pass, is a new fan: the key is no way back."""
    room = await make_room(new_users_per_minute=0)
    key = a_key()
    old = (await join(client, room, key)).json()
    await take_over(client, room, await code_of(client, room, old["pass"]))
    again = [(await join(client, room, key)).json() for _ in range(2)]
    assert again[0]["fan_id"] == again[1]["fan_id"] != old["fan_id"]


async def test_a_code_as_people_type_it(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """Small letters, spaces, and what looks alike make no difference."""
    room = await make_room(new_users_per_minute=0)
    fan = (await join(client, room)).json()
    while not set("01") & set(code := await code_of(client, room, fan["pass"])):
        continue
    typed = " " + code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert (await take_over(client, room, typed)).json()["fan_id"] == fan["fan_id"]


async def test_one_refusal_for_all(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """A code that was never made, was used or replaced, or of another kind, is refused alike; who guesses is slowed."""
    room = await make_room(new_users_per_minute=0)
    fan = (await join(client, room)).json()
    replaced = await code_of(client, room, fan["pass"])
    used = await code_of(client, room, fan["pass"])
    support = await code_of(client, room, fan["pass"], "support")
    new = (await take_over(client, room, used)).json()
    answers = [await take_over(client, room, code) for code in (replaced, used, support, "7GQ4-K2MX", "?")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(403, answers[0].text)}
    assert name_of(answers[0]) == "move-code-refused"
    slowed = await take_over(client, room, await code_of(client, room, new["pass"]))
    assert (slowed.status_code, name_of(slowed)) == (429, "too-many-guesses")
    assert int(slowed.headers["retry-after"]) > 0


async def test_repeated_after_a_lost_reply(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """The same key gives the same answer; another device does not, with a key of its own or none."""
    room = await make_room(new_users_per_minute=0)
    fan = (await join(client, room)).json()
    code, key = await code_of(client, room, fan["pass"]), a_key()
    answers = [(await take_over(client, room, code, key)).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    for other in (a_key(), None):
        assert (await take_over(client, room, code, other)).status_code == 403


async def test_another_sites_form_moves_nothing(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """No other site can put a stranger's place, or a new one, into a browser that has its own."""
    room = await make_room(new_users_per_minute=0)
    fan = (await join(client, room)).json()
    code = await code_of(client, room, fan["pass"])
    for path, body in (("take-over", {"code": code}), ("join", {})):
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            refused = await client.post(f"/v1/rooms/{room}/{path}", json=body, headers=headers)
            assert (refused.status_code, name_of(refused)) == (403, "cross-site")
            assert "set-cookie" not in refused.headers
    own = {"Origin": ADDRESS}
    assert (await client.post(f"/v1/rooms/{room}/join", json={}, headers=own)).status_code == 201


@pytest.mark.parametrize("act", ["claim", "leave", "more-time", "move", "support", "receipt"])
@pytest.mark.parametrize("sent", [{"Sec-Fetch-Site": "same-site"}, {"Origin": "http://shop.edge.test"}])
async def test_a_neighbours_form_acts_for_nobody(
    client: httpx.AsyncClient, make_room: MakeRoom, act: str, sent: dict[str, str]
) -> None:
    """A page of another host below our own domain, whose form brings the cookie along, can give nobody's place away."""
    room = await make_room(new_users_per_minute=0)
    fan = (await join(client, room)).json()
    own = {"Cookie": f"waitroom-pass-{room}={fan['pass']}"}
    refused = await client.post(f"/v1/rooms/{room}/{act}", content="{}", headers=sent | own)
    assert (refused.status_code, name_of(refused)) == (403, "cross-site")
    assert (await ask(client, "GET", f"/v1/rooms/{room}/place", fan["pass"])).json()["state"] == "waiting"


async def race_for(client: httpx.AsyncClient, room: str) -> Counter[int]:
    """Ten devices type one code at one moment."""
    fan = (await join(client, room)).json()
    code = await code_of(client, room, fan["pass"])
    return Counter(
        answer.status_code
        for answer in await asyncio.gather(*(take_over(client, room, code, a_key()) for _ in range(10)))
    )


async def test_one_device_wins(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """Of ten devices that type one code at once, one has the place."""
    assert await race_for(client, await make_room(new_users_per_minute=0)) == {200: 1, 403: 9}


async def test_two_winners_are_noticed(
    client: httpx.AsyncClient, make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the code's use being noted, more than one device has the place."""
    disarm(monkeypatch, "redis.call('HSET', MOVES, ARGV[3], held)", "")
    assert (await race_for(client, await make_room(new_users_per_minute=0)))[200] > 1


async def test_a_claim_at_the_same_moment(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """Old device's claim and new device's take-over at once: one slot, and the new device has the visit either way."""
    room = await make_room()
    fans = [(await join(client, room)).json() for _ in range(8)]
    codes = [await code_of(client, room, fan["pass"]) for fan in fans]
    calls = []
    for fan, code in zip(fans, codes, strict=True):
        calls += [ask(client, "POST", f"/v1/rooms/{room}/claim", fan["pass"]), take_over(client, room, code)]
    answers = await asyncio.gather(*calls)
    for claimed, taken in zip(answers[::2], answers[1::2], strict=True):
        assert claimed.status_code == 200 or name_of(claimed) == "pass-moved"
        visit = await ask(client, "POST", f"/v1/rooms/{room}/claim", taken.json()["pass"])
        assert visit.status_code == 200
        if claimed.status_code == 200:
            assert visit.json()["enter_at"] == claimed.json()["enter_at"]
    snapshot = (await ask(client, "GET", f"/v1/rooms/{room}")).json()
    assert snapshot["active"] <= len(fans)


async def test_an_old_pass_costs_no_command(
    client: httpx.AsyncClient, make_room: MakeRoom, edge_app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the edge has read who moved, the old page polls without the store, and so do all others, whoever moved."""
    room = await make_room(new_users_per_minute=0)
    other = (await join(client, room)).json()
    old, new = await moved(client, room)
    await until(lambda: edge_app.state.boards.get(room).snapshot.counts.waiting == 2)

    async def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("the store was asked")

    monkeypatch.setattr(edge_app.state.queue, "standing", refuse)
    for fan, state in ((old, "moved"), (new, "waiting"), (other, "waiting")):
        assert (await ask(client, "GET", f"/v1/rooms/{room}/place", fan["pass"])).json()["state"] == state


async def test_another_edge_learns_it(client: httpx.AsyncClient, make_room: MakeRoom, edge_app: Starlette) -> None:
    """An edge through which nobody moved tells the old page within its next looks at the room."""
    room = await make_room(new_users_per_minute=0)
    old, _ = await moved(client, room)
    known = edge_app.state.moving._moved
    known.forget(room)
    await until(lambda: known.is_away(room, QueuePassSigner(edge_app.state.settings.key_source()).read(old["pass"])))


async def test_after_the_room_is_lost(
    edge_app: Starlette, client: httpx.AsyncClient, make_room: MakeRoom, store: Redis
) -> None:
    """The pass that tells of the move brings the fan back; the old one does not beat it, in either order."""
    room = await make_room(new_users_per_minute=0)
    fans = [await moved(client, room) for _ in range(2)]
    known = edge_app.state.moving._moved
    await lose(edge_app, store, room)
    known.forget(room)
    for order in ((1, 0), (0, 1)):
        old, new = fans.pop()
        for which in order:
            await ask(client, "GET", f"/v1/rooms/{room}/place", (old, new)[which]["pass"])
        for fan, status in ((old, 403), (new, 200)):
            answer = await join(client, room, queue_pass=fan["pass"])
            if status == 200:
                assert (answer.status_code, answer.json()["fan_id"]) == (200, old["fan_id"])
        claim = await ask(client, "POST", f"/v1/rooms/{room}/claim", old["pass"])
        assert name_of(claim) == "pass-moved"


async def test_a_forgotten_fan_moves_all_the_same(client: httpx.AsyncClient, make_room: MakeRoom, store: Redis) -> None:
    """Who was lost with a failover's last second can offer the place, and whoever takes it over is put back."""
    room = await make_room(new_users_per_minute=0)
    fan = (await join(client, room)).json()
    await forget(store, room)
    code = await code_of(client, room, fan["pass"])
    await forget(store, room)
    new = (await take_over(client, room, code)).json()
    assert (new["fan_id"], new["score"], new["state"]) == (fan["fan_id"], fan["score"], "waiting")


async def test_more_time(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """Who has the turn gets more time, ten times; whose turn it is not, or is over, is told so."""
    room = await make_room(claim_minutes=1)
    fan = (await join(client, room)).json()
    placed = (await ask(client, "GET", f"/v1/rooms/{room}/place", fan["pass"])).json()
    answers = [await ask(client, "POST", f"/v1/rooms/{room}/more-time", fan["pass"]) for _ in range(12)]
    told = [answer.json()["claim_by"] for answer in answers if answer.status_code == 200]
    assert told == sorted(told)
    assert told[-1] >= placed["claim_by"]
    assert {name_of(answer) for answer in answers if answer.status_code != 200} <= {"no-more-time"}
    await ask(client, "POST", f"/v1/rooms/{room}/leave", fan["pass"])
    over = await ask(client, "POST", f"/v1/rooms/{room}/more-time", fan["pass"])
    assert (over.status_code, over.json()["reason"]) == (410, "left")


async def test_no_more_time_for_who_waits(client: httpx.AsyncClient, make_room: MakeRoom, store: Redis) -> None:
    """Who waits is told how many are ahead, also after having been forgotten."""
    room = await make_room(new_users_per_minute=0)
    fan = (await join(client, room)).json()
    for _ in range(2):
        early = await ask(client, "POST", f"/v1/rooms/{room}/more-time", fan["pass"])
        assert (early.status_code, early.json()["ahead"]) == (409, 0)
        await forget(store, room)
