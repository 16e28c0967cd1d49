"""People as admins see and change them; the last admin stays; every act is in the audit."""

import asyncio
from collections.abc import Callable

import psycopg
import pytest
from starlette.applications import Starlette

from edge.console.people.accounts import LastAdminError, People
from tests.edge.console.conftest import Ask
from tests.edge.console.people.conftest import PASSWORD, AddPerson, Browser
from waitroom.admin_keys import Role

PEOPLE = "/v1/admin/people"
AUDIT = "/v1/admin/audit"
OpenBrowser = Callable[[], Browser]


async def test_from_the_invitation_to_the_removal(
    browser: Browser, open_browser: OpenBrowser, add_person: AddPerson
) -> None:
    """An admin adds somebody, who sets a password by the link; changes the role; removes the person, who is out."""
    await add_person("anna", Role.ADMIN)
    await browser.sign_in("anna")
    made = await browser.ask("POST", PEOPLE, json={"name": " Otto@Example.org ", "role": "viewer"})
    assert (made.status_code, made.json()["has_password"]) == (201, False)
    assert made.headers["location"] == f"{PEOPLE}/otto@example.org"
    url: str = made.json()["link"]["url"]
    assert url.startswith("http://console.test/welcome#")
    otto = open_browser()
    body = {"token": url.partition("#")[2], "new_password": PASSWORD}
    assert (await otto.ask("POST", "/v1/admin/link", json=body)).status_code == 200
    await otto.sign_in("otto@example.org")
    assert (await otto.ask("GET", PEOPLE)).json()["needed"] == "admin"
    path = f"{PEOPLE}/otto@example.org"
    changed = await browser.ask("PATCH", path, json={"role": "admin"})
    assert (changed.json()["role"], changed.json()["link"]) == ("admin", None)
    assert [each["name"] for each in (await otto.ask("GET", PEOPLE)).json()["people"]] == ["anna", "otto@example.org"]
    assert len((await browser.ask("GET", f"{path}/sessions")).json()["sessions"]) == 1
    assert (await browser.ask("DELETE", path)).status_code == 204
    assert (await otto.ask("GET", PEOPLE)).status_code == 401
    assert (await browser.ask("GET", path)).json()["type"] == "/problems/person-missing"


async def test_refusals(ask: Ask, add_person: AddPerson) -> None:
    """A name that is taken, a name that cannot be, a role that is none, a field that is none: each is named."""
    await add_person("olga")
    assert (await ask("POST", PEOPLE, json={"name": "olga", "role": "viewer"})).json()[
        "type"
    ] == "/problems/person-exists"
    for body, field in (
        ({"name": "o l g a", "role": "viewer"}, "name"),
        ({"name": "otto", "role": "king"}, "role"),
        ({"name": "otto", "role": "viewer", "password": "x"}, "password"),
    ):
        refused = await ask("POST", PEOPLE, json=body)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert (await ask("PATCH", f"{PEOPLE}/nobody", json={"unlock": True})).status_code == 404
    assert (await ask("DELETE", f"{PEOPLE}/Nobody%20at%20all")).status_code == 404


async def test_an_admin_ends_sessions_unlocks_and_helps_who_lost_the_app(
    browser: Browser, add_person: AddPerson, ask: Ask, console: Starlette
) -> None:
    """The acts on a person: signed out everywhere, unlocked, without the second factor, with a new link."""
    await add_person("olga")
    await browser.sign_in("olga")
    assert (await ask("DELETE", f"{PEOPLE}/olga/sessions")).status_code == 204
    assert (await browser.ask("GET", "/v1/admin/session")).status_code == 401
    await console.state.database.run("UPDATE console.people SET second_factor = 'x'")
    for _ in range(5):
        await browser.sign_in("olga", "wrong")
    assert (await ask("GET", f"{PEOPLE}/olga")).json()["locked_until"] is not None
    acts = {"unlock": True, "drop_second_factor": True, "new_link": True, "requires_second_factor": True}
    told = (await ask("PATCH", f"{PEOPLE}/olga", json=acts)).json()
    assert (told["locked_until"], told["has_second_factor"], told["requires_second_factor"]) == (None, False, True)
    assert told["link"]["url"]


async def test_the_last_admin_stays(ask: Ask, add_person: AddPerson) -> None:
    """The only admin who can sign in is neither demoted, disabled nor removed; an invited one does not count."""
    await add_person("anna", Role.ADMIN)
    await ask("POST", PEOPLE, json={"name": "ines", "role": "admin"})
    for method, body in (("PATCH", {"role": "viewer"}), ("PATCH", {"is_disabled": True}), ("DELETE", None)):
        refused = await ask(method, f"{PEOPLE}/anna", json=body)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/last-admin")
    await add_person("abel", Role.ADMIN)
    assert (await ask("PATCH", f"{PEOPLE}/anna", json={"role": "viewer"})).status_code == 200


async def test_two_admins_who_demote_each_other(add_person: AddPerson, console: Starlette) -> None:
    """At the same moment one of them succeeds, and one stays."""
    await add_person("anna", Role.ADMIN)
    await add_person("abel", Role.ADMIN)
    people: People = console.state.people
    outcomes = await asyncio.gather(
        people.change("anna", {"role": "viewer"}, who="person:abel"),
        people.change("abel", {"role": "viewer"}, who="person:anna"),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [LastAdminError]


async def test_the_audit_names_who_did_what(browser: Browser, add_person: AddPerson, ask: Ask) -> None:
    """Acts on people are told with before and after, newest first, by page and by filter; never a secret."""
    await add_person("anna", Role.ADMIN)
    await browser.sign_in("anna")
    await browser.ask("POST", PEOPLE, json={"name": "otto", "role": "viewer"})
    await browser.ask("PATCH", f"{PEOPLE}/otto", json={"role": "operator", "is_disabled": True})
    await browser.ask("DELETE", f"{PEOPLE}/otto")
    told = (await browser.ask("GET", AUDIT, params={"who": "person:anna"})).json()
    acts = [entry["what"] for entry in told["entries"]]
    assert acts == ["remove-person", "change-person", "make-link", "add-person", "sign-in"]
    change = told["entries"][1]
    assert change["before"] == {"name": "otto", "role": "viewer", "is_disabled": False}
    assert change["after"] == {"name": "otto", "role": "operator", "is_disabled": True}
    first = (await ask("GET", AUDIT, role="operator", params={"most": 2})).json()
    assert [entry["what"] for entry in first["entries"]] == ["remove-person", "change-person"]
    second = (await ask("GET", AUDIT, params={"most": 2, "before": first["next"]})).json()
    assert [entry["what"] for entry in second["entries"]] == ["make-link", "add-person"]
    assert (await ask("GET", AUDIT, params={"what": "sign-in", "room": "nowhere"})).json()["entries"] == []
    assert (await ask("GET", AUDIT, params={"since": change["at"], "what": "sign-in"})).json()["entries"] == []
    for name, value in (("most", "0"), ("before", "x"), ("since", "yesterday"), ("who", "x" * 200)):
        refused = await ask("GET", AUDIT, params={name: value})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, name)


async def test_the_audit_is_only_added_to(add_person: AddPerson, database_url: str) -> None:
    """No entry is changed, removed or emptied away, whoever tries it."""
    await add_person("anna")
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in ("UPDATE console.audit SET who = 'x'", "DELETE FROM console.audit", "TRUNCATE console.audit"):
            with pytest.raises(psycopg.errors.RaiseException, match="never changed"):
                connection.execute(statement)
        assert connection.execute("SELECT count(*) FROM console.audit").fetchone() == (2,)
