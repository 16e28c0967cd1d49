"""Policy: the room's side of a simulation, in seconds from the release."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from waitroom.rooms import PlanStep, RoomSettings


@dataclass(frozen=True, kw_only=True)
class Step:
    """From `at_seconds` on, another rate and ceiling are in force."""

    at_seconds: float
    new_users_per_minute: float
    total_active_users: int

    @classmethod
    def of(cls, step: PlanStep, *, start_ms: int) -> Self:
        """A step of a room's plan."""
        return cls(
            at_seconds=(step.at - start_ms) / 1000,
            new_users_per_minute=step.new_users_per_minute,
            total_active_users=step.total_active_users,
        )


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
    def of(cls, settings: RoomSettings, *, now_ms: int) -> Self:
        """The policy of a room from its release on, or from now when that is past."""
        start = start_of(settings, now_ms=now_ms)
        return cls(
            new_users_per_minute=settings.new_users_per_minute,
            total_active_users=settings.total_active_users,
            claim_minutes=settings.claim_minutes,
            session_minutes=settings.session_minutes,
            plan=tuple(Step.of(step, start_ms=start) for step in settings.plan),
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


def start_of(settings: RoomSettings, *, now_ms: int) -> int:
    """The moment from which a simulation counts: the release, or now when there is none or it is past."""
    return max(now_ms, settings.release_at or now_ms)
