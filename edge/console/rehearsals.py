"""Rehearsals: crowds of ours that walk through rooms in this console's process, one a room.

A console that stops takes its crowds along: who of them stands in a line lapses there, and slots end by their time.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response

from edge.console.auditing import tell
from edge.console.rooms import look_at
from waitroom.queue import Queue, Snapshot
from waitroom.rehearsal import GhostPlan, NotARehearsalError, Rehearsing
from waitroom.rehearsal.progress import Status
from waitroom.web.answers import FOR_ONE_FAN, private_json
from waitroom.web.bodies import read_json
from waitroom.web.problems import Problem

MOST_AT_ONCE = 4
"""Crowds that walk; each is bounded itself."""
CLOSING_SECONDS = 5.0

Json = dict[str, Any]  # Any: JSON values

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One crowd and the task that it walks in."""

    epoch: str
    plan: GhostPlan
    rehearsing: Rehearsing
    task: "asyncio.Task[None]"


class Rehearsals:
    """Starts crowds, tells how they go, and stops them."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._walks: dict[str, Walk] = {}

    def of(self, snapshot: Snapshot) -> Walk | None:
        """The last crowd of this room, walking or not."""
        walk = self._walks.get(snapshot.room)
        return walk if walk is not None and walk.epoch == snapshot.epoch else None

    async def start(self, snapshot: Snapshot, plan: GhostPlan) -> Walk:
        """Let a crowd walk. Raises NotARehearsalError, and Problem("rehearsal-running")."""
        await self._forget_other_epoch(snapshot)
        if any(room == snapshot.room for room in self._walking()) or len(self._walking()) >= MOST_AT_ONCE:
            raise Problem("rehearsal-running")
        rehearsing = Rehearsing(self._queue, snapshot, plan)
        task = asyncio.create_task(_walk(rehearsing), name=f"rehearsal {snapshot.room}")
        walk = self._walks[snapshot.room] = Walk(epoch=snapshot.epoch, plan=plan, rehearsing=rehearsing, task=task)
        return walk

    async def stop(self, room: str) -> None:
        """Send a room's crowd home."""
        if room in self._walks:
            await _end(self._walks[room])

    async def close(self) -> None:
        """Send every crowd home, as far as there is time: the console stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await asyncio.gather(*(_end(walk) for walk in self._walks.values()))

    def _walking(self) -> list[str]:
        return [room for room, walk in self._walks.items() if walk.rehearsing.status is Status.RUNNING]

    async def _forget_other_epoch(self, snapshot: Snapshot) -> None:
        walk = self._walks.get(snapshot.room)
        if walk is not None and walk.epoch != snapshot.epoch:
            await _end(self._walks.pop(snapshot.room))


async def start(request: Request) -> Response:
    """Let a crowd of ours walk through a room that is marked as a rehearsal."""
    plan = await read_json(request, GhostPlan)
    snapshot = await look_at(request)
    try:
        walk = await _rehearsals(request).start(snapshot, plan)
    except NotARehearsalError as refused:
        raise Problem("not-a-rehearsal", detail=str(refused)) from None
    tell(request, after={"crowd": plan.model_dump()})
    return private_json(_document(snapshot, walk), status=201)


async def show(request: Request) -> Response:
    """Say how the room's crowd goes."""
    snapshot = await look_at(request)
    return private_json(rehearsal_document(request, snapshot))


async def stop(request: Request) -> Response:
    """Send the room's crowd home; it gives back its places and slots."""
    snapshot = await look_at(request)
    await _rehearsals(request).stop(snapshot.room)
    return Response(status_code=204, headers={"Cache-Control": FOR_ONE_FAN})


def rehearsal_document(request: Request, snapshot: Snapshot) -> Json:
    """Whether the room is a rehearsal, and how its crowd goes."""
    return _document(snapshot, _rehearsals(request).of(snapshot))


def _document(snapshot: Snapshot, walk: Walk | None) -> Json:
    crowd = None if walk is None else walk.rehearsing.progress().to_json() | {"plan": walk.plan.model_dump()}
    return {"room": snapshot.room, "rehearsal": snapshot.settings.rehearsal, "crowd": crowd}


async def _walk(rehearsing: Rehearsing) -> None:
    try:
        await rehearsing.run()
    except Exception:
        # What nobody foresaw ends this crowd and no other; the page says so.
        log.exception("a rehearsal broke")
        rehearsing.give_up()


async def _end(walk: Walk) -> None:
    walk.task.cancel()
    with suppress(asyncio.CancelledError):
        await walk.task
    await walk.rehearsing.stop()


def _rehearsals(request: Request) -> Rehearsals:
    rehearsals: Rehearsals = request.app.state.rehearsals
    return rehearsals
