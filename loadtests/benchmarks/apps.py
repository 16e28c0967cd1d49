"""What is measured: the edge as it ships, and a bare route that answers as much and does nothing for it."""

import json
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from checkout.access import SameOrigin
from checkout.app import create_app as create_checkout
from checkout.rendering import CONTENT_SECURITY_POLICY
from checkout.reporting import Pulse, Timed
from edge.app import content_security_policy, create_app
from edge.assets import compress, encoded
from edge.pages import HTML, SHARED, VARY
from waitroom.metrics import CheckoutMetrics
from waitroom.settings import Settings
from waitroom.web.limits import BodyLimit
from waitroom.web.problems import problem_handlers
from waitroom.web.security import SecurityHeaders

EMPTY_PAGE = b"<!doctype html><title>Empty</title><section data-empty=yes>.</section>"
ANSWER = "BENCH_ANSWER"
"""The file that holds the answer of a join, as the bare route gives it."""


def edge() -> ASGIApp:
    """The edge, by its settings in the environment."""
    return create_app(Settings.from_env())


def bare() -> ASGIApp:
    """A route with the edge's middleware that sends a join's bytes and cookie without working for them."""
    settings = Settings.from_env()
    answer = json.loads(Path(os.environ[ANSWER]).read_text())
    body, cookie = answer["body"].encode(), answer["cookie"]

    async def route(_request: Request) -> Response:
        response = Response(body, 201, headers={"Cache-Control": "private, no-store"}, media_type="application/json")
        response.headers.append("set-cookie", cookie)
        return response

    return Starlette(
        routes=[Route("/bare", route, methods=["POST"])],
        exception_handlers=problem_handlers(),
        middleware=[
            Middleware(SecurityHeaders, csp=content_security_policy(settings), is_https=settings.is_https),
            Middleware(BodyLimit),
        ],
    )


def empty() -> ASGIApp:
    """A page with the headers of the waiting page and next to nothing in it: no page can be there sooner."""
    settings = Settings.from_env()
    headers = {"Cache-Control": SHARED, **VARY, "Content-Language": "en"}

    async def route(request: Request) -> Response:
        return encoded(request, EMPTY_PAGE, compress(EMPTY_PAGE), media_type=HTML, headers=headers)

    return Starlette(
        routes=[Route("/", route)],
        exception_handlers=problem_handlers(),
        middleware=[
            Middleware(SecurityHeaders, csp=content_security_policy(settings), is_https=settings.is_https),
            Middleware(BodyLimit),
        ],
    )


def checkout() -> ASGIApp:
    """The checkout, by its settings in the environment."""
    return create_checkout(Settings.from_env())


def bare_checkout() -> ASGIApp:
    """A route with the checkout's middleware that sends a hold's bytes without working for them."""
    settings = Settings.from_env()
    body = json.loads(Path(os.environ[ANSWER]).read_text())["body"].encode()

    async def route(_request: Request) -> Response:
        headers = {"Cache-Control": "private, no-store"}
        return Response(body, 201, headers=headers, media_type="application/json")

    return Starlette(
        routes=[Route("/bare", route, methods=["POST"])],
        exception_handlers=problem_handlers(),
        middleware=[
            Middleware(Timed, pulse=Pulse(), metrics=CheckoutMetrics()),
            Middleware(SecurityHeaders, csp=CONTENT_SECURITY_POLICY, is_https=False),
            Middleware(SameOrigin, own_url=settings.checkout_url),
            Middleware(BodyLimit),
        ],
    )


APPS = {"edge": edge, "bare": bare, "empty": empty, "checkout": checkout, "bare_checkout": bare_checkout}
