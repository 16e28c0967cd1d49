"""Foretelling: half an hour simulated, the rest of the line gone on from there."""

import pytest

from waitroom.simulation import Bound, Crowd, Policy, Step, foretell, simulate

FREE = 1_000_000


def calm(lobby: int) -> Crowd:
    """So many fans who all come, and shop for three minutes."""
    return Crowd(lobby=lobby, no_show=0, claim_seconds=5, shop_minutes=3)


def test_a_short_line_is_what_the_simulation_says() -> None:
    """A line that ends within the half hour is simulated to its end."""
    policy, crowd = Policy(new_users_per_minute=300, total_active_users=FREE), calm(3000)
    foretold = foretell(policy, crowd)
    assert foretold.last_waits_seconds == simulate(policy, crowd).drain_seconds
    assert not foretold.is_extended


@pytest.mark.parametrize("ceiling", [FREE, 900])
def test_a_long_line_goes_on_as_the_simulation_would(ceiling: int) -> None:
    """Beyond the half hour the end is within a fiftieth of what the whole simulation finds, whatever binds."""
    policy, crowd = Policy(new_users_per_minute=600, total_active_users=ceiling), calm(60_000)
    foretold, whole = foretell(policy, crowd), simulate(policy, crowd)
    assert foretold.is_extended
    assert whole.drain_seconds is not None
    assert foretold.last_waits_seconds == pytest.approx(whole.drain_seconds, rel=0.02)


def test_later_steps_count() -> None:
    """A step of the plan beyond the half hour changes the speed from its moment on."""
    later = Step(at_seconds=3600, new_users_per_minute=1200, total_active_users=FREE)
    policy = Policy(new_users_per_minute=600, total_active_users=FREE, plan=(later,))
    crowd = calm(60_000)
    whole = simulate(policy, crowd).drain_seconds
    assert whole is not None
    assert foretell(policy, crowd).last_waits_seconds == pytest.approx(whole, rel=0.03)


def test_a_room_that_closes_first() -> None:
    """Who is last gets no turn when the room closes before."""
    crowd = calm(60_000)
    policy = Policy(new_users_per_minute=600, total_active_users=FREE, closes_seconds=4000)
    assert foretell(policy, crowd).last_waits_seconds is None


def test_joins_move_the_end_and_not_the_wait() -> None:
    """Half as many joins as turns double the time until the line is empty; more than turns leave it for ever."""
    policy, crowd = Policy(new_users_per_minute=300, total_active_users=FREE), calm(3000)
    alone, half, full = (foretell(policy, crowd, joins_per_minute=joins) for joins in (0, 150, 400))
    assert alone.line_ends_seconds is not None
    assert alone.line_ends_seconds == alone.last_waits_seconds
    assert half.line_ends_seconds == pytest.approx(2 * alone.line_ends_seconds, rel=0.05)
    assert (half.last_waits_seconds, full.line_ends_seconds) == (alone.last_waits_seconds, None)


@pytest.mark.parametrize(
    ("rate", "ceiling", "lobby", "bound"),
    [
        (300, FREE, 900, Bound.RATE),
        (300, 30, 900, Bound.CEILING),
        (0, FREE, 900, Bound.SHUT),
        (300, FREE, 0, Bound.NOTHING),
    ],
)
def test_what_binds(rate: float, ceiling: int, lobby: int, bound: Bound) -> None:
    """The figure that decides is named."""
    policy = Policy(new_users_per_minute=rate, total_active_users=ceiling)
    assert foretell(policy, calm(lobby)).bound is bound
