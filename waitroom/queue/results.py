"""What the queue answers: frozen values, one per thing that can be so."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a fan is."""

    LOBBY = "lobby"
    WAITING = "waiting"
    ADMITTED = "admitted"
    ACTIVE = "active"
    FINISHED = "finished"
    LEFT = "left"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    MOVED = "moved"
    """Another device has the place: said to the pass of the old one alone."""

    @property
    def is_over(self) -> bool:
        """Whether the fan's one turn is behind."""
        return self in ENDED


class CodeRefusal(StrEnum):
    """What is wrong with a presale code."""

    REQUIRED = "required"
    UNKNOWN = "unknown"
    SPENT = "spent"


ENDED = frozenset({State.FINISHED, State.LEFT, State.LAPSED, State.EXPIRED})


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How it stands with one fan. `ahead` is exact, and None in the lobby and after the turn; so is `tier`, after it.

    Times are milliseconds since 1970; `claim_by_ms` is the deadline as it would be if room time ran on.
    """

    fan_id: str
    state: State
    tier: int | None = None
    score: int | None = None
    ahead: int | None = None
    admitted_at_ms: int | None = None
    claim_by_ms: int | None = None
    enter_at_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """The slot is the fan's: the token is valid from `enter_at_ms` to `expires_at_ms`."""

    enter_at_ms: int
    expires_at_ms: int
    admitted_at_ms: int


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """It is not the fan's turn (`ahead` None: in the lobby), or no slot is free now (`ahead` 0): the place is kept."""

    ahead: int | None
    poll_after_seconds: int


@dataclass(frozen=True, kw_only=True)
class Entered:
    """The session is open until `expires_at_ms`."""

    expires_at_ms: int


@dataclass(frozen=True, kw_only=True)
class TooEarly:
    """The moment of entry comes in `wait_ms`."""

    wait_ms: int


@dataclass(frozen=True, kw_only=True)
class Spent:
    """The token has opened another session."""


@dataclass(frozen=True, kw_only=True)
class Over:
    """The turn has ended, for this reason."""

    state: State


@dataclass(frozen=True, kw_only=True)
class Active:
    """The fan holds a slot until `expires_at_ms`."""

    expires_at_ms: int


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """The room knows no such fan."""


@dataclass(frozen=True, kw_only=True)
class MovedAway:
    """The fan has moved to another device: this pass holds no more."""


@dataclass(frozen=True, kw_only=True)
class OtherEpoch:
    """The room of this name is another one."""


@dataclass(frozen=True, kw_only=True)
class Paused:
    """The organizer has paused the room; the turn is kept."""


@dataclass(frozen=True, kw_only=True)
class Closed:
    """The room takes nobody: it has not opened yet (`opens_at_ms`) or is over (None)."""

    opens_at_ms: int | None


@dataclass(frozen=True, kw_only=True)
class CodeRefused:
    """A newcomer needs a presale code, or has one that is not known or used up."""

    why: CodeRefusal


@dataclass(frozen=True, kw_only=True)
class Configured:
    """The settings are in force under this version."""

    version: int


@dataclass(frozen=True, kw_only=True)
class Stale:
    """Somebody else has changed the room, or made it: `version` is in force."""

    version: int


@dataclass(frozen=True, kw_only=True)
class HealthReport:
    """What a checkout says of itself since its last report, a second ago.

    `latency_ms` is the mean of its `requests`, `errors` of which broke; `in_use` of `pool` database connections are
    taken, `pool` 0 where nothing is known. `seats_left` counts what is not sold, carts included; `seats_a_buyer` is
    what a paid order took so far.
    """

    reporter: str
    latency_ms: float
    requests: int = 0
    errors: int = 0
    in_use: int = 0
    pool: int = 0
    seats_left: int | None = None
    seats_a_buyer: float | None = None


@dataclass(frozen=True, kw_only=True)
class Governed:
    """The governor's factor in force, and whether this call set it."""

    factor: float
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """A room of this epoch was deleted, and stays so."""


@dataclass(frozen=True, kw_only=True)
class RoomStands:
    """The room is there: recovering until a moment, or None."""

    recovering_until_ms: int | None


@dataclass(frozen=True, kw_only=True)
class RoomRestored:
    """The room is back, and gives no turn until `recovering_until_ms`."""

    recovering_until_ms: int


@dataclass(frozen=True, kw_only=True)
class CodesKept:
    """So many codes are new, so many there are in all."""

    new: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """The lobby is closed for good, with so many entrants."""

    at_ms: int
    entrants: int


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A chunk of entrants to store; `root` is that of the whole list, with the last chunk; `first` names its first.

    A list without entrants ends with a chunk of none.
    """

    index: int
    entrants: bytes
    chunk_hash: str
    frontier: str
    root: str | None
    count: int
    first: str


@dataclass(frozen=True, kw_only=True)
class NextChunk:
    """Where the gathering goes on: the frontier behind the chunks so far, and how many entrants they hold."""

    index: int
    frontier: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """The list of entrants is complete."""

    root: str
    count: int
    chunks: int


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """What the draw is made of, as the first pin said; hex."""

    key_hash: str
    beacon: str
    seed: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The draw is not so far (`not_gathered`, `no_beacon`, `not_pinned`), or has another key (`other_key`)."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class NextMove:
    """So many of all entrants are in the line; the next move goes on behind them."""

    moved: int
    entrants: int


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """All entrants stand in the line."""
