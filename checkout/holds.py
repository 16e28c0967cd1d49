"""A hold and its end: place, show, refresh, release. Each is one verb in the database, one method here."""

from dataclasses import dataclass
from typing import Self

from checkout.database import Database
from checkout.errors import SeatsBusyError
from checkout.sql import statements
from checkout.values import Document, Money, moment, new_id

BUSY_RETRY_SECONDS = 1


@dataclass(frozen=True, kw_only=True)
class HeldSeat:
    """One seat of a hold and its price when it was held."""

    seat: str
    category: str
    price: int
    kind: str = "standard"


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A time-limited reservation of seats."""

    hold_id: str
    event: str
    event_name: str
    seats: tuple[HeldSeat, ...]
    is_together: bool
    relaxed: str | None
    lines: tuple[Document, ...]
    total: Money
    state: str
    expires_at_ms: int
    longest_at_ms: int
    is_expired: bool = False

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read what the database says of a hold."""
        return cls(
            hold_id=document["hold_id"],
            event=document["event"],
            event_name=document["event_name"],
            seats=tuple(HeldSeat(**seat) for seat in document["seats"]),
            is_together=document["together"],
            relaxed=document["relaxed"],
            lines=tuple(document["lines"]),
            total=Money.of(document),
            state=document["state"],
            expires_at_ms=int(document["expires_at_ms"]),
            longest_at_ms=int(document["longest_at_ms"]),
            is_expired=bool(document.get("is_expired")),
        )

    @property
    def is_live(self) -> bool:
        """Whether the seats are kept for the fan, as of when the database was asked."""
        return self.state == "live" and not self.is_expired

    def to_json(self) -> Document:
        """The form of the contract."""
        return {
            "hold_id": self.hold_id,
            "seats": [vars(seat) for seat in self.seats],
            "together": self.is_together,
            "relaxed": self.relaxed,
            "lines": list(self.lines),
            "total": self.total.to_json(),
            "expires_at": moment(vars(self), "expires_at_ms"),
        }


@dataclass(frozen=True, kw_only=True)
class Placed:
    """The seats are held."""

    hold: Hold
    is_replay: bool = False


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The call was refused: `reason` is the database's word for it, `detail` what it adds."""

    reason: str
    detail: Document


@dataclass(frozen=True, kw_only=True)
class Call:
    """Who calls, under which key, and the fingerprint of what is asked."""

    session_id: str
    key: str
    fingerprint: str


class Holds:
    """The holds of an event's seats; nothing about them is kept outside PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = statements("holds")

    async def place_best(
        self, call: Call, event: str, *, category: str, quantity: int, accessible: int = 0
    ) -> Placed | Refused:
        """Hold the best seats of a category, together if that can be; `accessible` of them are accessible seats.

        Rows that others lock are passed over; if that alone is why there is not enough, they are waited for.
        """
        wanted = {"category": category, "quantity": quantity, "accessible": accessible}
        values = vars(call) | wanted | {"event": event}
        result: Placed | Refused = Refused(reason="locked", detail={})
        for patiently in (False, True):
            result = await self._place("hold_best", values | {"patiently": patiently})
            if not isinstance(result, Refused) or result.reason != "locked":
                return result
        return Refused(reason="all-in-carts", detail={"retry_after": BUSY_RETRY_SECONDS})

    async def place_named(
        self, call: Call, event: str, *, seats: tuple[str, ...], accessible: int = 0
    ) -> Placed | Refused:
        """Hold exactly these seats, all or nothing, waiting at most a second for whoever is at them."""
        values = vars(call) | {"event": event, "seats": list(seats), "accessible": accessible}
        result = await self._place("hold_named", values)
        if isinstance(result, Refused) and result.reason == "locked":
            return Refused(reason="seats-unavailable", detail={"seats": list(seats), "reason": "held"})
        return result

    async def live(self, session_id: str) -> list[Hold]:
        """Return a fan's live holds, oldest first."""
        rows = await self._database.rows(self._sql["live"], {"session_id": session_id})
        return [Hold.of(row["hold_document"]) for row in rows]

    async def find(self, session_id: str, hold_id: str) -> Hold | None:
        """Return a fan's hold, whatever became of it."""
        document = await self._database.call(self._sql["find"], {"session_id": session_id, "hold_id": hold_id})
        return None if document is None else Hold.of(document)

    async def refresh(self, session_id: str, hold_id: str) -> Placed | Refused:
        """Let a live hold last its full time once more, within the longest time from its first moment."""
        values = {"session_id": session_id, "hold_id": hold_id}
        return _read(await self._database.call(self._sql["refresh"], values))

    async def release(self, session_id: str, hold_id: str) -> Refused | None:
        """End a hold and an unpaid order with it; None: it is released, or was."""
        values = {"session_id": session_id, "hold_id": hold_id}
        document = await self._database.call(self._sql["release"], values)
        return None if document["outcome"] == "released" else _refused(document)

    async def _place(self, verb: str, values: Document) -> Placed | Refused:
        try:
            return _read(await self._database.call(self._sql[verb], values | {"hold_id": new_id("hold")}))
        except SeatsBusyError:
            return Refused(reason="locked", detail={})


def _read(document: Document) -> Placed | Refused:
    match document["outcome"]:
        case "placed" | "refreshed":
            return Placed(hold=Hold.of(document["hold"]))
        case "replay":
            return Placed(hold=Hold.of(document["answer"]), is_replay=True)
        case _:
            return _refused(document)


def _refused(document: Document) -> Refused:
    detail = {name: value for name, value in document.items() if name != "outcome"}
    return Refused(reason=document["outcome"], detail=detail)
