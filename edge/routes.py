"""The URL table of the edge, nothing else."""

from starlette.routing import BaseRoute, Route

from edge import api, pages


def routes() -> list[BaseRoute]:
    """Every address that fans reach."""
    return [
        # The addresses are tried in this order: the join is the one that comes by the thousand.
        Route("/v1/rooms/{room}/join", api.join, methods=["POST"]),
        Route("/v1/rooms/{room}", api.snapshot),
        Route("/v1/rooms/{room}/place", api.place),
        Route("/v1/rooms/{room}/claim", api.claim, methods=["POST"]),
        Route("/v1/rooms/{room}/leave", api.leave, methods=["POST"]),
        Route("/v1/rooms/{room}/receipt", api.receipt, methods=["POST"]),
        Route("/v1/rooms/{room}/draw", api.draw),
        Route("/v1/rooms/{room}/draw/{fan_id}", api.draw_of_fan),
        Route("/.well-known/waitroom-keys.json", api.public_keys),
        *pages.routes(),
    ]
