"""What a fan saw: the answers of the HTTP contract as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from waitroom.clock import parse_rfc3339

JsonObject = Mapping[str, Any]  # Any: JSON values


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What a waiting fan polls; `raw` is the whole document."""

    epoch: str
    phase: str
    paused: bool
    sold_out: bool
    now_ms: int
    release_at_ms: int | None
    waiting: int
    curve: tuple[tuple[int, int], ...]
    draw: JsonObject
    poll: tuple[tuple[int, float], ...]
    raw: JsonObject

    @classmethod
    def parse(cls, raw: JsonObject) -> "Snapshot":
        """Read the document."""
        return cls(
            epoch=raw["epoch"],
            phase=raw["phase"],
            paused=raw["paused"],
            sold_out=raw["sold_out"],
            now_ms=parse_rfc3339(raw["now"]),
            release_at_ms=moment(raw.get("release_at")),
            waiting=raw["waiting"],
            curve=tuple((score, ahead) for score, ahead in raw["curve"]),
            draw=raw.get("draw") or {},
            poll=tuple((ahead, seconds) for ahead, seconds in raw["poll"]),
            raw=raw,
        )


@dataclass(frozen=True, kw_only=True)
class Joined:
    """The place in line; `score` is None in the lobby."""

    status: int
    epoch: str
    fan_id: str
    queue_pass: str
    tier: int
    score: int | None
    state: str
    ahead: int | None
    joined_at_ms: int

    @classmethod
    def parse(cls, status: int, raw: JsonObject) -> "Joined":
        """Read the answer of a join: 201 for a new fan, 200 for a standing place."""
        return cls(
            status=status,
            epoch=raw["epoch"],
            fan_id=raw["fan_id"],
            queue_pass=raw["pass"],
            tier=raw["tier"],
            score=raw["score"],
            state=raw["state"],
            ahead=raw["ahead"],
            joined_at_ms=parse_rfc3339(raw["joined_at"]),
        )


@dataclass(frozen=True, kw_only=True)
class Place:
    """How it stands with the fan."""

    state: str
    ahead: int | None
    exact: bool
    admitted_at_ms: int | None
    claim_by_ms: int | None
    poll_after_seconds: float

    @classmethod
    def parse(cls, raw: JsonObject) -> "Place":
        """Read the answer of `place`."""
        return cls(
            state=raw["state"],
            ahead=raw["ahead"],
            exact=raw["exact"],
            admitted_at_ms=moment(raw.get("admitted_at")),
            claim_by_ms=moment(raw.get("claim_by")),
            poll_after_seconds=raw.get("poll_after") or 1,
        )


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The turn, taken."""

    admission_token: str
    enter_url: str
    enter_at_ms: int
    expires_at_ms: int

    @classmethod
    def parse(cls, raw: JsonObject) -> "Claim":
        """Read the answer of a claim."""
        return cls(
            admission_token=raw["admission_token"],
            enter_url=raw["enter_url"],
            enter_at_ms=parse_rfc3339(raw["enter_at"]),
            expires_at_ms=parse_rfc3339(raw["expires_at"]),
        )


@dataclass(frozen=True, kw_only=True)
class Session:
    """Leave to shop until `expires_at_ms`."""

    session: str
    expires_at_ms: int

    @classmethod
    def parse(cls, raw: JsonObject) -> "Session":
        """Read the answer of a new session."""
        return cls(session=raw["session"], expires_at_ms=parse_rfc3339(raw["expires_at"]))


@dataclass(frozen=True, kw_only=True)
class Category:
    """A price of the event and what is left at it."""

    category: str
    price: int
    seats_left: int


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Seats reserved until `expires_at_ms`."""

    hold_id: str
    seats: tuple[str, ...]
    together: bool
    amount: int
    expires_at_ms: int

    @classmethod
    def parse(cls, raw: JsonObject) -> "Hold":
        """Read the answer of a hold."""
        return cls(
            hold_id=raw["hold_id"],
            seats=tuple(seat["seat"] for seat in raw["seats"]),
            together=raw["together"],
            amount=raw["total"]["amount"],
            expires_at_ms=parse_rfc3339(raw["expires_at"]),
        )


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """One seat with its signed proof."""

    ticket_id: str
    seat: str
    proof: str


@dataclass(frozen=True, kw_only=True)
class Order:
    """What came of the purchase; `is_settled` is false while the payment's outcome is unknown."""

    order_id: str
    order_url: str
    status: str
    tickets: tuple[Ticket, ...]
    is_settled: bool

    @classmethod
    def parse(cls, status: int, raw: JsonObject) -> "Order":
        """Read an order; 202 means that its outcome is not known yet."""
        tickets = raw.get("tickets") or []
        return cls(
            order_id=raw.get("order_id", ""),
            order_url=raw.get("order_url", ""),
            status=raw.get("status", "unknown"),
            tickets=tuple(Ticket(ticket_id=t["ticket_id"], seat=t["seat"], proof=t["proof"]) for t in tickets),
            is_settled=status != 202,
        )


@dataclass(frozen=True, kw_only=True)
class FanRecord:
    """All that one fan saw so far; moments are this machine's, in milliseconds since 1970."""

    joined: Joined | None = None
    admitted: Place | None = None
    claim: Claim | None = None
    entered_at_ms: int | None = None
    session: Session | None = None
    hold: Hold | None = None
    order: Order | None = None
    refusals: tuple[str, ...] = ()


def moment(text: str | None) -> int | None:
    """Read a time that may be missing."""
    return None if text is None else parse_rfc3339(text)
