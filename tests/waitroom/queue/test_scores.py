"""Scores: a tier and a band in one integer."""

import json

import pytest

from waitroom.queue.scores import ARRIVALS, TIER, is_drawn, pack_score, tier_of


@pytest.mark.parametrize("tier", range(8))
@pytest.mark.parametrize("band", [0, 1, ARRIVALS - 1, ARRIVALS, TIER - 1])
def test_packed_and_back(tier: int, band: int) -> None:
    """Tier and kind can be read off every score, and a double or JSON carries it exactly."""
    score = pack_score(tier=tier, band=band)
    assert (tier_of(score), score % TIER, is_drawn(score)) == (tier, band, band < ARRIVALS)
    assert int(float(score)) == score == json.loads(json.dumps(score))
    assert score < 2**53


@pytest.mark.parametrize(("tier", "band"), [(8, 0), (-1, 0), (0, -1), (0, TIER)])
def test_out_of_range(tier: int, band: int) -> None:
    """What would spill into another tier is refused."""
    with pytest.raises(ValueError, match="out of range"):
        pack_score(tier=tier, band=band)


def test_lower_goes_first() -> None:
    """A lower tier goes before all of a higher one, the drawn before the arrivals of their tier."""
    ordered = [(0, 0), (0, ARRIVALS - 1), (0, ARRIVALS), (0, TIER - 1), (1, 0), (7, TIER - 1)]
    scores = [pack_score(tier=tier, band=band) for tier, band in ordered]
    assert scores == sorted(scores)
