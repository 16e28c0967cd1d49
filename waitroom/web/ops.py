"""The ops port: alive, ready with a reason when not, metrics."""

from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Lifespan

from waitroom.web.problems import problem_handlers

WhyNotReady = Callable[[], Awaitable[str | None]]
WhatIsMissing = Callable[[], str | None]


def create_ops_app(
    *,
    why_not_ready: WhyNotReady,
    registry: CollectorRegistry,
    what_is_missing: WhatIsMissing = lambda: None,
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """Make the app of the ops port; `why_not_ready` answers None when the unit can serve.

    `what_is_missing` says in words what a unit that can serve does without. A unit that has no other port runs in
    its `lifespan`.
    """

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        reason = await why_not_ready()
        if reason is None:
            missing = what_is_missing()
            return JSONResponse({"status": "ready"} | ({"without": missing} if missing else {}))
        return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)

    async def metrics(_request: Request) -> Response:
        body: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]  # the library does not type it
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)],
        exception_handlers=problem_handlers(),
        lifespan=lifespan,
    )
