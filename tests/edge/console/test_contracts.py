"""Whatever a program or a browser sends to the console: without a key, by each role, and by a person."""

import secrets
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from ipaddress import IPv4Address, ip_network
from typing import Any, Self
from urllib.parse import urlencode

import httpx
import pyotp
import pytest
from anyio.from_thread import start_blocking_portal
from starlette.applications import Starlette

from edge.console.app import create_app
from edge.console.people.cookies import SESSION
from tests.contracts import Caller, Fuzzer, Operation
from tests.edge.console.conftest import ADDRESS, CONTRACT, ROOMS, SECRETS
from tests.edge.console.people.conftest import OWN, PASSWORD, QUICK
from tests.edge.console.reports.test_api import draw_among
from tests.edge.console.test_acts import begin_draw
from tests.edge.console.test_logos import PNG
from tests.edge.console.test_support import code_for
from tests.factories import a_fan
from waitroom.admin_keys import Role
from waitroom.clock import SystemClock, rfc3339
from waitroom.queue import Queue
from waitroom.settings import Settings

HOUR_MS = 3_600_000
BEACON = {"url": "https://beacon.example/chain", "period_seconds": 3, "genesis_at": "2026-01-01T00:00:00Z"}
NEW_PASSWORD = "nine amber tortoises"
OTHER_SITE = {"Sec-Fetch-Site": "cross-site"}
NOBODY = frozenset({401, 303})
"""What a stranger is told: a call is refused, a page leads to the sign-in."""
OWN_ACCOUNT = ("/v1/admin/session", "/account")
FILES = {"/static/{name}": "api.js", "/problems/{name}": "room-changed"}
Json = dict[str, Any]  # Any: JSON values
Headers = dict[str, str]


@dataclass(frozen=True)
class Person:
    """Somebody with a session."""

    name: str
    cookie: Headers


@dataclass
class ConsoleWorld:
    """A running console, and its callers: each operation has a room and people of its own, to do away with."""

    settings: Settings
    app: Starlette
    client: httpx.AsyncClient
    ruth: Person = field(init=False)
    half: Person = field(init=False)
    """Who has to set up a second factor first, and may do nothing else."""
    networks: int = 0

    @classmethod
    @asynccontextmanager
    async def running(cls, settings: Settings) -> AsyncIterator[Self]:
        """Run a console until the test is over."""
        app = create_app(settings)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            world = cls(settings, app, client)
            world.ruth, world.half = await world.person(), await world.person(requires_second_factor=True)
            yield world
            for room in await world.queue.rooms():
                await world.queue.delete(room)

    @property
    def queue(self) -> Queue:
        """The queue that the console works on."""
        queue: Queue = self.app.state.queue
        return queue

    async def callers(self, operation: Operation) -> list[Caller]:
        """Everybody who may call an operation, and those who may not; who may do most comes last."""
        described = CONTRACT.document["paths"][operation.path][operation.method]
        is_open, low = described.get("security") == [], _place_of_role(described["summary"])
        has_room, is_own = "{room}" in operation.path, operation.path.startswith(OWN_ACCOUNT)
        room, pat = [f"{kind}-{secrets.token_hex(4)}" for kind in ("room", "pat")]
        known = {"room": room, "name": FILES.get(operation.path, pat)}
        # A room or people of the operation's own, of which nothing may be left when it has been called.
        ruth = self.ruth if has_room else await self.person()
        await (self._make_room(room, named=described["operationId"]) if has_room else self.person(pat))
        fitting = await self._fitting(described["operationId"], room=room, ruth=ruth.name, pat=pat)
        keys = [] if is_open else [*SECRETS][: low + 1]
        return [
            self._caller(known, {}, () if is_open else NOBODY),
            *(self._caller(known, bearer(role), {403} if role != keys[-1] else ()) for role in keys),
            *([] if is_open else [self._caller(known, {"Authorization": "Bearer wrong"}, {401})]),
            *([] if is_open or is_own else [self._caller(known, self.half.cookie | OWN, {403, 303, 415})]),
            self._caller(known, ruth.cookie | OTHER_SITE, {403} if operation.method != "get" else ()),
            self._caller(known, ruth.cookie | OWN | _type_of(fitting), fitting=fitting),
            self._caller({"room": "nowhere", "name": "nobody"}, bearer("admin")),
        ]

    async def person(self, name: str = "", **options: bool) -> Person:
        """An admin, who has signed in."""
        name = name or f"ruth-{secrets.token_hex(4)}"
        await self.app.state.people.add(name, Role.ADMIN, who="test", **options)
        password_hash = await self.app.state.passwords.make_hash(PASSWORD)
        await self.app.state.people.set_password(name, password_hash, who="test")
        signed_in = await self._do("POST", "/v1/admin/session", OWN, {"name": name, "password": PASSWORD})
        return Person(name, {"Cookie": f"{SESSION}={signed_in.cookies[SESSION]}"})

    def _caller(self, known: Json, headers: Headers, refused_with: Collection[int] = (), **more: Any) -> Caller:
        self.networks += 1  # Where nobody has guessed yet.
        network = {"X-Forwarded-For": str(IPv4Address("198.18.0.0") + self.networks)}
        return Caller(headers=network | headers, known=known, refused_with=refused_with, **more)

    async def _do(self, method: str, path: str, headers: Headers, body: object) -> httpx.Response:
        answer = await self.client.request(method, path, headers=headers, json=body)
        assert answer.status_code < 300, answer.text
        return answer

    async def _make_room(self, room: str, *, named: str) -> None:
        now_ms = SystemClock().now_ms()
        moments = {"lobby_at": -1000, "release_at": HOUR_MS, "closes_at": 2 * HOUR_MS}
        times = {name: rfc3339(now_ms + later_ms) for name, later_ms in moments.items()}
        kinds: dict[str, Json] = {"verifyDraw": times, "startRehearsal": {"rehearsal": True}}
        kind = kinds.get(named, times | {"beacon": BEACON})
        await self._do("POST", ROOMS, bearer("admin"), {"room": room} | kind)
        picture = await self.client.put(f"{ROOMS}/{room}/logo", headers=bearer("admin"), content=PNG)
        assert picture.status_code == 200, picture.text
        match named:
            case "verifyDraw":
                await draw_among(3, queue=self.queue, settings=self.settings, room=room)
            case "drawWithoutBeacon":
                await begin_draw(self.queue, self.settings, room)

    async def _fitting(self, named: str, *, room: str, ruth: str, pat: str) -> object:
        """Return the body of a call for which none fits that is made up: it proves something."""
        proof = {"password": PASSWORD}
        fixed: dict[str, object] = {
            "signIn": {"name": ruth} | proof,
            "signInByForm": urlencode({"name": ruth} | proof).encode(),
            "changePassword": proof | {"new_password": NEW_PASSWORD},
            "offerSecondFactor": proof,
            "dropSecondFactor": proof,
            "putLogo": PNG,
            "addCodes": {"count": 2},
            "drawWithoutBeacon": {},
        }
        match named:
            case "confirmSecondFactor":
                offer = await self.app.state.second_factors.offer(ruth)
                return {"code": pyotp.TOTP(offer.secret).now()}
            case "useLink":
                return {"token": await self._link_of(pat), "new_password": NEW_PASSWORD}
            case "welcomeByForm":
                return urlencode({"link": await self._link_of(pat), "new_password": NEW_PASSWORD}).encode()
            case "findFan":
                await self.queue.join(room, [(fan := a_fan(), 0)])
                return {"code": await code_for(self.queue, self.settings, room, fan)}
        return fixed.get(named)

    async def _link_of(self, name: str) -> str:
        token: str = (await self.app.state.people.make_link(name, who="test")).token
        return token


@pytest.fixture
def fuzzer(console_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Fuzzer, ConsoleWorld]]:
    """A running console in a thread of its own, and what calls it."""
    monkeypatch.setattr("edge.console.people.passwords.PARAMETERS", QUICK)
    behind_proxy = console_settings.model_copy(update={"trusted_proxies": (ip_network("127.0.0.1"),)})
    with start_blocking_portal() as portal:
        running = portal.wrap_async_context_manager(ConsoleWorld.running(behind_proxy))
        with running as world:
            yield Fuzzer(contract=CONTRACT, client=world.client, portal=portal), world


def try_all(fuzzer: Fuzzer, world: ConsoleWorld, *, examples: int) -> None:
    """Let everybody call everything."""
    fuzzer.try_all(lambda operation: fuzzer.portal.call(world.callers, operation), examples=examples)
    assert fuzzer.reached() == fuzzer.labels()


def test_calls_are_as_the_contract_says(fuzzer: tuple[Fuzzer, ConsoleWorld]) -> None:
    """Whatever is sent, the answer is described; wrong input is refused, and so is who may not."""
    try_all(*fuzzer, examples=1)


def test_other_methods_are_refused(fuzzer: tuple[Fuzzer, ConsoleWorld]) -> None:
    """No address takes a method that the contract does not know, not even from an admin."""
    fuzzer[0].try_other_methods(lambda path: path.format(room="nowhere", name="nobody"), bearer("admin"))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_all_calls_are_as_the_contract_says(fuzzer: tuple[Fuzzer, ConsoleWorld]) -> None:
    """The same with many more calls."""
    try_all(*fuzzer, examples=30)


def bearer(role: str) -> Headers:
    """The key of a role."""
    return {"Authorization": f"Bearer {SECRETS[role]}"}


def _place_of_role(summary: str) -> int:
    # Calls say `(role operator)`, pages `(operators)`; a page that says nothing is for viewers.
    return next((n for n, role in enumerate(SECRETS) if f"role {role})" in summary or f"({role}s)" in summary), 0)


def _type_of(fitting: object) -> Headers:
    is_form = isinstance(fitting, bytes) and fitting != PNG
    return {"Content-Type": "application/x-www-form-urlencoded"} if is_form else {}
