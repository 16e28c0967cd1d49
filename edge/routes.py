"""The URL table of the edge, nothing else."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from edge import api, brand, device_pages, pages
from edge.assets import Assets


def routes() -> list[BaseRoute]:
    """Every address that fans reach."""
    assets = Assets.load()
    shown = pages.Pages.load(assets)
    return [
        # The addresses are tried in this order: the join is the one that comes by the thousand.
        Route("/v1/rooms/{room}/join", _Plain(api.join), methods=["POST"]),
        Route("/v1/rooms/{room}", api.snapshot),
        Route("/v1/rooms/{room}/place", api.place),
        Route("/v1/rooms/{room}/claim", api.claim, methods=["POST"]),
        Route("/v1/rooms/{room}/leave", api.leave, methods=["POST"]),
        Route("/v1/rooms/{room}/more-time", api.more_time, methods=["POST"]),
        Route("/v1/rooms/{room}/move", api.move, methods=["POST"]),
        Route("/v1/rooms/{room}/take-over", api.take_over, methods=["POST"]),
        Route("/v1/rooms/{room}/support", api.support, methods=["POST"]),
        Route("/v1/rooms/{room}/receipt", api.receipt, methods=["POST"]),
        Route("/v1/rooms/{room}/draw", api.draw),
        Route("/v1/rooms/{room}/draw/{fan_id}", api.draw_of_fan),
        Route("/.well-known/waitroom-keys.json", api.public_keys),
        *brand.routes(),
        *device_pages.routes(shown),
        *pages.routes(shown, assets),
    ]


class _Plain:
    """Serves a view without the second net for exceptions that Starlette puts around each: its middleware's is one."""

    def __init__(self, view: Callable[[Request], Awaitable[Response]]) -> None:
        self._view = view

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._view(Request(scope, receive, send))
        await response(scope, receive, send)
