"""People, as admins see and change them."""

from starlette.requests import Request
from starlette.responses import Response

from edge.console.access import who
from edge.console.audit import Entry
from edge.console.people.account_api import people_of
from edge.console.people.accounts import NAME, Link, PersonMissingError
from edge.console.people.bodies import NewPerson, PersonChange
from edge.console.people.documents import Json, moment, person_document, session_document
from edge.console.people.session_api import audit_of, sessions_of
from waitroom.admin_keys import Role
from waitroom.settings import Settings
from waitroom.web.answers import private_json
from waitroom.web.bodies import read_json

CHANGEABLE = ("role", "is_disabled", "requires_second_factor")


async def list_people(request: Request) -> Response:
    """List everybody, by name."""
    return private_json({"people": [person_document(person) for person in await people_of(request).everyone()]})


async def add_person(request: Request) -> Response:
    """Add somebody, and tell the one-time link that sets the first password, this once."""
    body, people = await read_json(request, NewPerson), people_of(request)
    await people.add(body.name, Role(body.role), who=who(request), requires_second_factor=body.requires_second_factor)
    link = await people.make_link(body.name, who=who(request))
    headers = {"Location": f"/v1/admin/people/{body.name}"}
    return private_json(await _document(request, body.name, link), status=201, headers=headers)


async def show_person(request: Request) -> Response:
    """Show one person."""
    return private_json(await _document(request, _name(request)))


async def change_person(request: Request) -> Response:
    """Change a person, unlock, take the second factor away, make another link."""
    name, people, caller = _name(request), people_of(request), who(request)
    body = await read_json(request, PersonChange)
    changes = {each: getattr(body, each) for each in CHANGEABLE if getattr(body, each) is not None}
    if changes:
        await people.change(name, changes, who=caller)
    if body.unlock:
        await people.unlock(name, who=caller)
    if body.drop_second_factor:
        await people.drop_second_factor(name, who=caller)
    link = await people.make_link(name, who=caller) if body.new_link else None
    return private_json(await _document(request, name, link))


async def remove_person(request: Request) -> Response:
    """Remove a person; what the audit says of the person stays."""
    await people_of(request).remove(_name(request), who=who(request))
    return Response(status_code=204)


async def list_sessions(request: Request) -> Response:
    """List the sessions of a person, newest first."""
    name = (await people_of(request).find(_name(request))).name
    return private_json({"sessions": [session_document(row) for row in await sessions_of(request).of(name)]})


async def end_sessions(request: Request) -> Response:
    """Sign a person out everywhere."""
    name = (await people_of(request).find(_name(request))).name
    await sessions_of(request).end_of(name)
    await audit_of(request).note(Entry(who=who(request), what="end-sessions", after={"name": name}))
    return Response(status_code=204)


async def _document(request: Request, name: str, link: Link | None = None) -> Json:
    settings: Settings = request.app.state.settings
    document = person_document(await people_of(request).find(name))
    # The token is behind the hash, which browsers send to nobody and no proxy's log has.
    told = None if link is None else {"url": link_address(settings, link), "ends_at": moment(link.ends_at)}
    return document | {"link": told}


def link_address(settings: Settings, link: Link) -> str:
    """Return the address that a person opens to set a password."""
    return f"{settings.console_url}/welcome#{link.token}"


def _name(request: Request) -> str:
    name: str = request.path_params["name"]
    if not NAME.fullmatch(name):
        raise PersonMissingError(f"There is no person {name!r}.")
    return name
