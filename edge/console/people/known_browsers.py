"""Known browsers: one in which somebody has signed in brings a signed proof of it, and is counted apart from strangers.

OWASP calls the proof a device cookie. It opens nothing: the password, and the code, are asked for as ever.
"""

import secrets
from dataclasses import dataclass
from typing import Any, Final, Self

from edge.console.sql import statements
from waitroom.clock import Clock
from waitroom.database import Database
from waitroom.tokens import KeySource, TokenError
from waitroom.tokens.signer import Signer

KNOWN_DAYS: Final = 180
"""So long after its last sign-in a browser is known."""
DAY_MS: Final = 86_400_000


@dataclass(frozen=True, kw_only=True)
class KnownBrowser:
    """What a proof says: in which browser one has signed in and when, and what the person's proofs were bound to.

    That is a random value of the person's own: it stands for the name, which the cookie need not tell.
    """

    browser_id: str
    bound_to: str
    signed_in_at_ms: int

    def to_fields(self) -> list[Any]:  # Any: the JSON values of the token
        """Return the fields in their order."""
        return [self.browser_id, self.bound_to, self.signed_in_at_ms]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # Any: as above
        """Read the fields."""
        browser_id, bound_to, signed_in_at_ms = fields[:3]
        return cls(browser_id=str(browser_id), bound_to=str(bound_to), signed_in_at_ms=int(signed_in_at_ms))


class KnownBrowserSigner(Signer[KnownBrowser]):
    """Signs and reads proofs."""

    def __init__(self, keys: KeySource) -> None:
        super().__init__(KnownBrowser, salt="known-browser", keys=keys)


class KnownBrowsers:
    """Makes proofs, and tells whether one still holds."""

    def __init__(self, database: Database, *, keys: KeySource, clock: Clock) -> None:
        self._database = database
        self._signer = KnownBrowserSigner(keys)
        self._clock = clock
        self._sql = statements("people")

    def remember(self, bound_to: str) -> str:
        """Return the proof for a browser in which a person has signed in; `bound_to` is the person's of this moment."""
        now_ms, browser_id = self._clock.now_ms(), secrets.token_urlsafe(16)
        return self._signer.sign(KnownBrowser(browser_id=browser_id, bound_to=bound_to, signed_in_at_ms=now_ms))

    async def recognise(self, proof: str | None, *, name: str) -> str | None:
        """Return the id of the browser if it is known to this name. Raises DatabaseUnavailableError.

        Without a proof, or with one that is forged, another name's, too old or forgotten since, it is a stranger: None.
        """
        try:
            browser = self._signer.read(proof)
        except TokenError:
            return None
        if self._clock.now_ms() - browser.signed_in_at_ms > KNOWN_DAYS * DAY_MS:
            return None
        row = await self._database.row(self._sql["known_browsers"], {"name": name})
        is_known = row is not None and row["known_browsers"] == browser.bound_to
        return browser.browser_id if is_known else None
