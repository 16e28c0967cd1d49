"""The pages of people: signing in and out, the first password, the account, the people, the audit.

Signing in, a first password and signing out work by form as well, without any script.
"""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from edge.console.access import refuse_forms_of_others, session_of
from edge.console.audit import Audit
from edge.console.audit_api import read_wanted
from edge.console.people.account_api import set_by_link
from edge.console.people.accounts import LINK_HOURS
from edge.console.people.bodies import LONGEST
from edge.console.people.cookies import clear_session, session_token
from edge.console.people.documents import account_document, entry_document
from edge.console.people.passwords import SHORTEST
from edge.console.people.session_api import REFUSED, end_session, hand_over, sessions_of, try_to_sign_in, waiting
from edge.console.people.signing_in import CodeNeeded, Credentials, Refused, SignedIn, Wait
from edge.console.people.way_back import way_back
from edge.console.rendering import page
from waitroom.admin_keys import Role
from waitroom.database import DatabaseUnavailableError
from waitroom.web.answers import FOR_ONE_FAN
from waitroom.web.problems import Problem

CODE: Final = "The password is right. Type it again, and the code of your app with it."
AWAY: Final = "The database cannot be reached for a moment, so nobody can sign in. Rooms go on; try again soon."


async def show_sign_in(request: Request) -> Response:
    """The form; who is signed in already goes on."""
    going_to = way_back(request.query_params.get("next"))
    token = session_token(request)
    try:
        if token and await sessions_of(request).find(token) is not None:
            return see(going_to)
    except DatabaseUnavailableError:
        return _sign_in_page(request, going_to=going_to, wrong=AWAY, status=503)
    return _sign_in_page(request, going_to=going_to, is_fresh="fresh" in request.query_params)


async def sign_in(request: Request) -> Response:
    """Take the form."""
    refuse_forms_of_others(request)
    form = await _read_form(request)
    name, going_to = form.get("name", "").strip().lower(), way_back(form.get("next"))
    given = Credentials(name=name, password=form.get("password", ""), code=form.get("code", "").strip() or None)
    try:
        outcome = await try_to_sign_in(request, given)
    except DatabaseUnavailableError:
        return _sign_in_page(request, name=name, going_to=going_to, wrong=AWAY, status=503)
    match outcome:
        case SignedIn() as signed_in:
            response = see(going_to)
            hand_over(request, response, signed_in)
            return response
        case CodeNeeded():
            return _sign_in_page(request, name=name, going_to=going_to, wrong=CODE, status=401)
        case Refused():
            return _sign_in_page(request, name=name, going_to=going_to, wrong=REFUSED, status=401)
        case Wait(retry_after=seconds):
            wrong = waiting(seconds).detail or ""
            return _sign_in_page(request, name=name, going_to=going_to, wrong=wrong, status=429)


async def sign_out(request: Request) -> Response:
    """End this session, and say so."""
    refuse_forms_of_others(request)
    await end_session(request)
    response = see("/sign-in")
    clear_session(request, response)
    return response


async def show_welcome(request: Request) -> Response:
    """The form behind a one-time link; its token is behind the hash, so it never reaches us before the form does."""
    return _welcome_page(request)


async def welcome(request: Request) -> Response:
    """Set the password, and go on to the sign-in."""
    refuse_forms_of_others(request)
    form = await _read_form(request)
    link, password = form.get("link", "").strip(), form.get("new_password", "")
    try:
        await set_by_link(request, link.rpartition("#")[2], password)
    except Problem as problem:
        return _welcome_page(request, link=link, problem=problem)
    return see("/sign-in?fresh=1")


async def show_account(request: Request) -> Response:
    """One's own password, second factor and sessions."""
    account = await account_document(request, session_of(request))
    return page(request, "account.html", {"account": account, "shortest": SHORTEST})


async def show_people(request: Request) -> Response:
    """Everybody who may sign in."""
    return page(request, "people.html", {"roles": list(Role), "link_hours": LINK_HOURS})


async def show_audit(request: Request) -> Response:
    """Who did what, newest first."""
    audit: Audit = request.app.state.audit
    wanted = read_wanted(request)
    entries = [entry_document(row) for row in await audit.read(wanted)]
    values = {
        "entries": entries,
        "next": entries[-1]["entry"] if len(entries) == wanted.most else None,
        "wanted": wanted,
        "not_yet": audit.kept,
    }
    return page(request, "audit.html", values)


def see(address: str) -> Response:
    """Lead on to another page."""
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": FOR_ONE_FAN})


def _sign_in_page(
    request: Request, *, going_to: str, name: str = "", wrong: str = "", is_fresh: bool = False, status: int = 200
) -> Response:
    values = {"going_to": going_to, "name": name, "wrong": wrong, "is_fresh": is_fresh}
    return page(request, "sign_in.html", values, status=status)


def _welcome_page(request: Request, *, link: str = "", problem: Problem | None = None) -> Response:
    told = problem.to_json() if problem else {}
    errors = {error["field"]: error["problem"] for error in told.get("errors", [])}
    values = {"link": link, "shortest": SHORTEST, "wrong": told.get("detail", ""), "errors": errors}
    return page(request, "welcome.html", values, status=problem.kind.status if problem else 200)


async def _read_form(request: Request) -> Mapping[str, str]:
    form = await request.form(max_files=0, max_fields=10)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if any(len(value) > 2 * LONGEST for value in fields.values()):
        raise Problem("malformed-body", detail="A field is longer than any of ours.")
    return fields
