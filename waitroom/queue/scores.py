"""Scores: tier and band in one integer below 2^53, exact in a double and in JSON. Lower goes first."""

TIER = 2**50
ARRIVALS = 2**48
"""The drawn lobby takes the band [0, 2^48) of its tier, arrivals after the freeze the one above."""
TIERS = range(8)


def pack_score(*, tier: int, band: int) -> int:
    """Return `tier * 2^50 + band`; raises ValueError when either is out of range."""
    if tier not in TIERS or not 0 <= band < TIER:
        raise ValueError(f"tier {tier} or band {band} is out of range")
    return tier * TIER + band


def tier_of(score: int) -> int:
    """The tier of a score."""
    return score // TIER


def is_drawn(score: int) -> bool:
    """Whether the score came from the draw rather than from the time of arrival."""
    return score % TIER < ARRIVALS
