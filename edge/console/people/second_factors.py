"""Second factors of people: offered, confirmed by a first code, used once a step, given up."""

from dataclasses import dataclass

import structlog

from edge.console.audit import Audit, Entry
from edge.console.people import one_time_codes as rules
from edge.console.sql import statements
from waitroom.clock import Clock
from waitroom.database import Connection, Database
from waitroom.tokens import KeySource

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What an authenticator app takes: as text, as an address, as a picture."""

    secret: str
    address: str
    picture: str


class SecondFactors:
    """Keeps the secrets sealed. Every method raises DatabaseUnavailableError while PostgreSQL is away."""

    def __init__(self, database: Database, audit: Audit, *, keys: KeySource, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._keys = keys
        self._clock = clock
        self._sql = statements("people")
        self._sessions = statements("sessions")

    async def offer(self, name: str) -> Offer:
        """Make a secret for a person; it counts once a code of it has come."""
        secret = rules.new_secret()
        sealed = rules.seal(secret, name=name, ring=self._keys.current())
        await self._database.run(self._sql["offer_second_factor"], {"name": name, "sealed": sealed})
        address = rules.address_of(secret, name=name)
        return Offer(secret=secret, address=address, picture=rules.picture_of(address))

    async def confirm(self, name: str, code: str, *, but: str) -> list[str] | None:
        """Put the offered secret into force by a code of it, and return the recovery codes, this once.

        Every session of the person but `but` ends. None: the code is wrong, or nothing was offered.
        """
        row = await self._database.row(self._sql["credentials"], {"name": name}) or {}
        sealed = row.get("second_factor_pending")
        secret = rules.unseal(sealed, name=name, ring=self._keys.current()) if sealed else None
        step = rules.step_of(secret, code, now_ms=self._clock.now_ms()) if secret else None
        if step is None:
            return None
        async with self._database.transaction() as connection:
            values = {"name": name, "sealed": sealed, "step": step}
            if await (await connection.execute(self._sql["set_second_factor"], values)).fetchone() is None:
                return None
            codes = await self._new_recovery_codes(connection, name)
            ended = {"name": name, "but": but, "session_id": None}
            await connection.execute(self._sessions["end_others"], ended)
            await self._note(connection, name, "set-second-factor")
        return codes

    async def take(self, name: str, code: str, *, sealed: bytes) -> bool:
        """Use a code, of the app or for recovery, which is then used up."""
        secret = rules.unseal(sealed, name=name, ring=self._keys.current())
        if secret is None:
            log.error("second factor cannot be read: its key has left the ring", who=f"person:{name}")
        step = rules.step_of(secret, code, now_ms=self._clock.now_ms()) if secret else None
        if step is not None and secret is not None:
            return await self._use_step(name, step, secret=secret, sealed=sealed)
        values = {"name": name, "code_hash": rules.recovery_hash(code)}
        async with self._database.transaction() as connection:
            if await (await connection.execute(self._sql["use_recovery_code"], values)).fetchone() is None:
                return False
            await self._note(connection, name, "use-recovery-code")
        return True

    async def give_up(self, name: str) -> None:
        """Go on without a second factor."""
        async with self._database.transaction() as connection:
            await connection.execute(self._sql["clear_second_factor"], {"name": name})
            await connection.execute(self._sql["clear_recovery_codes"], {"name": name})
            await self._note(connection, name, "drop-second-factor")

    async def _use_step(self, name: str, step: int, *, secret: str, sealed: bytes) -> bool:
        if await self._database.row(self._sql["use_step"], {"name": name, "step": step}) is None:
            log.warning("a code was used twice", who=f"person:{name}")
            return False
        ring = self._keys.current()
        if not rules.is_sealed_with_newest(sealed, ring):
            values = {"name": name, "old": sealed, "sealed": rules.seal(secret, name=name, ring=ring)}
            await self._database.run(self._sql["reseal"], values)
        return True

    async def _new_recovery_codes(self, connection: Connection, name: str) -> list[str]:
        codes = rules.new_recovery_codes()
        await connection.execute(self._sql["clear_recovery_codes"], {"name": name})
        hashes = [rules.recovery_hash(code) for code in codes]
        await connection.execute(self._sql["add_recovery_codes"], {"name": name, "hashes": hashes})
        return codes

    async def _note(self, connection: Connection, name: str, what: str) -> None:
        await self._audit.note_within(connection, Entry(who=f"person:{name}", what=what, after={"name": name}))
