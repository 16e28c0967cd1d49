"""The pages of people as they are without any script: signing in and out, a first password, the audit."""

import re
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette

from edge.console import access
from edge.console.audit import Entry
from edge.console.database import ConsoleDatabase
from tests.edge.console.people.conftest import PASSWORD, AddPerson, Browser
from waitroom.admin_keys import Role
from waitroom.web import guesses

OpenBrowser = Callable[[], Browser]
EVIL = {"Origin": "https://evil.example"}


async def post(browser: Browser, path: str, **fields: str) -> httpx.Response:
    """Send a form of the console's own page."""
    return await browser.ask("POST", path, data=fields)


async def test_in_and_out_by_form(browser: Browser, add_person: AddPerson) -> None:
    """Who opens a page is led to the sign-in, from there to the page, and by a button out again."""
    await add_person("anna", Role.ADMIN)
    led = await browser.ask("GET", "/audit?who=person%3Aanna")
    assert led.status_code == 303
    form = await browser.ask("GET", led.headers["location"])
    assert 'value="/audit?who=person%3Aanna"' in form.text
    wrong = await post(browser, "/sign-in", name=" Anna ", password="not this one", next="/audit")
    assert (wrong.status_code, "do not fit" in wrong.text, "not this one" in wrong.text) == (401, True, False)
    assert 'value="anna"' in wrong.text
    done = await post(browser, "/sign-in", name="anna", password=PASSWORD, next="/audit?who=person%3Aanna")
    assert (done.status_code, done.headers["location"]) == (303, "/audit?who=person%3Aanna")
    assert (await browser.ask("GET", "/audit")).status_code == 200
    assert (await browser.ask("GET", "/sign-in?next=/people")).headers["location"] == "/people"
    out = await post(browser, "/sign-out")
    assert (out.status_code, out.headers["location"], browser.token) == (303, "/sign-in", None)
    assert (await browser.ask("GET", "/audit")).status_code == 303


async def test_the_form_leads_to_no_other_site(browser: Browser, add_person: AddPerson) -> None:
    """A planted `next` ends at the list of rooms, in the form and after it."""
    await add_person("anna")
    form = await browser.ask("GET", "/sign-in", params={"next": "//evil.example"})
    assert "evil" not in form.text
    done = await post(browser, "/sign-in", name="anna", password=PASSWORD, next="https://evil.example/")
    assert done.headers["location"] == "/"


async def test_forms_of_other_sites_are_refused(
    browser: Browser, add_person: AddPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another site signs nobody in or out and sets no password; with the check taken away it would."""
    await add_person("anna")
    await browser.sign_in("anna")
    for path in ("/sign-in", "/sign-out", "/welcome"):
        refused = await browser.ask("POST", path, data={"name": "anna", "password": PASSWORD}, headers=EVIL)
        assert refused.status_code == 403
    assert (await browser.ask("GET", "/account")).status_code == 200
    monkeypatch.setattr(access, "is_own_form", lambda *_args, **_options: True)
    signed_out = await browser.ask("POST", "/sign-out", headers=EVIL)
    assert (signed_out.status_code, browser.token) == (303, None)


async def test_locked_and_away_are_told_in_words(
    browser: Browser, add_person: AddPerson, console: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form says for how long to wait, and what goes on while the database is away."""
    monkeypatch.setattr(guesses, "BURST", 1000)
    await add_person("anna")
    for _ in range(5):
        await post(browser, "/sign-in", name="anna", password="wrong", next="/")
    locked = await post(browser, "/sign-in", name="anna", password=PASSWORD, next="/")
    assert locked.status_code == 429
    assert re.search(r"try again in \d+ seconds", locked.text)
    monkeypatch.setattr(console.state.database, "_pool", ConsoleDatabase("postgresql://127.0.0.1:1/x")._pool)
    away = await post(browser, "/sign-in", name="anna", password=PASSWORD, next="/")
    assert (away.status_code, "Rooms go on" in away.text) == (503, True)
    assert (await browser.ask("GET", "/sign-in", headers={"Cookie": "waitroom-console=x"})).status_code == 503


async def test_a_first_password_by_form(browser: Browser, console: Starlette) -> None:
    """The whole link is pasted; a password that will not do is told; then the sign-in follows."""
    people = console.state.people
    await people.add("ines", Role.VIEWER, who="test")
    link = f"http://console.test/welcome#{(await people.make_link('ines', who='test')).token}"
    assert (await browser.ask("GET", "/welcome")).status_code == 200
    weak = await post(browser, "/welcome", link=link, new_password="short")
    assert (weak.status_code, "fewer than 12" in weak.text, link in weak.text) == (422, True, True)
    done = await post(browser, "/welcome", link=link, new_password=PASSWORD)
    assert (done.status_code, done.headers["location"]) == (303, "/sign-in?fresh=1")
    assert "is set" in (await browser.ask("GET", "/sign-in?fresh=1")).text
    over = await post(browser, "/welcome", link=link, new_password=PASSWORD)
    assert (over.status_code, "another one" in over.text) == (410, True)
    assert (await post(browser, "/sign-in", name="ines", password=PASSWORD, next="/")).status_code == 303


async def test_pages_need_their_roles(browser: Browser, add_person: AddPerson) -> None:
    """A viewer sees the own account, and neither people nor audit."""
    await add_person("vic", Role.VIEWER)
    await browser.sign_in("vic")
    answers = {path: (await browser.ask("GET", path)).status_code for path in ("/account", "/people", "/audit")}
    assert answers == {"/account": 200, "/people": 403, "/audit": 403}


async def test_who_must_have_a_second_factor_is_led_to_it(browser: Browser, add_person: AddPerson) -> None:
    """Every page leads to the account, which says why."""
    await add_person("olga", requires_second_factor=True)
    await browser.sign_in("olga")
    assert (await browser.ask("GET", "/audit")).headers["location"] == "/account"
    assert "Set a second factor up first" in (await browser.ask("GET", "/account")).text


async def test_the_audit_shows_text_as_text(browser: Browser, add_person: AddPerson, console: Starlette) -> None:
    """Whatever stands in an entry is shown, never run; filters stay in the form and in the links."""
    await add_person("anna", Role.ADMIN)
    await browser.sign_in("anna")
    evil = "<script>alert(1)</script>"
    entry = Entry(
        who="person:<b>",
        what="change-room",
        room="arena",
        before={"message": "", "plan": [], "gone": None},
        after={"message": evil, "plan": [{"at": 1}], "rate": 600.0},
    )
    await console.state.audit.note(entry)
    html = (await browser.ask("GET", "/audit", params={"room": "arena", "most": "1"})).text
    assert evil not in html
    assert "&lt;script&gt;" in html
    assert "600<" in html
    assert 'value="arena"' in html
    assert "room=arena&amp;before=" in html or "room=arena&before=" in html
    none = await browser.ask("GET", "/audit", params={"who": "person:nobody"})
    assert "Nothing fits" in none.text
    wrong = await browser.ask("GET", "/audit", params={"most": "many"})
    assert (wrong.status_code, wrong.headers["content-type"].startswith("text/html")) == (422, True)


async def test_a_form_with_endless_fields_is_refused(browser: Browser) -> None:
    """No field is longer than any of ours, and no page breaks on odd ones."""
    answers = [
        await post(browser, "/sign-in", name="a\0b", password="\0", next="\0"),
        await post(browser, "/sign-in", name="x" * 5000, password="y", next="/"),
        await post(browser, "/sign-in"),
        await post(browser, "/welcome"),
    ]
    assert [answer.status_code for answer in answers] == [401, 400, 401, 410]
