"""Cast: who walks in a rehearsal, when, and what each of them does. Pure; the same seed makes the same ghosts."""

import random
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

MOST_GHOSTS = 20_000
EARLY_SHARE = 0.7
"""So many come in the first half of the time, as most do when a lobby opens."""


class GhostPlan(BaseModel):
    """The crowd of a rehearsal, in the words of the simulation's; what is not known is a mean."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    fans: int = Field(default=500, ge=1, le=MOST_GHOSTS)
    over_minutes: float = Field(default=5, ge=0, le=720, allow_inf_nan=False)
    no_show: float = Field(default=0.2, ge=0, le=1, allow_inf_nan=False)
    claim_seconds: float = Field(default=20, ge=0, le=3600, allow_inf_nan=False)
    shop_minutes: float = Field(default=6, ge=0, le=1440, allow_inf_nan=False)
    seats: int | None = Field(default=None, ge=0, le=10_000_000)
    seats_a_buyer: float = Field(default=2, ge=1, le=100, allow_inf_nan=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ghost:
    """One fan of ours; milliseconds count from the opening of the lobby, the turn and the entry."""

    number: int
    comes_after_ms: int
    shows_up: bool
    claims_after_ms: int
    shops_ms: int
    seats: int


def cast(plan: GhostPlan, *, seed: str) -> list[Ghost]:
    """Make the ghosts of a plan, in the order in which they come; they hesitate and shop with an exponential spread."""
    dice = random.Random(seed)  # noqa: S311 - a crowd that can be repeated, not a secret
    ghosts = [_ghost(plan, dice, number) for number in range(plan.fans)]
    return sorted(ghosts, key=lambda ghost: ghost.comes_after_ms)


def _ghost(plan: GhostPlan, dice: random.Random, number: int) -> Ghost:
    half_ms = plan.over_minutes * 30_000
    comes = dice.uniform(0, half_ms) if dice.random() < EARLY_SHARE else dice.uniform(half_ms, 2 * half_ms)
    return Ghost(
        number=number,
        comes_after_ms=round(comes),
        shows_up=dice.random() >= plan.no_show,
        claims_after_ms=_spread(dice, plan.claim_seconds * 1000),
        shops_ms=_spread(dice, plan.shop_minutes * 60_000),
        seats=int(plan.seats_a_buyer) + (dice.random() < plan.seats_a_buyer % 1),
    )


def _spread(dice: random.Random, mean_ms: float) -> int:
    return round(dice.expovariate(1 / mean_ms)) if mean_ms else 0
