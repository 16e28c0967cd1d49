"""A browser in which somebody has signed in is counted by itself: no stranger keeps that person out of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette

from edge.console.people import known_browsers
from edge.console.people.known_browsers import KnownBrowser, KnownBrowsers, KnownBrowserSigner
from tests.edge.console.people.conftest import PASSWORD, AddPerson, Browser
from tests.factories import START_MS, a_pass, a_ring
from tests.waitroom.tokens.contract import SignerContract
from waitroom.clock import FrozenClock
from waitroom.tokens import KeyRing, QueuePassSigner
from waitroom.tokens.signer import LONGEST_TOKEN, Signer

OpenBrowser = Callable[..., Browser]
SESSION = "/v1/admin/session"
WRONG = "not the password at all"
ELSEWHERE = "203.0.113.7"
NEW = "eleven quiet herons"


class TestKnownBrowserSigner(SignerContract):
    """The contract of all signers."""

    salt = "known-browser"

    def signer(self, ring: KeyRing) -> Signer[Any]:  # Any: either kind
        """Signs proofs."""
        return KnownBrowserSigner(ring)

    def payload(self) -> Any:  # Any: either kind
        """A proof."""
        return KnownBrowser(browser_id="b" * 22, bound_to="a" * 36, signed_in_at_ms=START_MS)

    def other(self, ring: KeyRing) -> str:
        """A pass."""
        return QueuePassSigner(ring).sign(a_pass())


async def know(open_browser: OpenBrowser, name: str = "olga") -> Browser:
    """Open a browser in which somebody has signed in, and out again."""
    browser = open_browser()
    assert (await browser.sign_in(name)).status_code == 201
    await browser.sign_out()
    return browser


async def lock(open_browser: OpenBrowser, name: str = "olga") -> Browser:
    """Guess the password of a name, on another network, until the name has to wait."""
    stranger = open_browser(network=ELSEWHERE)
    answers = [(await stranger.sign_in(name, WRONG)).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
    return stranger


async def test_a_stranger_keeps_nobody_out_of_a_known_browser(open_browser: OpenBrowser, add_person: AddPerson) -> None:
    """While a stranger makes the name wait, its known browser gets in; a new one waits, and so does the stranger."""
    await add_person("olga")
    known = await know(open_browser)
    stranger = await lock(open_browser)
    assert (await open_browser().sign_in("olga")).status_code == 429
    assert (await known.sign_in("olga")).status_code == 201
    assert (await stranger.sign_in("olga")).status_code == 429
    assert (await open_browser().sign_in("olga")).status_code == 429


async def test_without_the_proof_the_stranger_keeps_everybody_out(
    open_browser: OpenBrowser, add_person: AddPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: when no browser is recognised, the known one has to wait as well."""
    await add_person("olga")
    known = await know(open_browser)

    async def nobody(*_args: object, **_options: object) -> None:
        """Recognise no browser."""

    monkeypatch.setattr(KnownBrowsers, "recognise", nobody)
    await lock(open_browser)
    assert (await known.sign_in("olga")).status_code == 429


async def test_by_form_too(open_browser: OpenBrowser, add_person: AddPerson) -> None:
    """The form without a script makes a browser known, and knows it."""
    await add_person("olga")
    browser = open_browser()
    fields = {"name": "olga", "password": PASSWORD, "next": "/"}
    assert (await browser.ask("POST", "/sign-in", data=fields)).status_code == 303
    assert (await browser.ask("POST", "/sign-out")).status_code == 303
    await lock(open_browser)
    assert (await browser.ask("POST", "/sign-in", data=fields)).status_code == 303


async def test_neighbours_on_the_network_keep_nobody_out(open_browser: OpenBrowser, add_person: AddPerson) -> None:
    """A network that guesses waits; the known browser on it does not."""
    await add_person("olga")
    known = await know(open_browser)
    neighbour = open_browser()
    answers = [(await neighbour.sign_in(f"name-{number}", WRONG)).status_code for number in range(6)]
    assert answers == [401] * 5 + [429]
    assert (await open_browser().sign_in("olga")).status_code == 429
    assert (await known.sign_in("olga")).status_code == 201


async def test_a_known_browser_that_guesses_waits_itself(
    open_browser: OpenBrowser, add_person: AddPerson, console: Starlette
) -> None:
    """Its failures lock it alone, at the sign-in and at the account; an admin sees that and unlocks it."""
    await add_person("olga")
    known, second = await know(open_browser), await know(open_browser)
    answers = [(await known.sign_in("olga", WRONG)).status_code for _ in range(5)]
    assert answers == [401] * 5
    refused = await known.sign_in("olga")
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/locked")
    assert (await second.sign_in("olga")).status_code == 201
    assert (await open_browser(network=ELSEWHERE).sign_in("olga")).status_code == 201
    people = console.state.people
    assert (await people.find("olga")).locked_until is not None
    await people.unlock("olga", who="test")
    assert (await people.find("olga")).locked_until is None
    console.state.guesses._paid_at.clear()
    assert (await known.sign_in("olga")).status_code == 201


async def test_twenty_at_once_in_a_known_browser_are_five_tries(
    open_browser: OpenBrowser, add_person: AddPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copied proof gives five tries, however many ask at the same moment."""
    monkeypatch.setattr("waitroom.web.guesses.BURST", 1000)
    await add_person("olga")
    known = await know(open_browser)
    answers = await asyncio.gather(*(known.sign_in("olga", WRONG) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15


async def test_proofs_that_are_none(open_browser: OpenBrowser, add_person: AddPerson, console: Starlette) -> None:
    """Forged, another name's, another ring's, changed, too long or no proof at all: the browser is a stranger."""
    await add_person("olga")
    await add_person("otto")
    known, ottos = await know(open_browser), await know(open_browser, "otto")
    await lock(open_browser)
    read = console.state.known_browsers._signer.read(known.proof)
    forged = [
        KnownBrowserSigner(a_ring()).sign(read),
        QueuePassSigner(console.state.settings.key_source()).sign(a_pass()),
        ottos.proof,
        f"{known.proof}A",
        f"A{known.proof}",
        "A" * (LONGEST_TOKEN + 1),
        "x.y",
    ]
    for proof in forged:
        headers = {"Cookie": f"waitroom-console-known={proof}"}
        refused = await open_browser().ask(
            "POST", SESSION, json={"name": "olga", "password": PASSWORD}, headers=headers
        )
        assert refused.status_code == 429, proof
    assert (await known.sign_in("olga")).status_code == 201


async def test_a_proof_of_another_name_counts_by_the_name(open_browser: OpenBrowser, add_person: AddPerson) -> None:
    """Who has signed in as somebody gains no more tries at anybody else's name."""
    await add_person("olga")
    await add_person("otto")
    ottos = await know(open_browser, "otto")
    assert [(await ottos.sign_in("olga", WRONG)).status_code for _ in range(5)] == [401] * 5
    assert (await open_browser(network=ELSEWHERE).sign_in("olga")).status_code == 429
    assert (await ottos.sign_in("otto")).status_code == 201


async def test_a_proof_ends(console: Starlette, add_person: AddPerson) -> None:
    """After half a year without a sign-in a browser is forgotten."""
    await add_person("olga")
    clock, browsers = FrozenClock(), console.state.known_browsers
    browsers._clock = clock
    row = await console.state.database.row("SELECT known_browsers::text FROM console.people")
    proof = browsers.remember(row["known_browsers"])
    clock.advance(ms=known_browsers.KNOWN_DAYS * 86_400_000)
    assert await browsers.recognise(proof, name="olga") is not None
    clock.advance(ms=1)
    assert await browsers.recognise(proof, name="olga") is None


async def test_each_sign_in_makes_another_proof(open_browser: OpenBrowser, add_person: AddPerson) -> None:
    """No two browsers share one, and a sign-in starts the count and the half year anew."""
    await add_person("olga")
    known, second = await know(open_browser), await know(open_browser)
    before = known.proof
    await known.sign_in("olga")
    assert len({before, known.proof, second.proof}) == 3


async def forget_by_reset(console: Starlette) -> None:
    """Set a password, as `waitroom people reset` does."""
    hashed = await console.state.passwords.make_hash(PASSWORD)
    await console.state.people.set_password("olga", hashed, who="test")


async def forget_by_link(console: Starlette) -> None:
    """Use a one-time link."""
    link = await console.state.people.make_link("olga", who="test")
    hashed = await console.state.passwords.make_hash(PASSWORD)
    assert await console.state.people.use_link(link.token, password_hash=hashed) == "olga"


async def forget_by_disabling(console: Starlette) -> None:
    """Disable and enable."""
    for is_disabled in (True, False):
        await console.state.people.change("olga", {"is_disabled": is_disabled}, who="test")


async def forget_by_removing(console: Starlette) -> None:
    """Remove, and add somebody of the same name."""
    await console.state.people.remove("olga", who="test")
    await console.state.people.add("olga", role=console.state.admin_keys.keys[0].role, who="test")
    await forget_by_reset(console)


@pytest.mark.parametrize("forget", [forget_by_reset, forget_by_link, forget_by_disabling, forget_by_removing])
async def test_browsers_are_forgotten(
    forget: Callable[[Starlette], Any], open_browser: OpenBrowser, add_person: AddPerson, console: Starlette
) -> None:
    """A new password, disabling or removing the person makes a stranger of every browser."""
    await add_person("olga")
    known = await know(open_browser)
    await forget(console)
    await lock(open_browser)
    assert (await known.sign_in("olga")).status_code == 429


async def test_other_changes_forget_no_browser(
    open_browser: OpenBrowser, add_person: AddPerson, console: Starlette
) -> None:
    """Another role, an end of all sessions or a link that is not used leave browsers known."""
    await add_person("olga")
    known = await know(open_browser)
    people = console.state.people
    await people.change("olga", {"role": "viewer", "is_disabled": False}, who="test")
    await console.state.sessions.end_of("olga")
    await people.make_link("olga", who="test")
    await lock(open_browser)
    assert (await known.sign_in("olga")).status_code == 201


async def test_where_the_password_is_changed_one_stays_known(open_browser: OpenBrowser, add_person: AddPerson) -> None:
    """Who sets another password stays known there, and nowhere else."""
    await add_person("olga")
    here, there = await know(open_browser), await know(open_browser)
    await here.sign_in("olga")
    change = {"password": PASSWORD, "new_password": NEW}
    assert (await here.ask("POST", f"{SESSION}/password", json=change)).status_code == 204
    await lock(open_browser)
    assert (await there.sign_in("olga", NEW)).status_code == 429
    assert (await here.sign_in("olga", NEW)).status_code == 201


async def test_who_is_signed_in_proves_the_password_while_the_name_waits(
    open_browser: OpenBrowser, add_person: AddPerson
) -> None:
    """A stranger does not keep one from one's own account; without the proof he does."""
    await add_person("olga")
    browser = open_browser()
    await browser.sign_in("olga")
    await lock(open_browser)
    body = {"password": PASSWORD}
    assert (await browser.ask("POST", f"{SESSION}/second-factor", json=body)).status_code == 201
    browser.client.cookies.delete("waitroom-console-known")
    assert (await browser.ask("POST", f"{SESSION}/second-factor", json=body)).status_code == 429


async def test_the_cookie_is_for_no_script_and_no_other_site(browser: Browser, add_person: AddPerson) -> None:
    """HttpOnly, SameSite=Strict, for half a year; signing out leaves it."""
    await add_person("olga")
    signed_in = await browser.sign_in("olga")
    (cookie,) = [each for each in signed_in.headers.get_list("set-cookie") if "console-known=" in each]
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {
        "httponly", "samesite=strict", "path=/", f"max-age={180 * 86_400}",
    }  # fmt: skip
    before = browser.proof
    await browser.sign_out()
    assert (browser.token, browser.proof) == (None, before)


def test_a_proof_says_whose_when_and_which() -> None:
    """Fields are only ever added at the end: proofs outlive a release."""
    browser = KnownBrowser(browser_id="b", bound_to="u", signed_in_at_ms=START_MS)
    assert browser.to_fields() == ["b", "u", START_MS]
