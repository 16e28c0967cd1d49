"""One's own account: password, second factor, and the one-time link that sets a first password."""

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from edge.console.access import refuse_other_sites, session_of
from edge.console.people.accounts import People
from edge.console.people.bodies import FirstCode, FromLink, NewPassword, Proof
from edge.console.people.cookies import known_proof, set_known
from edge.console.people.known_browsers import KnownBrowsers
from edge.console.people.passwords import Passwords, TooBusyError, complaint_about
from edge.console.people.second_factors import SecondFactors
from edge.console.people.session_api import waiting
from edge.console.people.signing_in import BUSY_SECONDS, SigningIn, Wait
from waitroom.errors import QueueUnavailableError
from waitroom.queue import Queue
from waitroom.settings import Settings
from waitroom.web.answers import private_json
from waitroom.web.bodies import read_json
from waitroom.web.guesses import Guesses, TooManyGuessesError
from waitroom.web.networks import client_network
from waitroom.web.problems import Problem


async def change_password(request: Request) -> Response:
    """Set another password; one's other sessions end, and this browser alone stays known."""
    session = session_of(request)
    body = await read_json(request, NewPassword)
    await prove(request, session.name, body.password)
    password_hash = await hash_of_new(request, body.new_password, name=session.name)
    who = f"person:{session.name}"
    bound_to = await people_of(request).set_password(session.name, password_hash, who=who, but=session.session_id)
    known_browsers: KnownBrowsers = request.app.state.known_browsers
    response = Response(status_code=204)
    set_known(request, response, known_browsers.remember(bound_to))
    return response


async def use_link(request: Request) -> Response:
    """Set a password by a one-time link; the sign-in comes after it."""
    refuse_other_sites(request)
    body = await read_json(request, FromLink)
    return private_json({"name": await set_by_link(request, body.token, body.new_password)})


async def set_by_link(request: Request, token: str, password: str) -> str:
    """Set a password by a link and return whose it is. Raises Problem("link-over")."""
    settings: Settings = request.app.state.settings
    guesses: Guesses = request.app.state.guesses
    try:
        with guesses.trying(client_network(request, settings.trusted_proxies)) as note_wrong:
            name = await people_of(request).holder_of(token)
            if name is None:
                note_wrong()
                raise Problem("link-over")
    except TooManyGuessesError as slowed:
        raise waiting(slowed.retry_after) from None
    password_hash = await hash_of_new(request, password, name=name)
    if await people_of(request).use_link(token, password_hash=password_hash) is None:
        raise Problem("link-over")
    return name


async def offer_second_factor(request: Request) -> Response:
    """Make a secret for an authenticator app; it counts once a code of it has come."""
    session = session_of(request)
    body = await read_json(request, Proof)
    await prove(request, session.name, body.password)
    offer = await second_factors_of(request).offer(session.name)
    document = {"secret": offer.secret, "address": offer.address, "picture": offer.picture}
    return private_json(document, status=201)


async def confirm_second_factor(request: Request) -> Response:
    """Put the offered secret into force by a code of it, and tell the recovery codes, this once."""
    session = session_of(request)
    body = await read_json(request, FirstCode)
    codes = await second_factors_of(request).confirm(session.name, body.code, but=session.session_id)
    if codes is None:
        raise Problem("code-wrong")
    return private_json({"recovery_codes": codes})


async def drop_second_factor(request: Request) -> Response:
    """Go on without a second factor, unless an admin requires it."""
    session = session_of(request)
    body = await read_json(request, Proof)
    await prove(request, session.name, body.password)
    if (await people_of(request).find(session.name)).requires_second_factor:
        raise Problem("second-factor-kept")
    await second_factors_of(request).give_up(session.name)
    return Response(status_code=204)


async def prove(request: Request, name: str, password: str) -> None:
    """Raise Problem("password-wrong") unless this is the password of who is signed in."""
    signing_in: SigningIn = request.app.state.signing_in
    match await signing_in.is_password_of(name, password, proof=known_proof(request)):
        case Wait(retry_after=seconds):
            raise waiting(seconds)
        case False:
            raise Problem("password-wrong")


async def hash_of_new(request: Request, password: str, *, name: str) -> str:
    """Return the hash of a new password. Raises Problem("validation-failed") when it will not do."""
    passwords: Passwords = request.app.state.passwords
    complaint = complaint_about(password, known=[name, *await _rooms(request)])
    if complaint is not None:
        errors = [{"field": "new_password", "problem": complaint}]
        raise Problem("validation-failed", detail=f"The new password {complaint}.", errors=errors)
    try:
        return await passwords.make_hash(password)
    except TooBusyError:
        raise waiting(BUSY_SECONDS) from None


def people_of(request: Request) -> People:
    """The people of this console."""
    people: People = request.app.state.people
    return people


def second_factors_of(request: Request) -> SecondFactors:
    """The second factors of this console's people."""
    second_factors: SecondFactors = request.app.state.second_factors
    return second_factors


async def _rooms(request: Request) -> list[str]:
    queue: Queue = request.app.state.queue
    with suppress(QueueUnavailableError):
        return list(await queue.rooms())
    return []
