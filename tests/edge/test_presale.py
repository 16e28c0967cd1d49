"""Presale codes at the edge: joining with one, being refused, and what guessing costs; by HTTP."""

import asyncio
from collections.abc import AsyncIterator
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_network

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from edge.app import create_app
from tests.edge.conftest import ADDRESS, MakeRoom
from tests.edge.test_api import CONTRACT, a_key, ask, wait_for
from tests.patience import PATIENCE_SECONDS
from waitroom.queue import Queue, change_room, count_codes, keep_codes, make_codes
from waitroom.settings import Settings
from waitroom.tokens import QueuePassSigner
from waitroom.web.guesses import BURST

WORD = "FANCLUB2027"
OWN_FORM = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def edge_settings(settings: Settings) -> Settings:
    """An edge behind a proxy that it believes: the test's own client."""
    own = {"redis_url": settings.redis_url.removesuffix("/0") + "/1", "trusted_proxies": (ip_network("127.0.0.1"),)}
    return settings.model_copy(update=own)


@pytest.fixture
async def presale(make_room: MakeRoom, edge_queue: Queue, edge_settings: Settings) -> str:
    """A room that asks for codes: one word for all, of tier 2."""
    room = await make_room(codes="required", new_users_per_minute=0)
    await keep_codes(edge_queue, edge_settings.key_source(), room, [WORD], who="test", tier=2)
    return room


async def join(
    client: httpx.AsyncClient, room: str, code: str | None = None, *, key: str | None = None, network: str = "192.0.2.1"
) -> httpx.Response:
    """Join from a network, with what the fan typed."""
    headers = {"Idempotency-Key": key or a_key(), "X-Forwarded-For": network}
    body = {} if code is None else {"code": code}
    response = await client.post(f"/v1/rooms/{room}/join", json=body, headers=headers)
    CONTRACT.check(response)
    return response


def refusal(response: httpx.Response) -> tuple[int, str]:
    """Status and name of a problem."""
    return response.status_code, response.json()["type"].removeprefix("/problems/")


async def test_a_code_opens_the_room_and_gives_its_tier(
    client: httpx.AsyncClient, presale: str, edge_settings: Settings
) -> None:
    """The code counts however it is typed; the pass carries the tier that the store gave."""
    joined = await join(client, presale, " fan-club 2O27 ")
    assert (joined.status_code, joined.json()["tier"]) == (201, 2)
    assert QueuePassSigner(edge_settings.key_source()).read(joined.json()["pass"]).tier == 2
    assert (await wait_for(client, presale, waiting=1))["codes"] == "required"


async def test_without_a_right_code_nobody_is_taken_in(client: httpx.AsyncClient, presale: str) -> None:
    """No code is asked for by name, a wrong one refused with the reason; an empty one is none."""
    assert refusal(await join(client, presale)) == (403, "code-required")
    assert refusal(await join(client, presale, " - ")) == (403, "code-required")
    wrong = await join(client, presale, "FANCLUB2028")
    assert refusal(wrong) == (403, "code-refused")
    assert wrong.json()["reason"] == "unknown"
    assert refusal(await join(client, presale, "x" * 201)) == (422, "validation-failed")


async def test_a_repeated_join_uses_no_second_use(
    client: httpx.AsyncClient, presale: str, edge_queue: Queue, edge_settings: Settings
) -> None:
    """A code that is good once takes one fan in, who may repeat the join; the next one is told that it is spent."""
    (code,) = await make_codes(edge_queue, edge_settings.key_source(), presale, count=1, who="test")
    key = a_key()
    first = await join(client, presale, code, key=key)
    again = await join(client, presale, code, key=key)
    assert first.json()["fan_id"] == again.json()["fan_id"]
    assert first.json()["tier"] == again.json()["tier"] == 0
    spent = await join(client, presale, code)
    assert (refusal(spent), spent.json()["reason"]) == ((403, "code-refused"), "spent")
    assert await count_codes(edge_queue, presale) == {(0, 0): 1, (2, None): 1}


async def test_many_at_once_with_a_code_that_is_good_for_three(
    client: httpx.AsyncClient, presale: str, edge_queue: Queue, edge_settings: Settings
) -> None:
    """Thirty fans bring a code for three: exactly three are taken in."""
    (code,) = await make_codes(edge_queue, edge_settings.key_source(), presale, count=1, uses=3, who="test")
    fans = [join(client, presale, code, network=f"192.0.2.{number}") for number in range(30)]
    statuses = [response.status_code for response in await asyncio.gather(*fans)]
    assert (statuses.count(201), statuses.count(403)) == (3, 27)


async def test_a_code_that_comes_later(client: httpx.AsyncClient, presale: str, edge_queue: Queue) -> None:
    """Who joined without a code stays where the pass says; who leaves and joins anew with one gets its tier."""
    await change_room(edge_queue, presale, {"codes": "optional"}, who="test")
    await wait_for(client, presale, codes="optional")
    first = (await join(client, presale)).json()
    assert first["tier"] == 7
    bearer = {"Authorization": f"Bearer {first['pass']}", "Idempotency-Key": a_key()}
    again = await client.post(f"/v1/rooms/{presale}/join", json={"code": WORD}, headers=bearer)
    assert (again.status_code, again.json()["fan_id"], again.json()["tier"]) == (200, first["fan_id"], 7)
    assert (await ask(client, "POST", f"/v1/rooms/{presale}/leave", first["pass"])).status_code == 204
    anew = await client.post(f"/v1/rooms/{presale}/join", json={"code": WORD}, headers=bearer)
    assert (anew.status_code, anew.json()["tier"], anew.json()["ahead"]) == (201, 2, 0)


async def test_who_comes_again_needs_a_code_again(client: httpx.AsyncClient, presale: str) -> None:
    """One code is one turn: after leaving, the pass alone does not open a room that asks for codes."""
    first = (await join(client, presale, WORD)).json()
    await ask(client, "POST", f"/v1/rooms/{presale}/leave", first["pass"])
    bearer = {"Authorization": f"Bearer {first['pass']}", "Idempotency-Key": a_key()}
    assert refusal(await client.post(f"/v1/rooms/{presale}/join", json={}, headers=bearer)) == (403, "code-required")


async def test_a_room_without_codes_looks_at_none(client: httpx.AsyncClient, presale: str, edge_queue: Queue) -> None:
    """Where codes are off a wrong one harms nobody."""
    await change_room(edge_queue, presale, {"codes": "off"}, who="test")
    await wait_for(client, presale, codes="off")
    for _ in range(BURST + 3):
        assert (await join(client, presale, "NONSENSE1")).status_code == 201


async def test_guessing_is_slowed_by_network(client: httpx.AsyncClient, presale: str, edge_app: Starlette) -> None:
    """After five wrong codes a network waits, with a right code too; other networks do not."""
    for number in range(BURST):
        assert refusal(await join(client, presale, f"WRONGCODE{number}")) == (403, "code-refused")
    slowed = await join(client, presale, WORD)
    assert refusal(slowed) == (429, "too-many-joins")
    assert 0 < int(slowed.headers["retry-after"]) <= 10
    assert (await join(client, presale, WORD, network="192.0.2.2")).status_code == 201
    # Without a code nothing is guessed, and nothing slowed.
    assert refusal(await join(client, presale)) == (403, "code-required")
    counted = edge_app.state.metrics.registry.get_sample_value
    whys = {"unknown": BURST, "slowed": 1, "required": 1, "spent": 0}
    for why, times in whys.items():
        assert counted("waitroom_codes_refused_total", {"room": presale, "why": why}) == times


@pytest.fixture
async def fan(edge_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without JavaScript: it keeps cookies and follows redirects."""
    transport = httpx.ASGITransport(edge_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, follow_redirects=True) as client:
        yield client


async def press(fan: httpx.AsyncClient, room: str, **fields: str) -> httpx.Response:
    """Post the form of the page."""
    return await fan.post(f"/r/{room}/join", data=fields, headers=OWN_FORM)


async def test_the_form_has_a_field_where_codes_are_taken(
    fan: httpx.AsyncClient, presale: str, edge_queue: Queue
) -> None:
    """The page of a room with codes shows a field for one; that of a room without hides it."""
    field = '<label data-has="codes">'
    assert field in (await fan.get(f"/r/{presale}")).text
    await change_room(edge_queue, presale, {"codes": "off"}, who="test")
    await wait_for(fan, presale, codes="off")
    assert field not in (await fan.get(f"/r/{presale}")).text
    assert '<label data-has="codes" hidden>' in (await fan.get(f"/r/{presale}")).text


async def test_joining_with_a_code_without_javascript(fan: httpx.AsyncClient, presale: str) -> None:
    """The form alone joins with the code; a wrong or missing one leads back to the form, which says what is wrong."""
    missing = await press(fan, presale, code="")
    assert missing.status_code == 403
    assert "enter the presale code" in missing.text
    wrong = await press(fan, presale, code="WRONGCODE")
    assert wrong.status_code == 403
    assert "not known here" in wrong.text
    assert 'name="code"' in wrong.text
    joined = await press(fan, presale, code="fanclub2027")
    assert (joined.status_code, joined.request.url.path) == (200, f"/r/{presale}/place")


async def test_slowed_without_javascript(fan: httpx.AsyncClient, presale: str) -> None:
    """The form of who has guessed too often is answered with a page that says when to try again."""
    for number in range(BURST):
        await press(fan, presale, code=f"WRONGCODE{number}")
    slowed = await press(fan, presale, code=WORD)
    assert slowed.status_code == 429
    assert slowed.headers["retry-after"]
    assert "Please try again" in slowed.text


async def test_an_edge_without_the_rooms_key_says_ask_another(presale: str, edge_settings: Settings) -> None:
    """A ring that lacks the room's key cannot read codes: the join is put off, and not counted as a guess."""
    app = create_app(edge_settings.model_copy(update={"keys": SecretStr("other:" + "o" * 48)}))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as other:
            other.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (await other.get(f"/v1/rooms/{presale}")).status_code != 200:
                    await asyncio.sleep(0.02)
            for _ in range(BURST + 1):
                assert refusal(await join(other, presale, WORD)) == (503, "queue-unavailable")
