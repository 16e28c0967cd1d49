"""Ordering, against the plain words for one entrant: the score, then the order of scores."""

import random
import secrets

import pytest

from tests.factories import some_fans
from waitroom.queue.draw import draw_score
from waitroom.queue.ordering import (
    BATCH_ENTRANTS,
    PLACE_BYTES,
    RECORD_BYTES,
    Batches,
    deal,
    places_in_order,
    write_place,
)
from waitroom.queue.packing import pack_fans

KEY = secrets.token_bytes(32)
EDGES = ["A" * 22, "_" * 21 + "w", "-" * 21 + "Q"]


def packed_of(entrants: list[tuple[int, str]]) -> bytes:
    """Entrants as the list has them."""
    return pack_fans([fan.encode() for _, fan in entrants], bytes(tier for tier, _ in entrants))


def entrants_of(count: int, *, tiers: int) -> list[tuple[int, str]]:
    """So many entrants, by tier and fan id."""
    return sorted((number % tiers, fan) for number, fan in enumerate((EDGES + some_fans(count))[:count]))


def places_of(batches: Batches) -> bytes:
    """All places, batch by batch."""
    return b"".join(places_in_order(b"".join(batch)) for batch in batches.batches)


@pytest.mark.parametrize("tiers", [1, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 7, 1000])
def test_the_order_is_that_of_the_scores(count: int, tiers: int) -> None:
    """However the list is cut into groups, the places are all entrants by their score."""
    entrants = entrants_of(count, tiers=tiers)
    groups = [packed_of(entrants[:300]), packed_of(entrants[300:])]

    batches = Batches.of(deal(KEY, group) for group in groups)

    drawn = sorted((draw_score(KEY, tier=tier, fan_id=fan), fan) for tier, fan in entrants)
    assert places_of(batches) == b"".join(write_place(score, fan) for score, fan in drawn)
    assert batches.entrants == count


def test_a_small_lobby_is_one_batch() -> None:
    """What begins differently is sorted together while it is little."""
    assert len(Batches.of([deal(KEY, packed_of(entrants_of(500, tiers=8)))]).batches) == 1


def some_batches(*counts: int) -> Batches:
    """Records of so many entrants with each beginning, in two groups."""
    groups = [
        {chr(start) * 2: bytes(RECORD_BYTES) * (count // 2 + part * (count % 2)) for start, count in enumerate(counts)}
        for part in range(2)
    ]
    return Batches.of(groups)


def test_what_is_little_joins_what_stands_before() -> None:
    """A batch takes in what follows until it is large enough."""
    large = BATCH_ENTRANTS
    assert some_batches(large, large - 1, 1, 5, 6).ends == (large, 2 * large, 2 * large + 11)


@pytest.mark.parametrize(
    ("rank", "found"),
    [
        (0, (0, 0)),
        (BATCH_ENTRANTS - 1, (0, BATCH_ENTRANTS - 1)),
        (BATCH_ENTRANTS, (1, 0)),
        (BATCH_ENTRANTS + 6, (1, 6)),
    ],
)
def test_a_rank_is_found(rank: int, found: tuple[int, int]) -> None:
    """The entrant of a rank stands in a batch, behind so many."""
    assert some_batches(BATCH_ENTRANTS, 7).find(rank) == found


def test_places_are_sorted_by_score_alone() -> None:
    """Whatever the order of the records, the places rise."""
    entrants = entrants_of(200, tiers=2)
    random.shuffle(entrants)
    places = places_in_order(b"".join(deal(KEY, packed_of(entrants)).values()))
    scores = [places[at : at + 7] for at in range(0, len(places), PLACE_BYTES)]
    assert scores == sorted(scores)
