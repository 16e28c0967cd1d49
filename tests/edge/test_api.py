"""The fan-facing calls, held against the committed contract."""

import asyncio
import json
import secrets
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from edge.routes import routes
from tests.edge.conftest import MakeRoom
from tests.openapi import Contract
from tests.patience import PATIENCE_SECONDS
from waitroom.queue import HealthReport, Queue, change_room, close_room, release_now
from waitroom.queue.draw import draw_score
from waitroom.queue.verification import Verified, verify
from waitroom.settings import Settings
from waitroom.tokens import LOBBY, AdmissionTokenSigner, QueuePass, QueuePassSigner, verify_proof

Json = dict[str, Any]  # Any: JSON values
CONTRACT = Contract("edge/openapi.yaml")


def a_key() -> str:
    """A fresh Idempotency-Key."""
    return secrets.token_hex(16)


def now_ms() -> int:
    """The machine's time."""
    return time.time_ns() // 1_000_000


async def join(client: httpx.AsyncClient, room: str, key: str | None = None, queue_pass: str = "") -> httpx.Response:
    """Join as a client that is no browser."""
    headers = {"Idempotency-Key": key or a_key()} | _bearer(queue_pass)
    response = await client.post(f"/v1/rooms/{room}/join", json={}, headers=headers)
    CONTRACT.check(response)
    return response


async def ask(client: httpx.AsyncClient, method: str, path: str, queue_pass: str = "") -> httpx.Response:
    """Call as the holder of a pass."""
    response = await client.request(method, path, headers=_bearer(queue_pass))
    CONTRACT.check(response)
    return response


def _bearer(queue_pass: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {queue_pass}"} if queue_pass else {}


async def wait_for(client: httpx.AsyncClient, room: str, **wanted: object) -> Json:
    """Return the snapshot as soon as it says all of `wanted`."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            snapshot: Json = (await ask(client, "GET", f"/v1/rooms/{room}")).json()
            if wanted.items() <= snapshot.items():
                return snapshot
            await asyncio.sleep(0.05)


def test_contract_and_routes_name_the_same_calls() -> None:
    """The API, the shared page and its calendar are in the OpenAPI file, and what is in it has a route."""
    ours = {
        (method.lower(), route.path)
        for route in routes()
        if isinstance(route, Route)
        if route.path.startswith(("/v1", "/problems", "/.well-known"))
        or route.path in {"/r/{room}", "/r/{room}/calendar.ics"}
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert ours == CONTRACT.operations()


async def test_snapshot_is_public_and_cacheable(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """The snapshot is the same for everyone: no cookie, a second of cache, open to other sites."""
    room = await make_room(name="The Night")
    response = await ask(client, "GET", f"/v1/rooms/{room}")
    assert response.json()["name"] == "The Night"
    assert response.json()["phase"] == "open"
    assert response.headers["cache-control"] == "public, max-age=1, stale-while-revalidate=5, stale-if-error=60"
    assert response.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in response.headers
    same = await client.get(f"/v1/rooms/{room}", headers={"If-None-Match": response.headers["etag"]})
    assert same.status_code in {304, 200}
    if same.status_code == 200:
        assert same.headers["etag"] != response.headers["etag"]


async def test_an_idle_room_gives_the_turn_at_once(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """Where nobody waits and slots are free, the join itself is the turn."""
    room = await make_room()
    joined = (await join(client, room)).json()
    assert joined["state"] == "admitted"
    assert joined["ahead"] == 0
    placed = (await ask(client, "GET", f"/v1/rooms/{room}/place", joined["pass"])).json()
    assert placed["state"] == "admitted"
    assert placed["claim_by"] > placed["admitted_at"]


async def test_the_way_of_one_fan(client: httpx.AsyncClient, make_room: MakeRoom, edge_settings: Settings) -> None:
    """Join, claim, leave: each call answers as the contract says, and the token opens the room."""
    room = await make_room()
    joined = (await join(client, room)).json()
    claimed = (await ask(client, "POST", f"/v1/rooms/{room}/claim", joined["pass"])).json()
    token = AdmissionTokenSigner(edge_settings.key_source()).verify(claimed["admission_token"], room=room)
    assert token.fan_id == joined["fan_id"]
    assert claimed["enter_url"] == f"{edge_settings.checkout_url}/enter"
    assert (await ask(client, "POST", f"/v1/rooms/{room}/leave", joined["pass"])).status_code == 204
    over = await ask(client, "POST", f"/v1/rooms/{room}/claim", joined["pass"])
    assert (over.status_code, over.json()["reason"]) == (410, "left")


async def test_a_rehearsal_says_so(client: httpx.AsyncClient, make_room: MakeRoom, edge_settings: Settings) -> None:
    """The snapshot of a rehearsal says that it is one, and so does the token of a turn in it."""
    room = await make_room(rehearsal=True)
    assert (await ask(client, "GET", f"/v1/rooms/{room}")).json()["rehearsal"] is True
    joined = (await join(client, room)).json()
    claimed = (await ask(client, "POST", f"/v1/rooms/{room}/claim", joined["pass"])).json()
    assert AdmissionTokenSigner(edge_settings.key_source()).read(claimed["admission_token"]).rehearsal


async def test_repeats_of_impatient_clients(
    client: httpx.AsyncClient, make_room: MakeRoom, edge_settings: Settings
) -> None:
    """Each call three times over gives one place, one turn, one token id."""
    room = await make_room()
    key = a_key()
    joins = await asyncio.gather(*(join(client, room, key) for _ in range(3)))
    assert len({response.json()["fan_id"] for response in joins}) == 1
    held = joins[0].json()["pass"]
    claims = await asyncio.gather(*(ask(client, "POST", f"/v1/rooms/{room}/claim", held) for _ in range(3)))
    assert len({response.json()["enter_at"] for response in claims}) == 1
    signer = AdmissionTokenSigner(edge_settings.key_source())
    assert len({signer.read(response.json()["admission_token"]).token_id for response in claims}) == 1
    snapshot = await wait_for(client, room, active=1)
    assert (snapshot["waiting"], snapshot["admitted"]) == (0, 0)
    for _ in range(3):
        assert (await ask(client, "POST", f"/v1/rooms/{room}/leave", held)).status_code == 204


async def test_who_holds_a_pass_gets_the_standing_place(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """A pass stands over a new key: 200 and the same fan; once the turn is over, 201 and a new one."""
    room = await make_room(new_users_per_minute=0)
    first = (await join(client, room)).json()
    again = await join(client, room, queue_pass=first["pass"])
    assert (again.status_code, again.json()["fan_id"]) == (200, first["fan_id"])
    await ask(client, "POST", f"/v1/rooms/{room}/leave", first["pass"])
    key = a_key()
    anew = [await join(client, room, key, queue_pass=first["pass"]) for _ in range(2)]
    assert [response.status_code for response in anew] == [201, 201]
    assert anew[0].json()["fan_id"] == anew[1].json()["fan_id"] != first["fan_id"]


async def test_a_key_whose_turn_is_over_makes_a_new_fan(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """Who lost the pass and repeats an old key is a new fan at the end, not the one whose turn is over."""
    room = await make_room(new_users_per_minute=0)
    key = a_key()
    first = (await join(client, room, key)).json()
    await ask(client, "POST", f"/v1/rooms/{room}/leave", first["pass"])
    anew = (await join(client, room, key)).json()
    assert anew["fan_id"] != first["fan_id"]
    assert anew["state"] == "waiting"


async def test_lobby_draw_and_place_agree(client: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue) -> None:
    """What the lobby joins is drawn by the published key; place, proof and single proofs all agree."""
    room = await make_room(lobby_at=now_ms() - 1000, release_at=now_ms() + 3_600_000, new_users_per_minute=0)
    fans = [response.json() for response in await asyncio.gather(*(join(client, room) for _ in range(40)))]
    assert {fan["state"] for fan in fans} == {"lobby"}
    in_lobby = (await ask(client, "GET", f"/v1/rooms/{room}/place", fans[0]["pass"])).json()
    assert (in_lobby["state"], in_lobby["ahead"]) == ("lobby", None)
    assert (await ask(client, "GET", f"/v1/rooms/{room}/draw")).status_code == 404
    await release_now(edge_queue, room, who="test")
    await wait_for(client, room, phase="open")

    proof = (await ask(client, "GET", f"/v1/rooms/{room}/draw")).text.splitlines()
    assert isinstance(verify(proof), Verified)
    draw_key = bytes.fromhex(json.loads(proof[0])["draw_key"])
    order = sorted(fans, key=lambda fan: draw_score(draw_key, tier=fan["tier"], fan_id=fan["fan_id"]))
    for ahead, fan in enumerate(order):
        placed = (await ask(client, "GET", f"/v1/rooms/{room}/place", fan["pass"])).json()
        assert placed["state"] == "waiting"
        assert placed["ahead"] == pytest.approx(ahead, abs=max(1, ahead * 0.05))
        single = (await ask(client, "GET", f"/v1/rooms/{room}/draw/{fan['fan_id']}")).json()
        assert single["rank"] == ahead
    stranger = await ask(client, "GET", f"/v1/rooms/{room}/draw/{'A' * 22}")
    assert stranger.status_code == 404


async def test_a_waiting_place_asks_no_store(
    client: httpx.AsyncClient, make_room: MakeRoom, edge_app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place of a fan who waits comes from the snapshot: not one command goes to the store."""
    room = await make_room(new_users_per_minute=0)
    fans = [(await join(client, room)).json() for _ in range(3)]
    await wait_for(client, room, waiting=3)

    async def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("the store was asked")

    monkeypatch.setattr(edge_app.state.queue, "standing", refuse)
    places = [(await ask(client, "GET", f"/v1/rooms/{room}/place", fan["pass"])).json() for fan in fans]
    assert [place["ahead"] for place in places] == [0, 1, 2]
    assert places[0]["poll_after"] == 2


async def test_a_full_ceiling_keeps_the_turn(client: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue) -> None:
    """Who finds no free slot is told to ask again with nobody ahead, and has not lost the turn."""
    room = await make_room()
    fan = (await join(client, room)).json()
    await change_room(edge_queue, room, {"total_active_users": 0}, who="test")
    full = await ask(client, "POST", f"/v1/rooms/{room}/claim", fan["pass"])
    assert (full.status_code, full.json()["ahead"]) == (409, 0)
    assert full.json()["poll_after"] > 0
    await change_room(edge_queue, room, {"total_active_users": 1}, who="test")
    assert (await ask(client, "POST", f"/v1/rooms/{room}/claim", fan["pass"])).status_code == 200


async def test_refusals_by_phase_and_switch(client: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue) -> None:
    """Before the lobby, while paused and after the close each refusal has its own name."""
    room = await make_room(lobby_at=now_ms() + 3_600_000, release_at=now_ms() + 7_200_000)
    early = await join(client, room)
    assert (early.status_code, early.json()["type"]) == (403, "/problems/room-not-open")
    assert early.json()["lobby_at"].endswith("Z")
    await change_room(edge_queue, room, {"lobby_at": now_ms() - 1000, "release_at": now_ms()}, who="test")
    await wait_for(client, room, phase="open")
    fan = (await join(client, room)).json()
    await change_room(edge_queue, room, {"paused": True}, who="test")
    paused = await ask(client, "POST", f"/v1/rooms/{room}/claim", fan["pass"])
    assert (paused.status_code, paused.json()["type"]) == (403, "/problems/room-paused")
    await close_room(edge_queue, room, who="test")
    closed = await join(client, room)
    assert (closed.status_code, closed.json()["type"]) == (403, "/problems/room-closed")


async def test_passes_that_do_not_hold(client: httpx.AsyncClient, make_room: MakeRoom, edge_settings: Settings) -> None:
    """A forged pass is no pass; one of another epoch is refused, and its cookie taken back."""
    room = await make_room()
    for queue_pass in ("", "forged", "a.b.c", "x" * 5000):
        response = await ask(client, "GET", f"/v1/rooms/{room}/place", queue_pass)
        assert (response.status_code, response.json()["type"]) == (403, "/problems/pass-required")
    other = QueuePass(epoch="another", fan_id="A" * 22, score=LOBBY, tier=0, joined_at_ms=0)
    foreign = QueuePassSigner(edge_settings.key_source()).sign(other)
    refused = await join(client, room, queue_pass=foreign)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/other-epoch")
    assert "Max-Age=0" in refused.headers["set-cookie"]


async def test_a_browser_gets_its_pass_as_a_cookie_alone(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """Scripts of the page never see the pass."""
    room = await make_room()
    headers = {"Sec-Fetch-Site": "same-origin", "Idempotency-Key": a_key()}
    response = await client.post(f"/v1/rooms/{room}/join", headers=headers)
    CONTRACT.check(response)
    assert response.json()["pass"] is None
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"waitroom-pass-{room}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert response.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("content", "status", "name"),
    [
        (b'{"code_": 1}', 422, "validation-failed"),
        (b"[1]", 400, "malformed-body"),
        (b"{", 400, "malformed-body"),
        (b"[" * 60_000, 400, "malformed-body"),
        (b" " * 70_000, 413, "body-too-large"),
    ],
)
async def test_bad_bodies_are_named(
    client: httpx.AsyncClient, make_room: MakeRoom, content: bytes, status: int, name: str
) -> None:
    """A body that is not as documented is refused by name, before anything is done."""
    room = await make_room()
    response = await client.post(f"/v1/rooms/{room}/join", content=content, headers={"Idempotency-Key": a_key()})
    CONTRACT.check(response)
    assert (response.status_code, response.json()["type"]) == (status, f"/problems/{name}")


@pytest.mark.parametrize("call", sorted(path for method, path in CONTRACT.operations() if method == "post"))
async def test_every_call_takes_a_body_alike(client: httpx.AsyncClient, make_room: MakeRoom, call: str) -> None:
    """The contract tells of each POST that a body may be no JSON object, or too large."""
    path = call.format(room=await make_room())
    for content, status in ((b"[1]", 400), (b" " * 70_000, 413)):
        response = await client.post(path, content=content)
        CONTRACT.check(response)
        assert response.status_code == status


@pytest.mark.parametrize("key", ["short", "ü" * 20, "x" * 129])
async def test_weak_idempotency_keys_are_refused(client: httpx.AsyncClient, make_room: MakeRoom, key: str) -> None:
    """A key that others could guess, or that is no key, makes no fan."""
    room = await make_room()
    response = await client.post(f"/v1/rooms/{room}/join", headers=[(b"idempotency-key", key.encode("utf-8"))])
    CONTRACT.check(response)
    assert response.status_code == 400


async def test_unknown_rooms_and_addresses(client: httpx.AsyncClient, make_room: MakeRoom) -> None:
    """What does not exist is a 404 problem that has a page."""
    await make_room()
    for path in ("/v1/rooms/nowhere", "/v1/rooms/nowhere/place", "/v1/rooms/nowhere/draw"):
        missing = await ask(client, "GET", path)
        assert (missing.status_code, missing.json()["type"]) == (404, "/problems/room-missing")
    assert (await client.get("/nothing")).json()["type"] == "/problems/not-found"
    page = await ask(client, "GET", "/problems/room-missing")
    assert "no such waiting room" in page.text
    assert (await ask(client, "GET", "/problems/no-such-problem")).status_code == 404


async def test_public_keys_verify_what_the_edge_signs(client: httpx.AsyncClient, edge_settings: Settings) -> None:
    """The published halves are those of the signing keys, and no more."""
    response = await ask(client, "GET", "/.well-known/waitroom-keys.json")
    assert {key["kid"] for key in response.json()["keys"]} == {"test"}
    signing = edge_settings.signing()
    text = signing.sign({"a": 1}, purpose="test")
    assert verify_proof(text, purpose="test", public=signing.public()) == {"a": 1}
    assert "d" not in response.json()["keys"][0]


async def test_the_chance_is_told_from_what_is_left(
    client: httpx.AsyncClient, make_room: MakeRoom, edge_queue: Queue
) -> None:
    """Who waits is told whether a seat is likely: unknown at first, then by the checkout's reports, then none."""
    room = await make_room(new_users_per_minute=0)
    fans = [(await join(client, room)).json()["pass"] for _ in range(10)]
    await wait_for(client, room, waiting=10)

    async def chances() -> list[str | None]:
        places = [(await ask(client, "GET", f"/v1/rooms/{room}/place", held)).json() for held in fans]
        return [place["chance"] for place in places]

    assert await chances() == [None] * 10
    report = HealthReport(reporter="c", latency_ms=1, seats_left=11, seats_a_buyer=2.0)
    await edge_queue.health(room, report=report)
    await wait_for(client, room, seats_left=11)
    # Two seats each and a tenth more: five fans are sure of 11 seats.
    assert await chances() == ["likely"] * 5 + ["unlikely"] * 5
    await edge_queue.health(room, report=replace(report, seats_left=0))
    await wait_for(client, room, sold_out=True)
    assert await chances() == ["none"] * 10
