"""The contract and the routes are one, and none of them is open."""

import re

import httpx
import pytest
from starlette.routing import Route

from edge.console.routes import routes
from tests.edge.console.conftest import CONTRACT, SECRETS, Ask
from waitroom.admin_keys import AdminKey, AdminKeys, Role

OPEN_TO_ALL = {("post", "/v1/admin/session"), ("post", "/v1/admin/link")}
"""Nobody is signed in before these."""
CALLS = sorted((method, path) for method, path in CONTRACT.operations() - OPEN_TO_ALL if path.startswith("/v1"))


OPEN_PAGES = {"/sign-in", "/sign-out", "/welcome", "/problems/{name}", "/static/{name}"}
"""What opens the door, and what is the same for everybody."""


def a_path(path: str) -> str:
    """An address of this form, of something that does not exist."""
    return re.sub(r"\{\w+\}", "nowhere", path)


def test_contract_and_routes_name_the_same_calls() -> None:
    """Every route is in the OpenAPI file, and every operation of the file has a route."""
    served = {
        (method.lower(), route.path)
        for route in routes()
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == CONTRACT.operations()


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ({}, "sign-in-required"),
        ({"Cookie": "waitroom-console=" + "x" * 43}, "sign-in-required"),
        ({"Authorization": f"Bearer {SECRETS['admin']}x"}, "key-required"),
        ({"Authorization": f"Basic {SECRETS['admin']}"}, "key-required"),
    ],
)
async def test_nothing_without_a_key(client: httpx.AsyncClient, header: dict[str, str], problem: str) -> None:
    """Every call is refused without a key or a session, and with a wrong one, before it says what exists."""
    for method, path in CALLS:
        response = await client.request(method, a_path(path), headers=header)
        CONTRACT.check(response)
        assert (response.status_code, response.json()["type"]) == (401, f"/problems/{problem}")
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert SECRETS["admin"] not in response.text


async def test_no_page_without_a_session(client: httpx.AsyncClient) -> None:
    """Every page, and every part of one, leads a stranger to the sign-in or is refused, before it says what exists."""
    pages = {path for _, path in CONTRACT.operations() if not path.startswith("/v1")} - OPEN_PAGES
    assert {"/", "/rooms/{room}/preview", "/rooms/{room}/preview.css", "/people"} <= pages
    for path in sorted(pages):
        response = await client.get(a_path(path))
        led = response.status_code == 303 and response.headers["location"].startswith("/sign-in?next=")
        assert led or response.status_code == 401, path


async def test_pages_of_a_wrong_key_and_of_a_room_that_is_gone(ask: Ask, client: httpx.AsyncClient) -> None:
    """A page tells in words of a key that is wrong, and of a room that does not exist, as the contract says."""
    pages = {path for _, path in CONTRACT.operations() if not path.startswith("/v1")} - OPEN_PAGES
    for path in sorted(pages - {"/rooms/{room}/preview", "/rooms/{room}/preview.css"}):
        refused = await client.get(a_path(path), headers={"Authorization": "Bearer wrong"})
        CONTRACT.check(refused)
        assert refused.status_code == 401, path
        if "{room}" in path and path != "/rooms/{room}/report":
            assert (await ask("GET", a_path(path))).status_code == 404, path


@pytest.mark.parametrize("role", SECRETS)
async def test_roles(ask: Ask, role: str) -> None:
    """A call that needs a higher role is refused, naming it; the summary in the contract names the same."""
    order = list(SECRETS)
    for method, path in CALLS:
        summary: str = CONTRACT.document["paths"][path][method]["summary"]
        response = await ask(method, a_path(path), role=role)
        is_refused = response.status_code == 403 and response.json()["type"] == "/problems/role-too-low"
        if is_refused:
            assert f"role {response.json()['needed']})" in summary
        is_low = order.index(role) < next(i for i, each in enumerate(order) if f"role {each})" in summary)
        assert is_refused == is_low, (method, path)


async def test_unknown_addresses_and_methods(ask: Ask, client: httpx.AsyncClient) -> None:
    """What does not exist is a problem, and every problem is explained."""
    assert (await client.get("/v1/admin")).json()["type"] == "/problems/not-found"
    assert (await client.put("/v1/admin/rooms")).json()["type"] == "/problems/method-not-allowed"
    told = (await ask("GET", "/problems/room-changed", role=None)).json()
    assert told["status"] == 409
    assert (await ask("GET", "/problems/nonsense", role=None)).status_code == 404


async def test_headers_of_every_answer(ask: Ask) -> None:
    """No cache keeps an answer, and no page may frame it."""
    response = await ask("GET", "/v1/admin/rooms")
    assert response.headers["cache-control"] == "private, no-store"
    assert response.headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_the_guard_is_what_refuses(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the guard taken away the same call gets through: nothing else stands before it."""
    anybody = AdminKey(name="nobody", role=Role.ADMIN, secret_hash=b"")
    monkeypatch.setattr(AdminKeys, "find", lambda _self, _secret: anybody)
    response = await client.get("/v1/admin/rooms", headers={"Authorization": "Bearer x"})
    assert response.status_code == 200
