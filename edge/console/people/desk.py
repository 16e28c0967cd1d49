"""The desk: all that knows about people, put together over one database."""

from dataclasses import dataclass
from typing import Self

from edge.console.audit import Audit
from edge.console.people.accounts import People
from edge.console.people.known_browsers import KnownBrowsers
from edge.console.people.lockout import Lockout
from edge.console.people.passwords import Passwords
from edge.console.people.second_factors import SecondFactors
from edge.console.people.sessions import Sessions
from edge.console.people.signing_in import SigningIn
from waitroom.clock import SystemClock
from waitroom.database import Database
from waitroom.settings import Settings
from waitroom.web.guesses import Guesses


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The parts; the composition root hands them to the app."""

    audit: Audit
    people: People
    sessions: Sessions
    passwords: Passwords
    second_factors: SecondFactors
    known_browsers: KnownBrowsers
    signing_in: SigningIn
    guesses: Guesses

    @classmethod
    def on(cls, database: Database, settings: Settings) -> Self:
        """Put them together. Raises ConfigurationError without a key ring."""
        audit, passwords = Audit(database), Passwords()
        hours, idle_minutes = settings.console_session_hours, settings.console_idle_minutes
        sessions = Sessions(database, hours=hours, idle_minutes=idle_minutes)
        guesses = Guesses()
        keys, clock = settings.key_source(), SystemClock()
        second_factors = SecondFactors(database, audit, keys=keys, clock=clock)
        known_browsers = KnownBrowsers(database, keys=keys, clock=clock)
        signing_in = SigningIn(
            database,
            audit,
            sessions=sessions,
            lockout=Lockout(database),
            passwords=passwords,
            second_factors=second_factors,
            known_browsers=known_browsers,
            guesses=guesses,
        )
        return cls(
            audit=audit,
            people=People(database, audit),
            sessions=sessions,
            passwords=passwords,
            second_factors=second_factors,
            known_browsers=known_browsers,
            signing_in=signing_in,
            guesses=guesses,
        )
