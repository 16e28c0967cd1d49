"""Signing in and out, and what a session may do."""

from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette

from edge.console import access
from edge.console.app import create_app
from edge.console.audit import Audit, Wanted
from edge.console.database import ConsoleDatabase
from edge.console.people.sessions import Sessions
from tests.edge.console.conftest import ADDRESS, ROOMS, SECRETS
from tests.edge.console.people.conftest import PASSWORD, AddPerson, Browser
from waitroom.admin_keys import Role
from waitroom.metrics import SIGN_INS
from waitroom.settings import Settings

OpenBrowser = Callable[[], Browser]
SESSION = "/v1/admin/session"


async def test_in_and_out(browser: Browser, add_person: AddPerson) -> None:
    """Who signs in is known by name and role until signing out; the cookie is for this site and no script."""
    await add_person("olga")
    refused = await browser.ask("GET", SESSION)
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/sign-in-required")
    signed_in = await browser.sign_in(" Olga ")
    assert (signed_in.status_code, signed_in.json()["name"], signed_in.json()["role"]) == (201, "olga", "operator")
    cookie = signed_in.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("waitroom-console=", "httponly", "samesite=lax", "path=/"))
    told = (await browser.ask("GET", SESSION)).json()
    assert (told["name"], told["ends_at"]) == ("olga", signed_in.json()["ends_at"])
    assert (await browser.ask("GET", ROOMS)).status_code == 200
    token = browser.token
    assert (await browser.ask("DELETE", SESSION)).status_code == 204
    assert browser.token is None
    again = await browser.ask("GET", SESSION, headers={"Cookie": f"waitroom-console={token}"})
    assert again.status_code == 401


async def test_a_session_has_its_persons_role(browser: Browser, add_person: AddPerson, room_name: str) -> None:
    """A viewer who has signed in may look, and may not make a room."""
    await add_person("vic", Role.VIEWER)
    await browser.sign_in("vic")
    refused = await browser.ask("POST", ROOMS, json={"room": room_name})
    assert (refused.status_code, refused.json()["needed"]) == (403, "admin")


async def test_one_answer_for_whatever_does_not_fit(
    browser: Browser, add_person: AddPerson, console: Starlette
) -> None:
    """Unknown name, wrong password, disabled and never invited people are told apart by nobody."""
    await add_person("olga")
    await add_person("dora")
    people = console.state.people
    await people.change("dora", {"is_disabled": True}, who="test")
    await people.add("ines", Role.VIEWER, who="test")
    answers = [
        await browser.sign_in("olga", "something else entirely"),
        await browser.sign_in("nobody"),
        await browser.sign_in("dora"),
        await browser.sign_in("ines"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


async def test_a_session_begins_anew_at_each_sign_in(browser: Browser, add_person: AddPerson) -> None:
    """A token that somebody has put into the browser is never taken over, and the one before it ends."""
    await add_person("olga")
    planted = "planted-by-somebody-else-000000000000000000"
    await browser.ask("GET", SESSION, headers={"Cookie": f"waitroom-console={planted}"})
    await browser.ask(
        "POST",
        SESSION,
        json={"name": "olga", "password": PASSWORD},
        headers={"Cookie": f"waitroom-console={planted}"},
    )
    first = browser.token
    assert first != planted
    await browser.sign_in("olga")
    assert browser.token != first
    browser.client.cookies.clear()
    old = await browser.ask("GET", SESSION, headers={"Cookie": f"waitroom-console={first}"})
    assert old.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": ADDRESS, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Origin": "http://console.test.evil.example"},
    ],
)
async def test_other_sites_change_nothing(
    browser: Browser, add_person: AddPerson, room_name: str, headers: dict[str, str]
) -> None:
    """A page of another site that makes the browser send the cookie is refused, whatever it sends."""
    await add_person("anna", Role.ADMIN)
    await browser.sign_in("anna")
    for method, path in (("POST", ROOMS), ("DELETE", SESSION), ("POST", SESSION), ("POST", "/v1/admin/link")):
        refused = await browser.ask(method, path, json={"room": room_name}, headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/cross-site")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
async def test_what_a_form_could_send_is_no_call(
    browser: Browser, add_person: AddPerson, room_name: str, kind: str | None
) -> None:
    """A body that a form of another site could send without asking is not taken, even from an old browser."""
    await add_person("anna", Role.ADMIN)
    await browser.sign_in("anna")
    headers = {} if kind is None else {"Content-Type": kind}
    request = browser.client.build_request("POST", ROOMS, content=f'{{"room": "{room_name}"}}', headers=headers)
    response = await browser.client.send(request)
    assert (response.status_code, response.json()["type"]) == (415, "/problems/json-required")


async def test_without_the_check_another_site_gets_through(
    browser: Browser, add_person: AddPerson, room_name: str, console: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: with the check taken away the same call makes a room."""
    await add_person("anna", Role.ADMIN)
    await browser.sign_in("anna")
    monkeypatch.setattr(access, "refuse_other_sites", lambda _request: None)
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    made = await browser.ask("POST", ROOMS, json={"room": room_name}, headers=evil)
    assert made.status_code == 201
    await console.state.queue.delete(room_name)


async def test_other_sessions_end(open_browser: OpenBrowser, add_person: AddPerson) -> None:
    """One sees one's own sessions with the network of each, and ends all but this one."""
    await add_person("olga")
    here, there = open_browser(), open_browser()
    await here.sign_in("olga")
    await there.sign_in("olga")
    listed = (await here.ask("GET", "/v1/admin/sessions")).json()["sessions"]
    assert [each["is_current"] for each in listed] == [False, True]
    assert {each["network"] for each in listed} == {"127.0.0.1"}
    assert (await here.ask("DELETE", "/v1/admin/sessions")).status_code == 204
    assert (await there.ask("GET", SESSION)).status_code == 401
    assert (await here.ask("GET", SESSION)).status_code == 200


async def test_a_disabled_person_is_out_at_once(browser: Browser, add_person: AddPerson, console: Starlette) -> None:
    """Disabling ends what is signed in, and enabling brings no session back."""
    await add_person("olga")
    await browser.sign_in("olga")
    await console.state.people.change("olga", {"is_disabled": True}, who="test")
    assert (await browser.ask("GET", ROOMS)).status_code == 401
    await console.state.people.change("olga", {"is_disabled": False}, who="test")
    assert (await browser.ask("GET", ROOMS)).status_code == 401


async def test_idle_and_old_sessions_are_over(browser: Browser, add_person: AddPerson, console: Starlette) -> None:
    """A session ends an hour after its last use and twelve hours after it began; use goes on with it until then."""
    await add_person("olga")
    database: ConsoleDatabase = console.state.database
    for column, past, expected in (
        ("used_at", "59 minutes", 200),
        ("used_at", "61 minutes", 401),
        ("ends_at", "12 hours 1 second", 401),
    ):
        await browser.sign_in("olga")
        shift = f"UPDATE console.sessions SET {column} = {column} - interval '{past}'"
        await database.run(shift)
        assert (await browser.ask("GET", SESSION)).status_code == expected, column
    await browser.sign_in("olga")
    await database.run("UPDATE console.sessions SET used_at = used_at - interval '59 minutes'")
    await browser.ask("GET", SESSION)
    row = await database.row(
        "SELECT max(used_at) > clock_timestamp() - interval '5 minutes' AS is_renewed FROM console.sessions"
    )
    assert row == {"is_renewed": True}


async def test_an_outage_ends_no_session(
    browser: Browser,
    open_browser: OpenBrowser,
    add_person: AddPerson,
    console: Starlette,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While PostgreSQL is away who was signed in goes on, acts are noted later, and nobody signs in."""
    await add_person("anna", Role.ADMIN)
    await browser.sign_in("anna")
    stranger = open_browser()
    database: ConsoleDatabase = console.state.database
    await browser.ask("GET", SESSION)
    with monkeypatch.context() as outage:
        outage.setattr(database, "_pool", ConsoleDatabase("postgresql://127.0.0.1:1/nothing")._pool)
        assert (await browser.ask("GET", ROOMS)).status_code == 200
        told = (await browser.ask("GET", SESSION)).json()
        assert (told["name"], told["has_second_factor"]) == ("anna", None)
        refused = await stranger.sign_in("anna")
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/database-unavailable")
        assert "retry-after" in refused.headers
        unknown = await stranger.ask("GET", SESSION, headers={"Cookie": "waitroom-console=" + "x" * 43})
        assert unknown.status_code == 503


@pytest.mark.parametrize(("method", "path", "expected"), [("DELETE", SESSION, 204), ("POST", "/sign-out", 303)])
async def test_who_signs_out_in_an_outage_stays_out(
    browser: Browser,
    add_person: AddPerson,
    console: Starlette,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    expected: int,
) -> None:
    """Signing out works without PostgreSQL, and the session is over when it is back, for this process and for all."""
    await add_person("anna")
    await browser.sign_in("anna")
    await browser.ask("GET", SESSION)
    cookie = {"Cookie": f"waitroom-console={browser.token}"}
    database: ConsoleDatabase = console.state.database
    with monkeypatch.context() as outage:
        outage.setattr(database, "_pool", ConsoleDatabase("postgresql://127.0.0.1:1/nothing")._pool)
        assert (await browser.ask(method, path)).status_code == expected
        assert browser.token is None
        assert (await browser.ask("GET", SESSION, headers=cookie)).status_code == 401
    database._rest_until = 0
    assert (await browser.ask("GET", SESSION, headers=cookie)).status_code == 401
    await console.state.keeping.look()
    assert await database.rows("SELECT 1 FROM console.sessions") == []


async def test_an_outage_is_not_idleness(
    browser: Browser, add_person: AddPerson, console: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was at work while PostgreSQL was away is not signed out for it; nor does memory outlive its bounds."""
    await add_person("olga")
    now = 0.0
    sessions: Sessions = console.state.sessions
    sessions._clock = lambda: now
    await browser.sign_in("olga")
    await browser.ask("GET", SESSION)
    database: ConsoleDatabase = console.state.database
    with monkeypatch.context() as outage:
        outage.setattr(database, "_pool", ConsoleDatabase("postgresql://127.0.0.1:1/nothing")._pool)
        for minute in (50, 100, 121):
            now = minute * 60.0
            answer = (await browser.ask("GET", ROOMS)).status_code
            assert answer == (200 if minute < 120 else 401)
        now = 100 * 60.0
    database._rest_until = 0
    await database.run("UPDATE console.sessions SET used_at = used_at - interval '100 minutes'")
    assert (await browser.ask("GET", ROOMS)).status_code == 200


async def test_only_under_https_are_cookies_bound_to_it(console_settings: Settings) -> None:
    """Under HTTPS both cookies are `__Host-` and Secure."""
    app = create_app(console_settings.model_copy(update={"console_url": "https://console.test"}))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="https://console.test") as client,
    ):
        await app.state.people.add("olga", Role.VIEWER, who="test")
        await app.state.people.set_password("olga", await app.state.passwords.make_hash(PASSWORD), who="test")
        own = {"Origin": "https://console.test"}
        response = await client.post(SESSION, json={"name": "olga", "password": PASSWORD}, headers=own)
        session, known = response.headers.get_list("set-cookie")
        assert session.startswith("__Host-waitroom-console=")
        assert known.startswith("__Host-waitroom-console-known=")
        assert "Secure" in session
        assert "Secure" in known
        again = await client.post(SESSION, json={"name": "olga", "password": "wrong"}, headers=own)
        counts = await app.state.database.rows("SELECT browser_of FROM console.tries")
        assert (again.status_code, [row["browser_of"] is not None for row in counts]) == (401, [True])
        assert (await client.get(SESSION)).json()["name"] == "olga"


async def test_tries_are_counted_by_outcome(
    open_browser: OpenBrowser, add_person: AddPerson, console: Starlette
) -> None:
    """Each try is counted once, by what came of it; every outcome is there, at zero, before the first."""
    await add_person("olga")
    assert counted(console) == dict.fromkeys(SIGN_INS, 0)
    await open_browser().sign_in("olga")
    await console.state.database.run("UPDATE console.people SET second_factor = 'x'")
    await open_browser().sign_in("olga")
    await open_browser().sign_in("olga", code="000000")
    for _ in range(5):
        await open_browser().sign_in("olga", "wrong")
    assert counted(console) == {"signed-in": 1, "code-asked": 1, "code-wrong": 1, "wrong": 4, "slowed": 1}


def counted(console: Starlette) -> dict[str, float | None]:
    """How many tries had which outcome."""
    registry = console.state.metrics.registry
    return {each: registry.get_sample_value("waitroom_sign_ins_total", {"outcome": each}) for each in SIGN_INS}


async def test_keys_have_no_account(browser: Browser) -> None:
    """A machine's key opens no account."""
    refused = await browser.ask("GET", SESSION, headers={"Authorization": f"Bearer {SECRETS['admin']}"})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/person-required")


async def test_acts_are_audited(browser: Browser, add_person: AddPerson, console: Starlette, room_name: str) -> None:
    """Every act on a room leaves who, what, before and after; a refused one leaves nothing."""
    await add_person("anna", Role.ADMIN)
    await browser.sign_in("anna")
    room = f"{ROOMS}/{room_name}"
    await browser.ask("POST", ROOMS, json={"room": room_name, "message": "soon"})
    await browser.ask("PATCH", room, json={"message": "now"})
    assert (await browser.ask("PATCH", room, json={"version": 1, "message": "stale"})).status_code == 409
    await browser.ask("POST", f"{room}/pause", json={})
    await browser.ask("POST", f"{room}/codes", json={"count": 2})
    await browser.ask("POST", f"{room}/simulate", json={"hours": 1})
    await browser.ask("DELETE", room)
    audit: Audit = console.state.audit
    entries = list(reversed(await audit.read(Wanted(room=room_name))))
    assert [each["what"] for each in entries] == ["make-room", "change-room", "pause", "add-codes", "delete-room"]
    assert {each["who"] for each in entries} == {"person:anna"}
    assert (entries[1]["before"], entries[1]["after"]) == ({"message": "soon"}, {"message": "now"})
    assert (entries[2]["before"], entries[2]["after"]) == ({"paused": False}, {"paused": True})
    assert entries[3]["after"] == {"new": 2, "tier": 0, "uses": 1}
    assert (entries[0]["before"], entries[-1]["after"]) == (None, None)
    epoch_rows = await console.state.database.rows("SELECT version FROM console.settings_kept ORDER BY version")
    assert [row["version"] for row in epoch_rows] == [1, 2, 3]


async def test_who_needs_a_second_factor_first_is_told_so_everywhere(browser: Browser, add_person: AddPerson) -> None:
    """The contract tells it of every call, also of the evening's, and of a POST that is no JSON."""
    await add_person("otto", requires_second_factor=True)
    await browser.sign_in("otto")
    room = "/v1/admin/rooms/nowhere"
    tales = ("rehearsal", "report", "report/timeline.csv", "report/networks.csv")
    for path in ("/v1/admin/reports", *(f"{room}/{tale}" for tale in tales)):
        assert (await browser.ask("GET", path)).json()["type"] == "/problems/second-factor-needed"
    assert (await browser.ask("POST", f"{room}/verify-draw", json={})).status_code == 403
    for call in ("verify-draw", "support", "rehearsal"):
        assert (await browser.ask("POST", f"{room}/{call}")).json()["type"] == "/problems/json-required"
