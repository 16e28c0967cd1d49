"""Record: what the store owes to remember of a room; a loss puts an older one back."""

from collections import Counter
from dataclasses import dataclass, field

from tests.waitroom.queue.machine.clock import Spent
from tests.waitroom.queue.machine.view import View
from waitroom.rooms import RoomSettings


class BrokenRuleError(AssertionError):
    """A rule of the queue does not hold."""


def hold(*, rule: str, of: object = "", **facts: object) -> None:
    """Raise BrokenRuleError with the rule's name when any of the facts is not so."""
    wrong = [name for name, is_so in facts.items() if not is_so]
    if wrong:
        raise BrokenRuleError(f"{rule}: {', '.join(wrong)} ({of})")


@dataclass
class Record:
    """Settings and their history, moments, sessions and deadlines of fans, and what was given under which rate."""

    settings: RoomSettings
    view: View
    version: int = 1
    rate_set_at_ms: int = 0
    factor: float = 1
    factor_at_ms: int = 0
    is_nothing_left: bool = False
    is_frozen: bool = False
    recovering_until_ms: int = 0
    room_us: int = 0
    looked_at_us: int | None = None
    deadlines: dict[str, int] = field(default_factory=dict)
    moments: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    moves: dict[str, int] = field(default_factory=dict)
    """How often a fan moved to another device, as the room knows it."""
    uses_left: dict[str, int | None] = field(default_factory=dict)
    """Of presale codes, None for any number."""
    entries: list[Spent] = field(default_factory=list)
    turns: list[Spent] = field(default_factory=list)
    arrivals: int = -1
    """The last band of an arrival, above the drawn ones."""
    counted: Counter[str] = field(default_factory=Counter)
    log_head: str = ""

    @property
    def claim_ms(self) -> int:
        """The claim window."""
        return round(self.settings.claim_minutes * 60_000)

    @property
    def room_ms(self) -> int:
        """Room time."""
        return self.room_us // 1000

    def rate_at(self, now_ms: int) -> float:
        """R in force: the newest of what was set by hand and the plan's steps, times the governor's factor."""
        return self._decided(now_ms)[0] * self.factor

    def ceiling_at(self, now_ms: int) -> int:
        """C in force."""
        return self._decided(now_ms)[1]

    def _decided(self, now_ms: int) -> tuple[float, int]:
        steps = [step for step in self.settings.plan if self.rate_set_at_ms < step.at <= now_ms]
        newest = steps[-1] if steps else self.settings
        return newest.new_users_per_minute, newest.total_active_users

    def is_recovering(self, now_ms: int) -> bool:
        """Whether fans come back after a loss."""
        return now_ms < self.recovering_until_ms

    def latch(self, now_ms: int) -> None:
        """Close the lobby for good when its time has come."""
        closes = self.settings.lobby_closes_at or self.settings.release_at
        if not self.is_recovering(now_ms) and (closes is None or now_ms >= closes):
            self.is_frozen = True

    def phase_at(self, now_ms: int) -> str:
        """The phase that follows from times, freeze and draw."""
        settings = self.settings
        if settings.closes_at is not None and now_ms >= settings.closes_at:
            return "closed"
        if settings.release_at is None:
            return "open"
        if not self.is_frozen:
            return "scheduled" if now_ms < (settings.lobby_at or 0) else "lobby"
        return "open" if self.view.is_drawn and now_ms >= settings.release_at else "drawing"

    def may_admit(self, now_ms: int) -> bool:
        """Whether turns may be given."""
        is_held = self.settings.paused or self.settings.sold_out or self.is_nothing_left
        return self.phase_at(now_ms) == "open" and not is_held and not self.is_recovering(now_ms)
