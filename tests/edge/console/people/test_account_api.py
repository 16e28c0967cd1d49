"""One's own account: password, second factor, the link that sets a first password."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pyotp
import pytest
from starlette.applications import Starlette

from edge.console.people import one_time_codes
from tests.edge.console.people.conftest import PASSWORD, AddPerson, Browser
from waitroom.admin_keys import Role
from waitroom.clock import FrozenClock
from waitroom.tokens import KeyRing
from waitroom.web import guesses

SESSION = "/v1/admin/session"
SECOND = f"{SESSION}/second-factor"
OTHER = "eleven blue herons"
OpenBrowser = Callable[[], Browser]
STEP_MS = 30_000


@pytest.fixture
def clock(console: Starlette) -> FrozenClock:
    """The time that codes are read by."""
    clock = FrozenClock()
    console.state.second_factors._clock = clock
    return clock


@pytest.fixture(autouse=True)
def _patient_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let these tests be wrong as often as they need."""
    monkeypatch.setattr(guesses, "BURST", 1000)


def code_at(secret: str, clock: FrozenClock, *, steps: int = 0) -> str:
    """What the app shows so many steps from now."""
    return pyotp.TOTP(secret).at(clock.now_ms() // 1000 + 30 * steps)


async def set_up(browser: Browser, clock: FrozenClock) -> tuple[str, list[str]]:
    """Set a second factor up; returns its secret and the recovery codes."""
    offer = await browser.ask("POST", SECOND, json={"password": PASSWORD})
    assert offer.status_code == 201, offer.text
    secret: str = offer.json()["secret"]
    confirmed = await browser.ask("PUT", SECOND, json={"code": code_at(secret, clock)})
    assert confirmed.status_code == 200, confirmed.text
    clock.advance(ms=STEP_MS)
    return secret, confirmed.json()["recovery_codes"]


async def told(answer: httpx.Response) -> tuple[int, str]:
    """The status and the name of the problem."""
    document: dict[str, Any] = answer.json()  # Any: JSON values
    return answer.status_code, document.get("type", "").removeprefix("/problems/")


async def test_another_password(open_browser: OpenBrowser, add_person: AddPerson) -> None:
    """Who knows the password sets another one; the other sessions end, this one goes on."""
    await add_person("olga")
    here, there = open_browser(), open_browser()
    await here.sign_in("olga")
    await there.sign_in("olga")
    path = f"{SESSION}/password"
    wrong = await here.ask("POST", path, json={"password": "who knows what", "new_password": OTHER})
    assert await told(wrong) == (403, "password-wrong")
    weak = await here.ask("POST", path, json={"password": PASSWORD, "new_password": "olga"})
    assert (weak.status_code, weak.json()["errors"][0]["field"]) == (422, "new_password")
    assert (await here.ask("POST", path, json={"password": PASSWORD, "new_password": OTHER})).status_code == 204
    assert (await here.ask("GET", SESSION)).status_code == 200
    assert (await there.ask("GET", SESSION)).status_code == 401
    assert await told(await there.sign_in("olga")) == (401, "sign-in-refused")
    assert (await there.sign_in("olga", OTHER)).status_code == 201


async def test_wrong_passwords_inside_count_as_at_the_door(browser: Browser, add_person: AddPerson) -> None:
    """A browser left open is no place to guess: five tries, then a wait."""
    await add_person("olga")
    await browser.sign_in("olga")
    body = {"password": "who knows what", "new_password": OTHER}
    answers = [(await browser.ask("POST", f"{SESSION}/password", json=body)).status_code for _ in range(6)]
    assert answers == [403] * 5 + [429]


async def test_a_second_factor(open_browser: OpenBrowser, add_person: AddPerson, clock: FrozenClock) -> None:
    """Once confirmed, a sign-in needs a code as well; each code is good once, half a minute early or late."""
    await add_person("olga")
    browser = open_browser()
    await browser.sign_in("olga")
    assert await told(await browser.ask("PUT", SECOND, json={"code": "123456"})) == (409, "code-wrong")
    assert await told(await browser.ask("POST", SECOND, json={"password": "wrong"})) == (403, "password-wrong")
    secret, _ = await set_up(browser, clock)
    assert (await browser.ask("GET", SESSION)).json()["has_second_factor"] is True
    assert await told(await browser.sign_in("olga")) == (401, "second-factor-required")
    assert await told(await browser.sign_in("olga", code="000000")) == (401, "sign-in-refused")
    now = code_at(secret, clock)
    assert (await browser.sign_in("olga", code=f"{now[:3]} {now[3:]}")).status_code == 201
    assert await told(await browser.sign_in("olga", code=now)) == (401, "sign-in-refused")
    earlier = code_at(secret, clock, steps=-1)
    assert await told(await browser.sign_in("olga", code=earlier)) == (401, "sign-in-refused")
    assert (await browser.sign_in("olga", code=code_at(secret, clock, steps=1))).status_code == 201
    assert await told(await browser.sign_in("olga", code=code_at(secret, clock, steps=3))) == (401, "sign-in-refused")


async def test_one_code_at_the_same_moment_opens_once(
    open_browser: OpenBrowser, add_person: AddPerson, clock: FrozenClock
) -> None:
    """Who looks over a shoulder and is as quick does not get in as well."""
    await add_person("olga")
    browser = open_browser()
    await browser.sign_in("olga")
    secret, _ = await set_up(browser, clock)
    code = code_at(secret, clock)
    answers = await asyncio.gather(*(open_browser().sign_in("olga", code=code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]


async def test_without_the_note_of_the_step_a_code_works_twice(
    open_browser: OpenBrowser, add_person: AddPerson, clock: FrozenClock, console: Starlette
) -> None:
    """The negative control: what makes a code good once is the step that is written down."""
    await add_person("olga")
    browser = open_browser()
    await browser.sign_in("olga")
    secret, _ = await set_up(browser, clock)
    code = code_at(secret, clock)
    assert (await browser.sign_in("olga", code=code)).status_code == 201
    await console.state.database.run("UPDATE console.people SET second_factor_step = 0")
    assert (await browser.sign_in("olga", code=code)).status_code == 201


async def test_wrong_codes_lock_and_missing_ones_do_not(
    open_browser: OpenBrowser, add_person: AddPerson, clock: FrozenClock
) -> None:
    """Who knows the password alone has five guesses at the code; asking for the code first costs none."""
    await add_person("olga")
    browser = open_browser()
    await browser.sign_in("olga")
    secret, _ = await set_up(browser, clock)
    for _ in range(8):
        assert await told(await browser.sign_in("olga")) == (401, "second-factor-required")
    answers = []
    for _ in range(6):
        answers.append((await browser.sign_in("olga", code="000000")).status_code)
        await browser.sign_in("olga")
    assert answers == [401] * 5 + [429]
    assert await told(await browser.sign_in("olga", code=code_at(secret, clock))) == (429, "locked")


async def test_recovery_codes(open_browser: OpenBrowser, add_person: AddPerson, clock: FrozenClock) -> None:
    """Each of the eight opens once, as it is typed; then it is gone."""
    await add_person("olga")
    browser = open_browser()
    await browser.sign_in("olga")
    _, codes = await set_up(browser, clock)
    assert len(set(codes)) == one_time_codes.RECOVERY_CODES
    typed = codes[0].lower().replace("-", " ")
    assert (await browser.sign_in("olga", code=typed)).status_code == 201
    assert (await browser.ask("GET", SESSION)).json()["recovery_codes"] == 7
    assert await told(await browser.sign_in("olga", code=codes[0])) == (401, "sign-in-refused")


async def test_a_second_factor_is_given_up_unless_it_is_required(
    open_browser: OpenBrowser, add_person: AddPerson, clock: FrozenClock, console: Starlette
) -> None:
    """By who knows the password; where an admin requires it, it stays."""
    await add_person("olga")
    browser = open_browser()
    await browser.sign_in("olga")
    await set_up(browser, clock)
    await console.state.people.change("olga", {"requires_second_factor": True}, who="test")
    kept = await browser.ask("DELETE", SECOND, json={"password": PASSWORD})
    assert await told(kept) == (409, "second-factor-kept")
    await console.state.people.change("olga", {"requires_second_factor": False}, who="test")
    assert (await browser.ask("DELETE", SECOND, json={"password": PASSWORD})).status_code == 204
    assert (await browser.sign_in("olga")).status_code == 201


async def test_who_must_have_one_does_nothing_else_first(
    open_browser: OpenBrowser, add_person: AddPerson, clock: FrozenClock
) -> None:
    """Whoever must have a second factor sets it up before anything else opens."""
    await add_person("olga", requires_second_factor=True)
    browser = open_browser()
    assert (await browser.sign_in("olga")).status_code == 201
    assert await told(await browser.ask("GET", "/v1/admin/rooms")) == (403, "second-factor-needed")
    assert (await browser.ask("GET", SESSION)).json()["needs_second_factor"] is True
    await set_up(browser, clock)
    assert (await browser.ask("GET", "/v1/admin/rooms")).status_code == 200


async def test_a_secret_is_sealed_for_its_person(add_person: AddPerson, browser: Browser, console: Starlette) -> None:
    """The database alone gives no codes; a sealed secret opens for its person and with a key of the ring only."""
    await add_person("olga")
    await browser.sign_in("olga")
    secret = (await browser.ask("POST", SECOND, json={"password": PASSWORD})).json()["secret"]
    row = await console.state.database.row("SELECT second_factor_pending FROM console.people")
    assert row is not None
    sealed = bytes(row["second_factor_pending"])
    assert secret.encode() not in sealed
    ring = console.state.settings.key_source().current()
    assert one_time_codes.unseal(sealed, name="olga", ring=ring) == secret
    assert one_time_codes.unseal(sealed, name="otto", ring=ring) is None
    assert one_time_codes.unseal(sealed, name="olga", ring=KeyRing.parse("test:" + "z" * 48)) is None
    assert one_time_codes.unseal(sealed, name="olga", ring=KeyRing.parse("new:" + "z" * 48)) is None
    both = KeyRing((KeyRing.parse("new:" + "z" * 48).newest, ring.newest))
    assert one_time_codes.unseal(sealed, name="olga", ring=both) == secret
    assert not one_time_codes.is_sealed_with_newest(sealed, both)


async def test_a_link_sets_a_password_once(browser: Browser, console: Starlette) -> None:
    """A link sets a password that will do, once; then, or when its time is over, it is worth nothing."""
    people = console.state.people
    await people.add("ines", Role.VIEWER, who="test")
    link = await people.make_link("ines", who="test")
    weak = await browser.ask("POST", "/v1/admin/link", json={"token": link.token, "new_password": "ines"})
    assert weak.status_code == 422
    used = await browser.ask("POST", "/v1/admin/link", json={"token": link.token, "new_password": PASSWORD})
    assert (used.status_code, used.json()) == (200, {"name": "ines"})
    assert (await browser.sign_in("ines")).status_code == 201
    again = await browser.ask("POST", "/v1/admin/link", json={"token": link.token, "new_password": OTHER})
    assert await told(again) == (410, "link-over")
    late = await people.make_link("ines", who="test")
    await console.state.database.run("UPDATE console.people SET link_ends_at = clock_timestamp()")
    over = await browser.ask("POST", "/v1/admin/link", json={"token": late.token, "new_password": OTHER})
    assert await told(over) == (410, "link-over")
