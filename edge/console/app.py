"""The composition root of the console."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.middleware import Middleware

from edge.console.foretelling import Foretelling
from edge.console.rendering import Renderer
from edge.console.routes import routes
from edge.console.series import Series
from edge.console.static_files import StaticFiles
from edge.console.trials import Trials
from edge.console.watching import Watching
from waitroom.errors import QueueUnavailableError
from waitroom.metrics import ConsoleMetrics
from waitroom.queue import Queue
from waitroom.settings import Settings
from waitroom.web.limits import BodyLimit
from waitroom.web.ops import create_ops_app as create_ops
from waitroom.web.problems import problem_handlers
from waitroom.web.security import SecurityHeaders

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing inline and nothing from elsewhere; a dry run's picture is shown from a `blob:` address."""


def create_app(settings: Settings) -> Starlette:
    """Make the console; nothing is opened before its lifespan begins. Raises ConfigurationError."""
    settings.key_source()
    metrics = ConsoleMetrics()
    queue = Queue.connect(settings.redis_url, observe=metrics.script_observed)
    watching = Watching(queue)
    series = Series(queue, on_look=watching.consider)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        loops = [asyncio.create_task(each.run(), name=type(each).__name__) for each in (series, watching)]
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()
            for loop in loops:
                with suppress(asyncio.CancelledError):
                    await loop
            await queue.close()

    app = Starlette(
        routes=routes(), lifespan=lifespan, exception_handlers=problem_handlers(), middleware=_middleware(settings)
    )
    app.state.settings = settings
    app.state.admin_keys = settings.admin()
    app.state.metrics = metrics
    app.state.queue = queue
    app.state.series = series
    app.state.watching = watching
    app.state.foretelling = Foretelling()
    app.state.trials = Trials()
    app.state.renderer = Renderer()
    app.state.static_files = StaticFiles.load()
    return app


def create_ops_app(app: Starlette) -> Starlette:
    """Make the ops port of this console."""
    queue: Queue = app.state.queue
    metrics: ConsoleMetrics = app.state.metrics

    async def why_not_ready() -> str | None:
        try:
            await queue.rooms()
        except QueueUnavailableError as away:
            return str(away)
        return None

    return create_ops(why_not_ready=why_not_ready, registry=metrics.registry)


def _middleware(settings: Settings) -> list[Middleware]:
    return [
        Middleware(SecurityHeaders, csp=CONTENT_SECURITY_POLICY, is_https=settings.is_https),
        Middleware(BodyLimit),
    ]
