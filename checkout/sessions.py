"""Sessions: one a fan, opened by an admission token, held by a unique row that is written before the room is asked.

The row outlives the store: a replay of the token fails even when the room has forgotten it. What a fan carries is
the session's id, signed; so opening again with the same key gives the same session without keeping a secret.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from checkout.database import Database
from checkout.room_client import RoomClient
from checkout.sql import statements
from checkout.values import Document, new_id
from waitroom.clock import SystemClock
from waitroom.metrics import CheckoutMetrics
from waitroom.queue import Entered, OtherEpoch, Over, Spent, TooEarly, Unknown
from waitroom.tokens import (
    AdmissionToken,
    AdmissionTokenSigner,
    KeySource,
    TokenEarly,
    TokenError,
    TokenExpired,
    TokenForeign,
    TokenRehearsed,
    TokenRevoked,
    TokenSpent,
)
from waitroom.tokens.signer import Signer

PATIENCE_MS = 5_000
"""A moment of entry that is nearer than this is waited for."""


@dataclass(frozen=True, kw_only=True)
class SessionToken:
    """What a fan carries."""

    session_id: str

    def to_fields(self) -> list[Any]:  # Any: the JSON values of the token
        """Return the fields in their order."""
        return [self.session_id]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # Any: as above
        """Read the fields."""
        return cls(session_id=str(fields[0]))


@dataclass(frozen=True, kw_only=True)
class Session:
    """An open session."""

    session_id: str
    room: str
    epoch: str
    fan_id: str
    expires_at_ms: int


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A session, what its fan carries, and the event it opens."""

    token: str
    event: str
    expires_at_ms: int


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(self, database: Database, room: RoomClient, *, keys: KeySource, metrics: CheckoutMetrics) -> None:
        self._database = database
        self._room = room
        self._admissions = AdmissionTokenSigner(keys)
        self._signer = Signer(SessionToken, salt="session", keys=keys)
        self._metrics = metrics
        self._sql = statements("sessions")
        self._catalogue = statements("catalogue")

    async def open(self, token: str | None, *, key: str) -> Opened:
        """Open the session of an admission token, or give the one that this key opened.

        Raises a TokenError whose `reason` says why not. When the room is away the unique row alone decides.
        """
        room = "unknown"
        try:
            claimed = self._admissions.read(token)
            # A room that rehearses needs no event: nothing of one is shown.
            event = "" if claimed.rehearsal else await self._event_of(claimed.room)
            room = claimed.room
            admission = await self._verify(token, room=room)
            session_id = await self._claim_row(admission, key=key)
            expires_at = await self._enter(admission, session_id)
        except TokenRehearsed:
            await self._walk_through(claimed)
            self._metrics.admission_refused(room, reason=TokenRehearsed.reason)
            raise
        except TokenError as refused:
            self._metrics.admission_refused(room, reason=refused.reason)
            raise
        self._metrics.session_opened(room)
        return Opened(token=self.sign(session_id), event=event, expires_at_ms=_milliseconds(expires_at))

    def sign(self, session_id: str) -> str:
        """Return what the fan of a session carries."""
        return self._signer.sign(SessionToken(session_id=session_id))

    def read(self, token: str | None) -> str:
        """Return the id of the session that a fan carries; raises a TokenError when it is not ours."""
        return self._signer.read(token).session_id

    def room_of(self, token: str) -> str | None:
        """Return the room of a genuine admission token, whatever else is wrong with it."""
        try:
            return self._admissions.read(token).room
        except TokenError:
            return None

    async def find(self, token: str | None) -> Session:
        """Return the open session that a fan carries; raises a TokenError when there is none."""
        row = await self._database.row(self._sql["find_open"], {"session_id": self.read(token)})
        if row is None:
            raise TokenExpired("The session is over.")
        expires_at = row.pop("expires_at")
        return Session(**row, expires_at_ms=_milliseconds(expires_at))

    async def leave(self, session: Session) -> None:
        """End a session at its fan's wish; the slot goes to the next fan at once."""
        await self._database.call(self._sql["end"], {"session_id": session.session_id})
        await self._room.finish(session.room, epoch=session.epoch, fan_id=session.fan_id)

    async def lengthen(self, session: Session, *, until_ms: int) -> None:
        """Keep the fan's slot while a hold lives that outlasts the session."""
        if until_ms <= session.expires_at_ms:
            return
        seconds = (until_ms - SystemClock().now_ms()) / 1000
        await self._room.extend(session.room, epoch=session.epoch, fan_id=session.fan_id, seconds=seconds)

    async def _event_of(self, room: str) -> str:
        row = await self._database.row(self._catalogue["event_of_room"], {"room": room})
        if row is None:
            raise TokenForeign("No event on sale here belongs to that waiting room.")
        return str(row["event"])

    async def _verify(self, token: str | None, *, room: str) -> AdmissionToken:
        try:
            return self._admissions.verify(token, room=room)
        except TokenEarly as early:
            await _wait_for_entry(early.wait_ms)
            return self._admissions.verify(token, room=room)

    async def _claim_row(self, admission: AdmissionToken, *, key: str) -> str:
        # Written and committed before the room is asked: whoever comes second, comes second here.
        opening_key = hashlib.sha256(key.encode()).digest()
        values: Document = {
            "session_id": new_id("session"),
            "room": admission.room,
            "epoch": admission.epoch,
            "fan_id": admission.fan_id,
            "opening_key": opening_key,
        }
        async with self._database.connection() as connection:
            await connection.execute(self._sql["open"], values)
            row = await (await connection.execute(self._sql["find_by_fan"], values)).fetchone()
        if row is None or bytes(row["opening_key"]) != opening_key:
            raise TokenSpent("The token has opened a session, elsewhere or earlier.")
        if row["is_ended"]:
            raise TokenRevoked("The session that this token opened has ended.")
        return str(row["session_id"])

    async def _enter(self, admission: AdmissionToken, session_id: str) -> datetime:
        try:
            expires_at = await self._ask_room(admission, session_id)
        except TokenError:
            await self._database.call(self._sql["forget"], {"session_id": session_id})
            raise
        values = {"session_id": session_id, "expires_at": expires_at}
        entered: datetime = await self._database.call(self._sql["enter"], values)
        return entered

    async def _ask_room(self, admission: AdmissionToken, session_id: str) -> datetime | None:
        answer = await self._enter_room(admission, session_id)
        if isinstance(answer, TooEarly):
            await _wait_for_entry(answer.wait_ms)
            answer = await self._enter_room(admission, session_id)
        match answer:
            case Entered(expires_at_ms=expires_at_ms):
                return datetime.fromtimestamp(expires_at_ms / 1000, UTC)
            case Unknown():
                self._metrics.session_unconfirmed(admission.room)
                return None
            case TooEarly(wait_ms=wait_ms):
                raise TokenEarly("The token's moment of entry has not come.", wait_ms=wait_ms)
            case Spent():
                raise TokenSpent("The token has opened another session.")
            case Over():
                raise TokenRevoked("The turn behind the token has ended.")
            case OtherEpoch():
                raise TokenForeign("The token belongs to an earlier room of this name.")

    async def _walk_through(self, admission: AdmissionToken) -> None:
        """End a rehearsed turn: the token is spent, and the slot goes to the next fan at once."""
        session_id = new_id("session")
        answer = await self._enter_room(admission, session_id)
        if isinstance(answer, TooEarly):
            await _wait_for_entry(answer.wait_ms)
            await self._enter_room(admission, session_id)
        await self._room.finish(admission.room, epoch=admission.epoch, fan_id=admission.fan_id)

    async def _enter_room(
        self, admission: AdmissionToken, session_id: str
    ) -> Entered | TooEarly | Spent | Over | Unknown | OtherEpoch:
        return await self._room.enter(
            admission.room, epoch=admission.epoch, fan_id=admission.fan_id, session=session_id
        )


async def _wait_for_entry(wait_ms: int) -> None:
    # The page sends a fan off at the moment of entry; clocks and networks make that a little early at times.
    if wait_ms > PATIENCE_MS:
        raise TokenEarly("The token's moment of entry has not come.", wait_ms=wait_ms)
    await asyncio.sleep((wait_ms + 10) / 1000)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
