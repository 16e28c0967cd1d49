"""Signing in: name, password, and the code where the person has a second factor.

Unknown name, wrong password, disabled person and person without a password are one answer, after the same work.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from edge.console.audit import Audit, Entry
from edge.console.people.accounts import NAME
from edge.console.people.known_browsers import KnownBrowsers
from edge.console.people.lockout import Locked, Lockout, Try
from edge.console.people.passwords import LONGEST_BYTES, Passwords, TooBusyError
from edge.console.people.second_factors import SecondFactors
from edge.console.people.sessions import Begun, Sessions
from edge.console.sql import statements
from waitroom.admin_keys import Role
from waitroom.database import Database, Row
from waitroom.web.guesses import Guesses, TooManyGuessesError

BUSY_SECONDS: Final = 2

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What was typed."""

    name: str
    password: str
    code: str | None = None


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A session has begun; `proof` makes the browser known."""

    name: str
    role: Role
    session: Begun
    proof: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """No; which part was wrong is counted, and told to nobody."""

    is_password_right: bool = False


@dataclass(frozen=True)
class CodeNeeded:
    """The password is right, and the code is still to come."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Too many tries: by this name or from this network, or in this browser."""

    retry_after: int


Outcome = SignedIn | Refused | CodeNeeded | Wait


class SigningIn:
    """Checks credentials; failures count by name in the database and by network in this process.

    A known browser's count by the browser in both places: no stranger, not even on its own network, keeps it waiting.
    """

    def __init__(
        self,
        database: Database,
        audit: Audit,
        *,
        sessions: Sessions,
        lockout: Lockout,
        passwords: Passwords,
        second_factors: SecondFactors,
        known_browsers: KnownBrowsers,
        guesses: Guesses,
    ) -> None:
        self._database = database
        self._audit = audit
        self._sessions = sessions
        self._lockout = lockout
        self._passwords = passwords
        self._second_factors = second_factors
        self._known_browsers = known_browsers
        self._guesses = guesses
        self._sql = statements("people")

    async def sign_in(self, given: Credentials, *, network: str, proof: str | None) -> Outcome:
        """Begin a session; `proof` is what a known browser brings. Raises DatabaseUnavailableError."""
        browser_id = await self._known_browsers.recognise(proof, name=given.name)
        try:
            with self._guesses.trying(browser_id or network) as note_wrong:
                outcome = await self._try(given, network=network, browser_id=browser_id)
                if isinstance(outcome, Refused):
                    note_wrong()
                    log.warning("sign-in refused")
                return outcome
        except TooManyGuessesError as slowed:
            return Wait(retry_after=slowed.retry_after)
        except TooBusyError:
            return Wait(retry_after=BUSY_SECONDS)

    async def is_password_of(self, name: str, password: str, *, proof: str | None) -> bool | Wait:
        """Tell whether a person who is signed in knows the password; wrong ones count as at the sign-in."""
        browser_id = await self._known_browsers.recognise(proof, name=name)
        attempt = await self._lockout.take(name, browser_id=browser_id)
        if isinstance(attempt, Locked):
            return Wait(retry_after=attempt.retry_after)
        try:
            is_right = await self._check_password(name, password) is not None
        except TooBusyError:
            await self._lockout.give_back(attempt)
            return Wait(retry_after=BUSY_SECONDS)
        if is_right:
            await self._lockout.reset(attempt)
        return is_right

    async def _try(self, given: Credentials, *, network: str, browser_id: str | None) -> Outcome:
        attempt = await self._lockout.take(given.name, browser_id=browser_id)
        if isinstance(attempt, Locked):
            return Wait(retry_after=attempt.retry_after)
        person = await self._check_or_give_back(given, attempt)
        if person is None:
            return Refused()
        if person["second_factor"] is not None:
            if not given.code:
                await self._lockout.give_back(attempt)
                return CodeNeeded()
            if not await self._second_factors.take(given.name, given.code, sealed=person["second_factor"]):
                return Refused(is_password_right=True)
        await self._lockout.reset(attempt)
        return await self._begin(person, network=network)

    async def _check_or_give_back(self, given: Credentials, attempt: Try) -> Row | None:
        try:
            return await self._check_password(given.name, given.password)
        except (TooBusyError, asyncio.CancelledError):
            # Nothing was found out, so nothing counts.
            await self._lockout.give_back(attempt)
            raise

    async def _check_password(self, name: str, password: str) -> Row | None:
        # What can be nobody's name is not looked up, and costs the same work.
        looked_up = name if NAME.fullmatch(name) else ""
        person = await self._database.row(self._sql["credentials"], {"name": looked_up})
        known = person if person is not None and not person["is_disabled"] else None
        password_hash: str | None = known["password_hash"] if known else None
        if len(password.encode(errors="surrogatepass")) > LONGEST_BYTES:
            return None
        if not await self._passwords.is_right(password, password_hash) or known is None:
            return None
        assert password_hash is not None
        await self._rehash(name, password, password_hash)
        return known

    async def _rehash(self, name: str, password: str, old_hash: str) -> None:
        if self._passwords.is_outdated(old_hash):
            values = {"name": name, "old_hash": old_hash, "new_hash": await self._passwords.make_hash(password)}
            await self._database.run(self._sql["rehash"], values)

    async def _begin(self, person: Row, *, network: str) -> SignedIn:
        name: str = person["name"]
        session = await self._sessions.begin(name, network=network)
        await self._database.run(self._sql["signed_in"], {"name": name})
        await self._audit.note(Entry(who=f"person:{name}", what="sign-in"))
        proof = self._known_browsers.remember(person["known_browsers"])
        return SignedIn(name=name, role=Role(person["role"]), session=session, proof=proof)
