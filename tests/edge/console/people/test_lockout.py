"""After five failures in a row a name waits, however many try at once, and whether there is such a person or not."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette

from edge.console.people import lockout
from edge.console.people.lockout import Locked, Lockout, Try
from tests.edge.console.people.conftest import PASSWORD, AddPerson, Browser
from waitroom.web import guesses

WRONG = "not the password at all"
TRIES = 20


@pytest.fixture(autouse=True)
def _patient_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let these tests count by name alone: they all come from one network."""
    monkeypatch.setattr(guesses, "BURST", 1000)


async def all_at_once(open_browser: Callable[[], Browser], name: str, password: str) -> list[httpx.Response]:
    """Sign in from twenty browsers at the same moment."""
    return await asyncio.gather(*(open_browser().sign_in(name, password) for _ in range(TRIES)))


async def test_twenty_at_once_are_five_tries(open_browser: Callable[[], Browser], add_person: AddPerson) -> None:
    """Of twenty wrong sign-ins at the same moment five are tried; then even the right password has to wait."""
    await add_person("olga")
    answers = await all_at_once(open_browser, "olga", WRONG)
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15
    waits = {int(answer.headers["retry-after"]) for answer in answers if answer.status_code == 429}
    assert max(waits) <= 60
    assert (await open_browser().sign_in("olga")).json()["type"] == "/problems/locked"


async def test_without_the_lock_all_are_tried(
    open_browser: Callable[[], Browser], add_person: AddPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: with waits of nothing all twenty are tried."""
    await add_person("olga")
    monkeypatch.setattr(lockout, "WAITS_SECONDS", (0.0,))
    answers = await all_at_once(open_browser, "olga", WRONG)
    assert {answer.status_code for answer in answers} == {401}


async def test_nobody_learns_who_is_here(open_browser: Callable[[], Browser], add_person: AddPerson) -> None:
    """A name that nobody has waits in the same way."""
    await add_person("olga")
    for name in ("olga", "nobody"):
        answers = [(await open_browser().sign_in(name, WRONG)).status_code for _ in range(6)]
        assert answers == [401] * 5 + [429]


async def test_an_unknown_name_costs_the_same_work(
    browser: Browser, add_person: AddPerson, console: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hash is computed for every name, so that time tells nobody who is here."""
    await add_person("olga")
    await console.state.people.change("olga", {"is_disabled": True}, who="test")
    hasher, checked = console.state.passwords._hasher, []
    verify = type(hasher).verify

    def note(self: object, password_hash: str, password: str) -> bool:
        checked.append(password_hash)
        return bool(verify(self, password_hash, password))

    monkeypatch.setattr(type(hasher), "verify", note)
    for name in ("olga", "nobody", "no body \0 at all"):
        assert (await browser.sign_in(name, WRONG)).status_code == 401
    assert len(checked) == 3


async def test_waits_grow_and_a_success_ends_them(browser: Browser, add_person: AddPerson, console: Starlette) -> None:
    """1, 2, 4, 8, then 15 minutes; a success forgets all failures, and so does an admin."""
    await add_person("olga")
    counter = Lockout(console.state.database)
    waits = []
    for _ in range(10):
        assert isinstance(await counter.take("olga"), Try)
        refused = await counter.take("olga")
        waits.append(round(refused.retry_after / 60) if isinstance(refused, Locked) else 0)
        if not isinstance(refused, Locked):
            await counter.give_back(refused)
        await console.state.database.run("UPDATE console.tries SET locked_until = clock_timestamp()")
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 15, 15]
    assert (await browser.sign_in("olga")).status_code == 201
    assert await console.state.database.rows("SELECT * FROM console.tries") == []
    for _ in range(5):
        await browser.sign_in("olga", WRONG)
    assert (await console.state.people.find("olga")).locked_until is not None
    await console.state.people.unlock("olga", who="test")
    assert (await browser.sign_in("olga")).status_code == 201


async def test_a_day_later_the_count_begins_anew(console: Starlette) -> None:
    """Failures in a row are those of one day."""
    counter = Lockout(console.state.database)
    for _ in range(4):
        await counter.take("olga")
    await console.state.database.run("UPDATE console.tries SET last_at = last_at - interval '25 hours'")
    outcome = await counter.take("olga")
    assert isinstance(outcome, Try)
    assert outcome.failures == 1


async def test_a_network_that_guesses_waits(
    browser: Browser, add_person: AddPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five wrong names from one network, then a wait, also for who would be right."""
    monkeypatch.setattr(guesses, "BURST", 5)
    await add_person("olga")
    answers = [(await browser.sign_in(f"name-{number}", WRONG)).status_code for number in range(6)]
    assert answers == [401] * 5 + [429]
    refused = await browser.sign_in("olga", PASSWORD)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/locked")
