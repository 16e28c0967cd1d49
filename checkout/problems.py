"""The problem answers of the checkout alone: the database is away, and refusals as pages for people."""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from checkout.access import waiting_room_url
from checkout.errors import DatabaseUnavailableError, SeatsBusyError, UnstorableTextError
from checkout.rendering import Renderer
from checkout.services import services_of
from checkout.values import Document
from waitroom.web.problems import PROBLEMS, Problem, problem_handlers

RETRY_SECONDS = 2


def handlers(renderer: Renderer) -> dict[Any, ExceptionHandler]:  # Any: Starlette's own type of the keys
    """Return the exception handlers: documents for programs under /v1, pages for people elsewhere."""

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        if is_for_program(request):
            return await _call(plain[Problem], request, error)
        document = error.to_json()
        return problem_page(renderer, request, document, headers=error.headers)

    async def on_unavailable(request: Request, _error: Exception) -> Response:
        headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "private, no-store"}
        return await on_problem(request, Problem("checkout-unavailable", headers=headers))

    async def on_unstorable(request: Request, _error: Exception) -> Response:
        return await on_problem(request, Problem("not-found"))

    async def on_http_exception(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if is_for_program(request) or error.status_code != 404:
            return await _call(plain[HTTPException], request, error)
        return problem_page(renderer, request, Problem("not-found").to_json())

    plain = problem_handlers()
    own = {
        Problem: on_problem,
        HTTPException: on_http_exception,
        DatabaseUnavailableError: on_unavailable,
        SeatsBusyError: on_unavailable,
        UnstorableTextError: on_unstorable,
    }
    return {**plain, **own}


def is_for_program(request: Request) -> bool:
    """Say whether a document is wanted, not a page."""
    return request.url.path.startswith(("/v1/", "/.well-known/"))


def problem_page(
    renderer: Renderer, request: Request, document: Document, *, headers: Mapping[str, str] | None = None
) -> Response:
    """Show a refusal to a person: what is so, and where to go on."""
    room = getattr(request.state, "room", None)
    url = document.get("waiting_room_url") or waiting_room_url(request, room=room)
    values = {"problem": document, "waiting_room_url": url, "event": request.path_params.get("event")}
    return renderer.page("problem.html", values, status=document["status"], headers=headers)


async def explain_problem(request: Request) -> Response:
    """Explain a problem type: the page behind its `type`."""
    kind = PROBLEMS.get(request.path_params["name"])
    if kind is None:
        raise Problem("not-found")
    renderer: Renderer = request.app.state.renderer
    values = {"kind": kind, "name": request.path_params["name"], "url": services_of(request).settings.public_url}
    return renderer.page("problem_type.html", values, headers={"Cache-Control": "public, max-age=86400"})


async def _call(handler: ExceptionHandler, request: Request, error: Exception) -> Response:
    answer: Any = handler(request, error)  # type: ignore[arg-type]  # an HTTP handler: it takes a Request
    response: Response = await answer
    return response
