"""Signing in and out, and one's own sessions."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from edge.console.access import refuse_other_sites, session_of
from edge.console.audit import Audit, Entry
from edge.console.people.bodies import SignIn
from edge.console.people.cookies import clear_session, known_proof, session_token, set_known, set_session
from edge.console.people.documents import account_document, moment, session_document
from edge.console.people.sessions import Sessions
from edge.console.people.signing_in import CodeNeeded, Credentials, Outcome, Refused, SignedIn, SigningIn, Wait
from waitroom.metrics import ConsoleMetrics
from waitroom.settings import Settings
from waitroom.web.answers import private_json
from waitroom.web.bodies import read_json
from waitroom.web.networks import client_network
from waitroom.web.problems import Problem

REFUSED: Final = "Name and password, or the code, do not fit. After five failures in a row the name has to wait."


async def sign_in(request: Request) -> Response:
    """Begin a session by name, password and, where there is a second factor, a code."""
    refuse_other_sites(request)
    body = await read_json(request, SignIn)
    outcome = await try_to_sign_in(request, Credentials(name=body.name, password=body.password, code=body.code))
    signed_in = _signed_in(outcome)
    document = {"name": signed_in.name, "role": signed_in.role, "ends_at": moment(signed_in.session.ends_at)}
    response = private_json(document, status=201)
    hand_over(request, response, signed_in)
    return response


async def try_to_sign_in(request: Request, given: Credentials) -> Outcome:
    """Check credentials, count what came of it, and end the session that the browser had before."""
    settings: Settings = request.app.state.settings
    signing_in: SigningIn = request.app.state.signing_in
    network = client_network(request, settings.trusted_proxies)
    outcome = await signing_in.sign_in(given, network=network, proof=known_proof(request))
    metrics: ConsoleMetrics = request.app.state.metrics
    metrics.sign_in_tried(outcome=_word_for(outcome))
    before = session_token(request)
    if isinstance(outcome, SignedIn) and before is not None:
        await sessions_of(request).end(before)
    return outcome


def hand_over(request: Request, response: Response, signed_in: SignedIn) -> None:
    """Give the browser its session, and let it be known from now on."""
    set_session(request, response, signed_in.session.token)
    set_known(request, response, signed_in.proof)


async def show_session(request: Request) -> Response:
    """Say who is signed in."""
    return private_json(await account_document(request, session_of(request)))


async def sign_out(request: Request) -> Response:
    """End this session."""
    session_of(request)
    await end_session(request)
    response = Response(status_code=204)
    clear_session(request, response)
    return response


async def end_session(request: Request) -> None:
    """End the session that came with a request, if there is one."""
    name = await sessions_of(request).end(session_token(request) or "")
    if name is not None:
        await audit_of(request).note(Entry(who=f"person:{name}", what="sign-out"))


async def list_sessions(request: Request) -> Response:
    """List one's own sessions, newest first."""
    session = session_of(request)
    rows = await sessions_of(request).of(session.name)
    return private_json({"sessions": [session_document(row, current=session.session_id) for row in rows]})


async def end_other_sessions(request: Request) -> Response:
    """End all of one's own sessions but this one."""
    session = session_of(request)
    await sessions_of(request).end_of(session.name, but=session.session_id)
    await audit_of(request).note(Entry(who=f"person:{session.name}", what="end-sessions", after={"name": session.name}))
    return Response(status_code=204)


def sessions_of(request: Request) -> Sessions:
    """The sessions of this console."""
    sessions: Sessions = request.app.state.sessions
    return sessions


def audit_of(request: Request) -> Audit:
    """The audit of this console."""
    audit: Audit = request.app.state.audit
    return audit


def waiting(seconds: int) -> Problem:
    """The refusal of whoever has tried too often."""
    told = f"{seconds} seconds" if seconds < 100 else f"{round(seconds / 60)} minutes"
    detail = f"Too many failed tries: try again in {told}. An admin can unlock a person."
    return Problem("locked", detail=detail, headers={"Retry-After": str(seconds)}, retry_after=seconds)


def _signed_in(outcome: Outcome) -> SignedIn:
    match outcome:
        case SignedIn():
            return outcome
        case Refused():
            raise Problem("sign-in-refused", detail=REFUSED)
        case CodeNeeded():
            raise Problem("second-factor-required")
        case Wait(retry_after=seconds):
            raise waiting(seconds)


def _word_for(outcome: Outcome) -> str:
    match outcome:
        case SignedIn():
            return "signed-in"
        case CodeNeeded():
            return "code-asked"
        case Refused(is_password_right=is_password_right):
            return "code-wrong" if is_password_right else "wrong"
        case Wait():
            return "slowed"
