"""The composition root of the console."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.middleware import Middleware

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

    def on_look(snapshot: Snapshot) -> None:
        watching.consider(snapshot)
        recording.note(snapshot)

    series = Series(queue, on_look=on_look)
    desk = Desk.on(database, settings)
    rehearsals = Rehearsals(queue)
    keeping = Keeping(database, queue, audit=desk.audit, sessions=desk.sessions, prepare=prepare)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await database.open()
        loops = [
            asyncio.create_task(each.run(), name=type(each).__name__) for each in (series, watching, keeping, recording)
        ]
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()
            for loop in loops:
                with suppress(asyncio.CancelledError):
                    await loop
            await rehearsals.close()
            await desk.audit.flush()
            await database.close()
            await queue.close()

    app = Starlette(routes=routes(), lifespan=lifespan, exception_handlers=handlers(), middleware=_middleware(settings))
    app.state.settings = settings
    app.state.admin_keys = settings.admin() if settings.admin_keys else AdminKeys(())
    app.state.metrics = metrics
    app.state.queue = queue
    app.state.series = series
    app.state.watching = watching
    app.state.foretelling = Foretelling()
    app.state.trials = Trials()
    app.state.rehearsals = rehearsals
    app.state.renderer = Renderer()
    app.state.previews = Previews()
    app.state.static_files = StaticFiles.load()
    app.state.database = database
    app.state.points = points
    app.state.report_desk = report_desk
    app.state.recording = recording
    app.state.draw_checks = DrawChecks(queue)
    app.state.keeping = keeping
    for name in ("audit", "people", "sessions", "passwords", "second_factors", "signing_in", "guesses"):
        setattr(app.state, name, getattr(desk, name))
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


def _middleware(settings: Settings) -> list[Middleware]:
    return [
        Middleware(SecurityHeaders, csp=CONTENT_SECURITY_POLICY, is_https=settings.is_console_https),
        Middleware(BodyLimit),
    ]
