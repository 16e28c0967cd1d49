"""The composition root of the edge."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import Lifespan

from edge.advancing import Advancing
from edge.beacon import FetchedBeacons
from edge.boards import Boards
from edge.brand import Logos
from edge.entrant_keeping import EntrantKeeping
from edge.entrants import Entrants
from edge.kept_rooms import KeptRooms
from edge.line import Line
from edge.moved import Moved
from edge.moving import Moving
from edge.networks import Networks
from edge.outage import Outage
from edge.passes import Passes
from edge.presale import Presale
from edge.recovering import Recovering
from edge.returning import Returning, on_lost_room
from edge.routes import routes
from edge.signers import Signers
from waitroom.clock import SystemClock
from waitroom.errors import RoomMissingError
from waitroom.metrics import EdgeMetrics
from waitroom.queue import Drawing, JoinCoalescer, Queue, RestoreCoalescer
from waitroom.queue.recovery import recovering_seconds
from waitroom.settings import Settings
from waitroom.web.guesses import Guesses
from waitroom.web.limits import BodyLimit
from waitroom.web.ops import create_ops_app as create_ops
from waitroom.web.problems import problem_handlers
from waitroom.web.security import SecurityHeaders


def create_app(settings: Settings, *, seconds_for: Callable[[int], float] = recovering_seconds) -> Starlette:
    """Make the edge; nothing is opened before its lifespan begins. Raises ConfigurationError.

    `seconds_for` says how long a room with so many fans recovers from a loss.
    """
    metrics = EdgeMetrics()
    keys = settings.key_source()
    queue = Queue.connect(settings.redis_url, observe=metrics.script_observed, on_script_failed=metrics.script_failed)
    metrics.store_watched(lambda: queue.open_circuits)
    boards = Boards()
    restores = RestoreCoalescer(queue)
    recovering = Recovering(
        queue, KeptRooms(settings.state_dir), metrics=metrics, clock=SystemClock(), seconds_for=seconds_for
    )
    outage = Outage(boards, clock=SystemClock(), metrics=metrics)
    beacons = FetchedBeacons.connect(metrics)
    drawing = Drawing(queue, keys, owner=secrets.token_hex(8), beacons=beacons)
    moved = Moved(queue)
    advancing = Advancing(queue, drawing, boards, metrics, recovering, outage, moved)

    def on_batch(room: str, fans: int) -> None:
        metrics.joins_coalesced(room, fans=fans)
        advancing.wake(room)

    joins = JoinCoalescer(queue, on_batch=on_batch)
    keeping = EntrantKeeping(queue, boards, settings.state_dir)
    entrants = Entrants(queue, keeping)
    networks = Networks(queue, settings)

    lifespan = _lifespan(
        recovering,
        networks,
        drawing,
        loops=(advancing.run, recovering.run, keeping.run, networks.run),
        closing=(queue.close, beacons.close, restores.close, joins.close),
    )
    signers = Signers.of(keys)
    passes = Passes(settings, signers, metrics, moved)
    returning = Returning(queue, restores, is_entrant=entrants.is_entrant)
    moving = Moving(queue, boards, returning, passes, moved, guesses=Guesses(), settings=settings, metrics=metrics)
    line = Line(
        queue,
        boards,
        joins,
        returning,
        settings=settings,
        signers=signers,
        clock=SystemClock(),
        metrics=metrics,
        presale=Presale(Guesses(), settings=settings, keys=keys, metrics=metrics),
        outage=outage,
        passes=passes,
    )
    parts = {"settings": settings, "signing": settings.signing(), "metrics": metrics, "queue": queue, "boards": boards}
    parts |= {"entrants": entrants, "keeping": keeping, "advancing": advancing, "recovering": recovering}
    parts |= {"outage": outage, "line": line, "moving": moving, "logos": Logos(queue), "networks": networks}
    return _app_of(settings, lifespan, parts)


def _lifespan(
    recovering: Recovering,
    networks: Networks,
    drawing: Drawing,
    *,
    loops: Iterable[Callable[[], Coroutine[Any, Any, None]]],
    closing: Iterable[Callable[[], Awaitable[None]]],
) -> Lifespan[Starlette]:
    """What runs beside the calls, and what is written down and closed after them, the last of `closing` first."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for close in closing:
                stack.push_async_callback(close)
            stack.callback(drawing.close)
            await recovering.load()
            stack.push_async_callback(recovering.write, everything=True)
            stack.push_async_callback(networks.flush)
            async with _running(*loops):
                yield

    return lifespan


@asynccontextmanager
async def _running(*loops: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(loop(), name=loop.__qualname__) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


def _app_of(settings: Settings, lifespan: Lifespan[Starlette], parts: Mapping[str, object]) -> Starlette:
    app = Starlette(
        routes=routes(),
        lifespan=lifespan,
        exception_handlers=problem_handlers() | {RoomMissingError: on_lost_room},
        middleware=_middleware(settings),
    )
    for name, part in parts.items():
        setattr(app.state, name, part)
    return app


def create_ops_app(app: Starlette) -> Starlette:
    """Make the ops port of this edge."""

    async def why_not_ready() -> str | None:
        advancing: Advancing = app.state.advancing
        return advancing.why_not_ready

    metrics: EdgeMetrics = app.state.metrics
    return create_ops(why_not_ready=why_not_ready, registry=metrics.registry)


def _middleware(settings: Settings) -> list[Middleware]:
    return [
        Middleware(SecurityHeaders, csp=content_security_policy(settings), is_https=settings.is_https),
        Middleware(BodyLimit),
    ]


def content_security_policy(settings: Settings) -> str:
    """What the edge's pages may do: their own files, and a form to the checkout."""
    checkout = urlsplit(settings.checkout_url)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self' {checkout.scheme}://{checkout.netloc}; base-uri 'none'; frame-ancestors 'none'"
    )
