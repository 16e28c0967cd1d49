"""The fan-facing calls under /v1: parse, call the line, answer."""

from typing import Annotated

from pydantic import StringConstraints
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from edge.boards import Boards
from edge.cookies import clear_pass, set_pass
from edge.entrants import Entrants
from edge.line import Line
from edge.moving import Moving
from edge.presale import LONGEST_TYPED
from waitroom.metrics import EdgeMetrics
from waitroom.settings import Settings
from waitroom.short_codes import LONGEST_TYPED as LONGEST_SHORT_CODE
from waitroom.tokens import SigningKeys
from waitroom.web.answers import FOR_ONE_FAN, private_json
from waitroom.web.bodies import Body, idempotency_key, read_json
from waitroom.web.problems import Problem, problem_response
from waitroom.web.same_origin import is_own_form

FOR_EVERYONE = "public, max-age=1, stale-while-revalidate=5, stale-if-error=60"
FOR_GOOD = "public, max-age=3600"
OPEN_TO_ALL_SITES = {"Access-Control-Allow-Origin": "*"}


class NoFields(Body):
    """A body without fields."""


class JoinBody(Body):
    """What a newcomer may bring."""

    code: Annotated[str, StringConstraints(max_length=LONGEST_TYPED)] | None = None
    anew: bool = False
    """Join as a new fan where the place of the pass has moved to another device."""


class TakeOverBody(Body):
    """The code that the other device shows."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SHORT_CODE)]


async def snapshot(request: Request) -> Response:
    """Describe the room now, the same for everyone, from memory."""
    boards: Boards = request.app.state.boards
    metrics: EdgeMetrics = request.app.state.metrics
    room = request.path_params["room"]
    document = boards.get(room).document
    metrics.snapshot_served(room)
    headers = {"Cache-Control": FOR_EVERYONE, "ETag": document.etag} | OPEN_TO_ALL_SITES
    if document.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(document.body, media_type="application/json", headers=headers)


async def join(request: Request) -> Response:
    """Give the fan a place in line, and the pass."""
    settings: Settings = request.app.state.settings
    room = request.path_params["room"]
    _refuse_other_sites(request)
    key = idempotency_key(request, is_required=False)
    body = await read_json(request, JoinBody)
    try:
        joined = await _line(request).join(request, room, key, code=body.code, anew=body.anew)
    except Problem as problem:
        return _forget_other_epoch(problem, room, settings)
    request.app.state.networks.note(request, joined)
    is_browser = "sec-fetch-site" in request.headers
    response = private_json(joined.to_json(is_browser=is_browser), status=201 if joined.created else 200)
    set_pass(response, room, joined.pass_text, settings)
    return response


async def place(request: Request) -> Response:
    """Say where the fan stands."""
    answer = await _line(request).place(request, request.path_params["room"])
    return private_json(answer.to_json())


async def claim(request: Request) -> Response:
    """Take the turn."""
    _refuse_other_sites(request)
    await read_json(request, NoFields)
    answer = await _line(request).claim(request, request.path_params["room"])
    return private_json(answer.to_json())


async def more_time(request: Request) -> Response:
    """Give who has the turn more time to take it."""
    _refuse_other_sites(request)
    await read_json(request, NoFields)
    answer = await _line(request).more_time(request, request.path_params["room"])
    return private_json(answer.to_json())


async def move(request: Request) -> Response:
    """Make a code by which another device takes the place over."""
    _refuse_other_sites(request)
    await read_json(request, NoFields)
    answer = await _moving(request).move(request, request.path_params["room"])
    return private_json(answer.to_json(), status=201)


async def take_over(request: Request) -> Response:
    """Give this device the place of a code."""
    settings: Settings = request.app.state.settings
    room = request.path_params["room"]
    _refuse_other_sites(request)
    key = idempotency_key(request, is_required=False)
    body = await read_json(request, TakeOverBody)
    joined = await _moving(request).take_over(request, room, body.code, key)
    response = private_json(joined.to_json(is_browser="sec-fetch-site" in request.headers))
    set_pass(response, room, joined.pass_text, settings)
    return response


async def support(request: Request) -> Response:
    """Make a code by which the organizer's desk finds the fan."""
    _refuse_other_sites(request)
    await read_json(request, NoFields)
    answer = await _moving(request).support(request, request.path_params["room"])
    return private_json(answer.to_json(), status=201)


async def leave(request: Request) -> Response:
    """Give the place up; the pass goes with it."""
    _refuse_other_sites(request)
    room = request.path_params["room"]
    await read_json(request, NoFields)
    await _line(request).leave(request, room)
    response = Response(status_code=204, headers={"Cache-Control": FOR_ONE_FAN})
    clear_pass(response, room, request.app.state.settings)
    return response


async def receipt(request: Request) -> Response:
    """Sign that the fan is in the lobby."""
    _refuse_other_sites(request)
    await read_json(request, NoFields)
    signing: SigningKeys = request.app.state.signing
    given = await _line(request).receipt(request, request.path_params["room"])
    return private_json({"receipt": given.sign(signing)} | given.to_json())


async def draw(request: Request) -> Response:
    """Stream the draw proof: what the draw was made of, then all entrants in the lobby's order."""
    board = _line(request).snapshot(request.path_params["room"])
    if not board.is_drawn or board.draw.seed is None:
        raise Problem("not-yet", headers=OPEN_TO_ALL_SITES)
    entrants: Entrants = request.app.state.entrants
    return StreamingResponse(
        entrants.lines(board),
        media_type="application/jsonl",
        headers={"Cache-Control": FOR_GOOD} | OPEN_TO_ALL_SITES,
    )


async def draw_of_fan(request: Request) -> Response:
    """Prove that one fan was among the entrants, with the score and the rank that follow."""
    entrants: Entrants = request.app.state.entrants
    board = _line(request).snapshot(request.path_params["room"])
    if not board.is_drawn or board.draw.seed is None:
        raise Problem("not-yet", headers=OPEN_TO_ALL_SITES)
    proof = await entrants.prove(board, request.path_params["fan_id"])
    return JSONResponse(proof.to_json(), headers={"Cache-Control": FOR_GOOD} | OPEN_TO_ALL_SITES)


async def public_keys(request: Request) -> Response:
    """Publish the public halves of the signing keys."""
    signing: SigningKeys = request.app.state.signing
    return JSONResponse(signing.to_jwks(), headers={"Cache-Control": "public, max-age=300"})


def _line(request: Request) -> Line:
    line: Line = request.app.state.line
    return line


def _refuse_other_sites(request: Request) -> None:
    # A form of another site brings no cookie and would get this browser another place; one of another host below our
    # own domain does bring it, and would act for the fan.
    settings: Settings = request.app.state.settings
    if not is_own_form(request.headers, public_url=settings.public_url):
        raise Problem("cross-site")


def _moving(request: Request) -> Moving:
    moving: Moving = request.app.state.moving
    return moving


def _forget_other_epoch(problem: Problem, room: str, settings: Settings) -> Response:
    response = problem_response(problem)
    if problem.name == "other-epoch":
        # The cookie is of a room that is gone: without it the next join is that of a new fan.
        clear_pass(response, room, settings)
    return response
