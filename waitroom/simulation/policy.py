"""Policy: the room's side of a simulation, in seconds from the release."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from waitroom.rooms import RoomSettings


@dataclass(frozen=True, kw_only=True)
class Step:
    """From `at_seconds` on, another rate and ceiling are in force."""

    at_seconds: float
    new_users_per_minute: float
    total_active_users: int


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the organizer decides; `closes_seconds` is None for a room that stays open."""

    new_users_per_minute: float = 600
    total_active_users: int = 1000
    claim_minutes: float = 10
    session_minutes: float = 20
    plan: tuple[Step, ...] = ()
    closes_seconds: float | None = None

    @classmethod
    def of(cls, settings: RoomSettings, *, plan: tuple[Step, ...] = (), start_ms: int = 0) -> Self:
        """The policy of a room's settings; a room without a release starts at `start_ms`."""
        start = settings.release_at if settings.release_at is not None else start_ms
        return cls(
            new_users_per_minute=settings.new_users_per_minute,
            total_active_users=settings.total_active_users,
            claim_minutes=settings.claim_minutes,
            session_minutes=settings.session_minutes,
            plan=plan,
            closes_seconds=None if settings.closes_at is None else max(0, (settings.closes_at - start) / 1000),
        )

    def in_force(self, seconds: float) -> Step:
        """The newest step that has begun, or the rate and ceiling that were set by hand."""
        return self._steps[bisect_right(self._begins, seconds)]

    @cached_property
    def _steps(self) -> tuple[Step, ...]:
        by_hand = Step(
            at_seconds=0,
            new_users_per_minute=self.new_users_per_minute,
            total_active_users=self.total_active_users,
        )
        return (by_hand, *self.plan)

    @cached_property
    def _begins(self) -> list[float]:
        return [step.at_seconds for step in self.plan]
