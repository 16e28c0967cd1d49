"""A night on a store of its own, with edges that can be restarted, for what happens when the store is emptied."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from starlette.applications import Starlette

from edge.app import create_app
from tests.patience import PATIENCE_SECONDS
from waitroom.embedded import EmbeddedValkey
from waitroom.queue import Drawing, Queue, Snapshot, Standing, create_room, look_at_room
from waitroom.queue.coalescing import MOST_FANS
from waitroom.queue.draw import random_fan_id
from waitroom.queue.keys import Keys
from waitroom.queue.results import NextMove
from waitroom.rooms import RoomSettings
from waitroom.settings import Settings
from waitroom.tokens import LOBBY, QueuePass, QueuePassSigner

ROOM = "night"
RECOVERING_SECONDS = 3600
"""Longer than any test: a recovery ends when the test ends it, however slow the machine."""
LAST_SECOND_MS = 1000
AT_ONCE = 100


class Loss(StrEnum):
    """How a store comes to be empty."""

    FLUSHED = "flushed"
    RESTARTED_WITHOUT_FILE = "restarted without its file"


@dataclass(frozen=True, kw_only=True)
class AFan:
    """A fan of this night, as a client that is no browser."""

    fan_id: str
    queue_pass: str


@dataclass(kw_only=True)
class Edge:
    """A running edge in this process."""

    app: Starlette
    client: httpx.AsyncClient
    stack: AsyncExitStack

    def snapshot(self) -> Snapshot | None:
        """The room as this edge shows it."""
        return next((board.snapshot for board in self.app.state.boards.all()), None)


@dataclass(kw_only=True)
class Night:
    """One room, its store and its edges."""

    valkey: EmbeddedValkey
    settings: Settings
    queue: Queue
    edges: list[Edge] = field(default_factory=list)

    async def open(self, *, edges: int = 2, **settings: object) -> str:
        """Make the room, start edges, and return the room's epoch."""
        chosen = RoomSettings.model_validate(settings)
        epoch = await create_room(self.queue, self.settings.key_source(), ROOM, chosen, who="test")
        await self.start_edges(edges)
        await self.until(lambda snapshot: snapshot.epoch == epoch)
        return epoch

    async def start_edges(self, count: int) -> None:
        """Start so many edges, each with a folder of its own."""
        for number in range(count):
            await self.start_edge(self.settings.state_dir / str(number))

    async def start_edge(self, state_dir: Path) -> Edge:
        """Start an edge on what an earlier one left in this folder."""
        own = self.settings.model_copy(update={"state_dir": state_dir})
        app = create_app(own, seconds_for=lambda _fans: RECOVERING_SECONDS)
        stack = AsyncExitStack()
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app)
        client = httpx.AsyncClient(transport=transport, base_url="http://edge.test")
        await stack.enter_async_context(client)
        edge = Edge(app=app, client=client, stack=stack)
        self.edges.append(edge)
        return edge

    async def crash_edges(self) -> None:
        """End all edges without a last write."""
        for edge in self.edges:
            edge.app.state.recovering.write = _nothing_written
            await edge.stack.aclose()
        self.edges.clear()

    async def lose(self, loss: Loss, *, with_edges: bool) -> None:
        """Empty the store; with its edges, all of them end first and start again from their disks."""
        count = len(self.edges)
        if with_edges:
            # What an edge writes now and then is at most some seconds old; a test does not wait for it.
            for edge in self.edges:
                await edge.app.state.recovering.write(everything=True)
            await self.crash_edges()
        await empty(self.valkey, loss)
        # Its connections may be dead by now.
        await self.queue.close()
        self.queue = Queue.connect(self.valkey.url)
        if with_edges:
            await self.start_edges(count)

    async def until(self, is_so: Callable[[Snapshot], bool]) -> Snapshot:
        """Wait until every edge shows the room so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                shown = [edge.snapshot() for edge in self.edges]
                if shown and all(snapshot is not None and is_so(snapshot) for snapshot in shown):
                    assert shown[0] is not None
                    return shown[0]
                await asyncio.sleep(0.02)

    async def until_list_is_kept(self, epoch: str) -> None:
        """Wait until every edge has the list of entrants at hand."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not all(edge.app.state.keeping.find(epoch) for edge in self.edges):
                await asyncio.sleep(0.05)

    async def until_recovering(self) -> Snapshot:
        """Wait until the room is back and its fans are awaited."""
        return await self.until(lambda snapshot: snapshot.is_recovering)

    async def until_recovered(self) -> Snapshot:
        """Let the recovery end a second from now, and wait until turns may be given again."""
        end_ms = now_ms() + LAST_SECOND_MS
        client = Redis.from_url(self.valkey.url)
        # What `restore_room` wrote of the end.
        await client.hset(
            Keys(ROOM).part("meter"), mapping={"recovering_until_ms": end_ms, "free_from_us": end_ms * 1000}
        )
        await client.aclose()
        return await self.until(lambda snapshot: not snapshot.is_recovering)

    async def join(self, count: int) -> list[AFan]:
        """Let so many fans join one after another, over all edges in turn."""
        return [await self._join_one(self.edges[number % len(self.edges)]) for number in range(count)]

    async def place(self, fan: AFan, *, edge: int = 0) -> dict[str, Any]:  # Any: JSON values
        """Present a pass, and say what became of its fan."""
        client = self.edges[edge % len(self.edges)].client
        headers = {"Authorization": f"Bearer {fan.queue_pass}"}
        while (response := await client.get(f"/v1/rooms/{ROOM}/place", headers=headers)).status_code == 503:
            await asyncio.sleep(0.1)
        assert response.status_code == 200, response.text
        document: dict[str, Any] = response.json()
        return document

    async def join_again(self, fan: AFan) -> str:
        """Join with a pass, and say what became of its fan."""
        headers = {"Authorization": f"Bearer {fan.queue_pass}"}
        response = await self.edges[0].client.post(f"/v1/rooms/{ROOM}/join", json={}, headers=headers)
        assert (response.status_code, response.json()["fan_id"]) == (200, fan.fan_id), response.text
        return str(response.json()["state"])

    async def present(self, fans: Sequence[AFan]) -> list[str]:
        """Present many passes, a crowd at a time, over all edges; the states in the fans' order."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: int, fan: AFan) -> str:
            async with gate:
                return str((await self.place(fan, edge=number))["state"])

        return await asyncio.gather(*(one(number, fan) for number, fan in enumerate(fans)))

    async def claim(self, fan: AFan) -> httpx.Response:
        """Try to take the turn."""
        headers = {"Authorization": f"Bearer {fan.queue_pass}"}
        return await self.edges[0].client.post(f"/v1/rooms/{ROOM}/claim", json={}, headers=headers)

    async def standing(self, fan: AFan) -> Standing:
        """Ask the store itself."""
        answer = await self.queue.standing(ROOM, fan_id=fan.fan_id)
        assert isinstance(answer, Standing)
        return answer

    async def in_order(self, fans: Iterable[AFan]) -> list[str]:
        """Those of the fans who wait, by their scores."""
        standings = [await self.standing(fan) for fan in fans]
        waiting = [(standing.score, standing.fan_id) for standing in standings if standing.score is not None]
        return [fan_id for _, fan_id in sorted(waiting)]

    async def join_many(self, count: int) -> list[AFan]:
        """Let so many fans into the lobby at once, past the edges, with passes as an edge signs them."""
        fans = [random_fan_id() for _ in range(count)]
        for first in range(0, count, MOST_FANS):
            await self.queue.join(ROOM, [(fan_id, 0) for fan_id in fans[first : first + MOST_FANS]])
        signer, epoch = QueuePassSigner(self.settings.key_source()), (await look_at_room(self.queue, ROOM)).epoch
        return [AFan(fan_id=fan_id, queue_pass=signer.sign(a_lobby_pass(epoch, fan_id))) for fan_id in fans]

    async def _join_one(self, edge: Edge) -> AFan:
        headers = {"Idempotency-Key": secrets.token_hex(16)}
        # As the page does: a connection that died with the store costs a 503.
        while (
            response := await edge.client.post(f"/v1/rooms/{ROOM}/join", json={}, headers=headers)
        ).status_code == 503:
            await asyncio.sleep(0.1)
        edge.client.cookies.clear()
        assert response.status_code == 201, response.text
        joined = response.json()
        return AFan(fan_id=joined["fan_id"], queue_pass=joined["pass"])


@asynccontextmanager
async def a_night(folder: Path, settings: Settings) -> AsyncIterator[Night]:
    """A store, and nothing on it yet."""
    with EmbeddedValkey(folder / "valkey") as valkey:
        own = settings.model_copy(update={"redis_url": valkey.url})
        queue = Queue.connect(valkey.url)
        night = Night(valkey=valkey, settings=own, queue=queue)
        try:
            yield night
        finally:
            for edge in night.edges:
                await edge.stack.aclose()
            await night.queue.close()


def a_lobby_pass(epoch: str, fan_id: str) -> QueuePass:
    """The pass of a fan of the lobby."""
    return QueuePass(epoch=epoch, fan_id=fan_id, score=LOBBY, tier=0, joined_at_ms=now_ms())


async def empty(valkey: EmbeddedValkey, loss: Loss) -> None:
    """Lose everything that the store holds."""
    if loss is Loss.RESTARTED_WITHOUT_FILE:
        # It keeps no file.
        valkey.kill()
        await asyncio.to_thread(valkey.restart)
        return
    client = Redis.from_url(valkey.url)
    await client.flushall()
    await client.aclose()


def now_ms() -> int:
    """The clock of this machine, which is the store's."""
    return time.time_ns() // 1_000_000


def hold_before_pin(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let edges list the entrants and no more, until the returned function is called."""
    held = asyncio.Event()
    whole = Drawing._draw

    async def draw(*arguments: Any) -> None:  # Any: as the step takes them
        if held.is_set():
            await whole(*arguments)

    monkeypatch.setattr(Drawing, "_draw", draw)
    return held.set


def hold_after_first_move(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let edges move the first entrants into the line and no more, until the returned function is called."""
    held = asyncio.Event()
    whole = Queue.draw

    async def draw(queue: Queue, room: str, **named: Any) -> Any:  # Any: as the verb takes and gives them
        if named.get("moved") in {None, 0} or held.is_set():
            return await whole(queue, room, **named)
        return NextMove(moved=named["moved"], entrants=named["moved"] + 1)

    monkeypatch.setattr(Queue, "draw", draw)
    return held.set


async def _nothing_written(*, everything: bool = False) -> None:
    assert everything
