"""The composition root of the console."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import Lifespan

from edge.console.database import ConsoleDatabase
from edge.console.foretelling import Foretelling
from edge.console.keeping import Keeping, Prepare
from edge.console.people.desk import Desk
from edge.console.points import Points
from edge.console.previewing import Previews
from edge.console.problems import handlers
from edge.console.rehearsals import Rehearsals
from edge.console.rendering import Renderer
from edge.console.reports.desk import ReportDesk
from edge.console.reports.drawn import DrawChecks
from edge.console.reports.recording import Recording
from edge.console.retention import Retention
from edge.console.routes import routes
from edge.console.series import Series
from edge.console.static_files import StaticFiles
from edge.console.trials import Trials
from edge.console.watching import Watching
from waitroom.admin_keys import AdminKeys
from waitroom.errors import QueueUnavailableError
from waitroom.metrics import ConsoleMetrics
from waitroom.queue import Queue, Snapshot
from waitroom.settings import Settings
from waitroom.web.limits import BodyLimit
from waitroom.web.ops import create_ops_app as create_ops
from waitroom.web.security import SecurityHeaders

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing inline and nothing from elsewhere; a dry run's picture is shown from a `blob:` address."""
AGAIN_SECONDS = 1.0

log = structlog.get_logger()


class Loop(Protocol):
    """What runs beside the calls for as long as the console does."""

    async def run(self) -> None:
        """Run until cancelled."""


def create_app(settings: Settings, *, prepare: Prepare | None = None) -> Starlette:
    """Make the console; nothing is opened before its lifespan begins. Raises ConfigurationError.

    `prepare` brings the schema up to date where that could not be done before, as soon as PostgreSQL answers.
    """
    settings.key_source()
    metrics = ConsoleMetrics()
    queue = Queue.connect(settings.redis_url, observe=metrics.script_observed)
    watching = Watching(queue)
    database = ConsoleDatabase(settings.database_url.get_secret_value())
    points = Points(database)
    report_desk = ReportDesk(queue, database, points, public_url=settings.public_url)
    recording = Recording(points, report_desk)
    desk = Desk.on(database, settings)
    keeping = Keeping(database, audit=desk.audit, sessions=desk.sessions, prepare=prepare)
    series = Series(queue, on_look=_all(watching.consider, recording.note, keeping.note))
    retention = Retention(
        queue, database, samples_days=settings.keep_samples_days, reports_days=settings.keep_reports_days
    )
    rehearsals = Rehearsals(queue)
    loops = (series, watching, keeping, recording, retention)
    closing = (rehearsals.close, desk.audit.flush, database.close, queue.close)
    lifespan = _lifespan(database, loops, closing=closing)
    app = Starlette(routes=routes(), lifespan=lifespan, exception_handlers=handlers(), middleware=_middleware(settings))
    _hand_over(
        app,
        vars(desk),
        settings=settings,
        admin_keys=settings.admin() if settings.admin_keys else AdminKeys(()),
        metrics=metrics,
        queue=queue,
        series=series,
        watching=watching,
        foretelling=Foretelling(),
        trials=Trials(),
        rehearsals=rehearsals,
        renderer=Renderer(),
        static_files=StaticFiles.load(),
        database=database,
        points=points,
        report_desk=report_desk,
        recording=recording,
        draw_checks=DrawChecks(queue),
        keeping=keeping,
        previews=Previews(),
    )
    return app


def create_ops_app(app: Starlette) -> Starlette:
    """Make the ops port of this console."""
    queue: Queue = app.state.queue
    metrics: ConsoleMetrics = app.state.metrics
    database: ConsoleDatabase = app.state.database

    async def why_not_ready() -> str | None:
        try:
            await queue.rooms()
        except QueueUnavailableError as away:
            return str(away)
        return None

    def what_is_missing() -> str | None:
        # Not a reason to be taken out of service: keys, and who was signed in, go on all night without it.
        return "PostgreSQL does not answer: nobody can sign in" if database.is_away else None

    return create_ops(why_not_ready=why_not_ready, what_is_missing=what_is_missing, registry=metrics.registry)


async def keep_running(loop: Loop) -> None:
    """Run a loop for as long as the console lives: what nobody foresaw ends one round of it, not the evening's."""
    while True:
        try:
            await loop.run()
        except Exception:
            log.exception("a loop broke and begins again", loop=type(loop).__name__)
        await asyncio.sleep(AGAIN_SECONDS)


def _all(*looks: Callable[[Snapshot], None]) -> Callable[[Snapshot], None]:
    def look(snapshot: Snapshot) -> None:
        for each in looks:
            each(snapshot)

    return look


def _hand_over(app: Starlette, *parts: Mapping[str, object], **more: object) -> None:
    # Calls find the parts by these names in the app's state.
    for name, part in {name: part for each in (*parts, more) for name, part in each.items()}.items():
        setattr(app.state, name, part)


def _lifespan(
    database: ConsoleDatabase, loops: Sequence[Loop], *, closing: Sequence[Callable[[], Awaitable[None]]]
) -> Lifespan[Starlette]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await database.open()
        running = [asyncio.create_task(keep_running(loop), name=type(loop).__name__) for loop in loops]
        try:
            yield
        finally:
            for task in running:
                task.cancel()
            for task in running:
                with suppress(asyncio.CancelledError):
                    await task
            for close in closing:
                await close()

    return lifespan


def _middleware(settings: Settings) -> list[Middleware]:
    return [
        Middleware(SecurityHeaders, csp=CONTENT_SECURITY_POLICY, is_https=settings.is_console_https),
        Middleware(BodyLimit),
    ]
