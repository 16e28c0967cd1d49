"""Whatever a program sends to the edge: with a pass and without one, in rooms of every kind."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from ipaddress import IPv4Address, ip_network
from typing import Any, Self

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from edge.app import create_app
from edge.cookies import pass_cookie_name
from tests.contracts import Caller, Fuzzer, Operation
from tests.edge.conftest import ADDRESS
from tests.edge.test_api import CONTRACT, ask, join, now_ms, wait_for
from tests.patience import until
from waitroom.queue import Queue, close_room, create_room, release_now
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
"""What uses it meanwhile is the edge, in its own thread, to spread its looks at the rooms."""
HOUR_MS = 3_600_000
ENTRANTS = len(CONTRACT.operations())
REFUSED = frozenset({400, 403, 422})
"""What a caller is told whose pass does not hold; a body that cannot be read is told first."""
Json = dict[str, Any]  # Any: JSON values
Headers = dict[str, str]


@dataclass
class EdgeWorld:
    """A running edge, a room of each kind, by the kind's name, and the fans who call."""

    settings: Settings
    queue: Queue
    client: httpx.AsyncClient
    rooms: dict[str, str]
    entrants: list[Json] = field(default_factory=list)
    networks: int = 0

    @classmethod
    @asynccontextmanager
    async def running(cls, settings: Settings, prefix: str) -> AsyncIterator[Self]:
        """Run an edge until the test is over."""
        app = create_app(settings)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            kinds = _kinds_of_rooms()
            world = cls(settings, app.state.queue, client, {kind: f"{prefix}-{kind}" for kind in kinds})
            for kind, chosen in kinds.items():
                await create_room(world.queue, settings.key_source(), world.rooms[kind], chosen, who="test")
            await until(lambda: {board.snapshot.room for board in app.state.boards.all()} >= {*world.rooms.values()})
            await world.draw_and_close()
            yield world
            for room in world.rooms.values():
                await world.queue.delete(room)

    async def draw_and_close(self) -> None:
        """Hold the draw, of an entrant for each operation, and close what is to be closed."""
        self.entrants = [await self.fan("drawn") for _ in range(ENTRANTS)]
        await release_now(self.queue, self.rooms["drawn"], who="test")
        await close_room(self.queue, self.rooms["closed"], who="test")
        await wait_for(self.client, self.rooms["drawn"], phase="open")
        await wait_for(self.client, self.rooms["closed"], phase="closed")

    async def fan(self, kind: str, *deeds: str) -> Json:
        """A new fan of a room, who has done these deeds."""
        room = self.rooms[kind]
        fan: Json = (await join(self.client, room)).json()
        for deed in deeds:
            done = await ask(self.client, "POST", f"/v1/rooms/{room}/{deed}", fan["pass"])
            assert done.status_code < 300, done.text
        return fan

    async def callers(self, operation: Operation) -> list[Caller]:
        """Everybody who may call an operation, and those who may not."""
        needs_pass = CONTRACT.document["paths"][operation.path][operation.method].get("security") == [{"pass": []}]
        refused = REFUSED if needs_pass else frozenset()
        by_others = {403} if operation.method == "post" else frozenset()
        turn, line, left = await self.fan("turn"), await self.fan("line"), await self.fan("line", "leave")
        here = _bearer(turn)
        return [
            *(self.caller(kind, refused_with=refused) for kind in ("turn", "closed", "codes")),
            self.caller("turn", {"Authorization": "Bearer forged"}, refused_with=refused),
            self.caller("line", here, refused_with={*refused, 403} if needs_pass else ()),
            self.caller("turn", here, fan=turn),
            self.caller("turn", _bearer(await self.fan("turn", "claim"))),
            self.caller("lobby", _bearer(await self.fan("lobby"))),
            self.caller("drawn", _bearer(entrant := self.entrants.pop()), fan=entrant),
            self.caller("line", self._cookie(line) | {"Sec-Fetch-Site": "same-origin"}),
            self.caller("line", self._cookie(line) | {"Sec-Fetch-Site": "cross-site"}, refused_with=by_others),
            self.caller("line", _bearer(left)),
            Caller(headers=self.a_network(), known={"room": "nowhere", "name": "nothing"}),
            *await self._who_takes_over(operation),
        ]

    def caller(self, kind: str, headers: Headers | None = None, fan: Json | None = None, **more: Any) -> Caller:
        """Somebody who calls a room, from a network where nobody has guessed yet."""
        known = {"room": self.rooms[kind]} | ({} if fan is None else {"fan_id": fan["fan_id"], "name": "turn-over"})
        return Caller(headers=self.a_network() | (headers or {}), known=known, **more)

    def a_network(self) -> Headers:
        """The header of a proxy that tells of a client whom the edge has not seen before."""
        self.networks += 1
        return {"X-Forwarded-For": str(IPv4Address("198.18.0.0") + self.networks)}

    async def _who_takes_over(self, operation: Operation) -> list[Caller]:
        if operation.label != "POST /v1/rooms/{room}/take-over":
            return []
        line = await self.fan("line")
        code = (await ask(self.client, "POST", f"/v1/rooms/{self.rooms['line']}/move", line["pass"])).json()["code"]
        return [self.caller("line", fitting={"code": code})]

    def _cookie(self, fan: Json) -> Headers:
        return {"Cookie": f"{pass_cookie_name(fan['room'], self.settings)}={fan['pass']}"}


@pytest.fixture
def fuzzer(edge_settings: Settings, room_name: str) -> Iterator[tuple[Fuzzer, EdgeWorld]]:
    """A running edge in a thread of its own, and what calls it."""
    behind_proxy = edge_settings.model_copy(update={"trusted_proxies": (ip_network("127.0.0.1"),)})
    with start_blocking_portal() as portal:
        running = portal.wrap_async_context_manager(EdgeWorld.running(behind_proxy, room_name))
        with running as world:
            yield Fuzzer(contract=CONTRACT, client=world.client, portal=portal), world


def try_all(fuzzer: Fuzzer, world: EdgeWorld, *, examples: int) -> None:
    """Let everybody call everything."""
    fuzzer.try_all(lambda operation: fuzzer.portal.call(world.callers, operation), examples=examples)
    assert fuzzer.reached() == fuzzer.labels()


def test_calls_are_as_the_contract_says(fuzzer: tuple[Fuzzer, EdgeWorld]) -> None:
    """Whatever is sent, the answer is described; wrong input is refused, and so is a pass that does not hold."""
    try_all(*fuzzer, examples=1)


def test_other_methods_are_refused(fuzzer: tuple[Fuzzer, EdgeWorld]) -> None:
    """No address takes a method that the contract does not know."""
    calls, world = fuzzer
    room = world.rooms["turn"]
    calls.try_other_methods(lambda path: path.format(room=room, fan_id="A" * 22, name="turn-over"), {})


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_all_calls_are_as_the_contract_says(fuzzer: tuple[Fuzzer, EdgeWorld]) -> None:
    """The same with many more calls."""
    try_all(*fuzzer, examples=60)


def _kinds_of_rooms() -> dict[str, RoomSettings]:
    lobby = {"lobby_at": now_ms() - 1000, "release_at": now_ms() + HOUR_MS}
    kinds: dict[str, Json] = {
        "turn": {"new_users_per_minute": 6_000, "total_active_users": 100_000},
        "line": {"new_users_per_minute": 0},
        "lobby": lobby,
        "drawn": lobby | {"new_users_per_minute": 0},
        "closed": {},
        "codes": {"codes": "required"},
    }
    return {kind: RoomSettings.model_validate(chosen) for kind, chosen in kinds.items()}


def _bearer(fan: Json) -> Headers:
    return {"Authorization": f"Bearer {fan['pass']}"}
