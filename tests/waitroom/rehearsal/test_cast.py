"""Who walks in a rehearsal."""

import pytest
from pydantic import ValidationError

from waitroom.rehearsal import GhostPlan, cast


def test_the_same_seed_makes_the_same_ghosts() -> None:
    """A rehearsal can be repeated; another seed makes another crowd."""
    plan = GhostPlan(fans=50)
    assert cast(plan, seed="a") == cast(plan, seed="a") != cast(plan, seed="b")


def test_ghosts_are_as_planned() -> None:
    """They come within their time and in its order, most in the first half; their means are those of the plan."""
    plan = GhostPlan(fans=5000, over_minutes=10, no_show=0.25, claim_seconds=30, shop_minutes=4, seats_a_buyer=2.5)
    ghosts = cast(plan, seed="means")
    moments = [ghost.comes_after_ms for ghost in ghosts]
    assert moments == sorted(moments)
    assert moments[0] >= 0
    assert moments[-1] <= 600_000
    assert sum(moment < 300_000 for moment in moments) / 5000 == pytest.approx(0.7, abs=0.03)
    assert sum(not ghost.shows_up for ghost in ghosts) / 5000 == pytest.approx(0.25, abs=0.03)
    assert sum(ghost.claims_after_ms for ghost in ghosts) / 5000 == pytest.approx(30_000, rel=0.1)
    assert sum(ghost.shops_ms for ghost in ghosts) / 5000 == pytest.approx(240_000, rel=0.1)
    assert {ghost.seats for ghost in ghosts} == {2, 3}


def test_ghosts_without_pauses() -> None:
    """Nobody hesitates where the means are nothing."""
    [ghost] = cast(GhostPlan(fans=1, over_minutes=0, claim_seconds=0, shop_minutes=0), seed="x")
    assert (ghost.comes_after_ms, ghost.claims_after_ms, ghost.shops_ms) == (0, 0, 0)


@pytest.mark.parametrize("wrong", [{"fans": 0}, {"fans": 20_001}, {"no_show": 1.1}, {"seats_a_buyer": 0}, {"x": 1}])
def test_plans_that_cannot_be(wrong: dict[str, float]) -> None:
    """A crowd is bounded, and what is not known is refused."""
    with pytest.raises(ValidationError):
        GhostPlan.model_validate(wrong)
