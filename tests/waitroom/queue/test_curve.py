"""The curve: exact at the head, at most a tenth apart behind, and honest about places."""

import itertools
import json
import random
import zlib
from collections.abc import Iterable

import pytest

from tests.factories import ARoom, some_fans
from tests.waitroom.queue.conftest import Store
from waitroom.places import Place, place_from_curve
from waitroom.queue import Snapshot
from waitroom.queue.scores import ARRIVALS, TIER

Curve = tuple[tuple[int, int], ...]


async def put(room: ARoom, store: Store, scores: Iterable[int]) -> list[int]:
    """Put fans with these scores into the line; the scores in order."""
    wanted = list(scores)
    fans = dict(zip(some_fans(len(wanted)), wanted, strict=True))
    members = list(fans.items())
    for start in range(0, len(members), 5000):
        await store.client.zadd(f"wr:{{{room.name}}}:waiting", dict(members[start : start + 5000]))
    return sorted(fans.values())


async def curve_of(room: ARoom) -> Curve:
    """The curve that the snapshot carries; no turns are given."""
    await room.change(paused=True)
    advanced = await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)
    return Snapshot.parse(room.name, advanced.snapshot).curve


def drawn(count: int, *, tier: int = 0, seed: int = 1) -> list[int]:
    """The scores of a drawn lobby."""
    dice = random.Random(seed)
    return [tier * TIER + dice.randrange(ARRIVALS) for _ in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 19, 20, 21, 22, 100, 5000])
async def test_exact_first_and_at_most_a_tenth_apart(room: ARoom, store: Store, count: int) -> None:
    """Twenty exact places, then ranks at most 10 % apart up to the last fan, and each pair is true."""
    line = await put(room, store, drawn(count))
    curve = await curve_of(room)
    ranks = [rank for _, rank in curve]
    assert ranks[:20] == list(range(min(20, count)))
    assert all(after - before <= max(1, before * 0.1) for before, after in itertools.pairwise(ranks))
    assert ranks[-1:] == ([count - 1] if count else [])
    assert [score for score, _ in curve] == [line[rank] for rank in ranks]
    assert len(curve) <= 20 + 100


async def test_small_enough_for_everybody(room: ARoom, store: Store) -> None:
    """On a long line the curve stays some hundred pairs, that go to every fan once a second."""
    await put(room, store, drawn(50_000))
    curve = await curve_of(room)
    assert len(curve) < 150
    assert len(zlib.compress(json.dumps(curve).encode())) < 2000


async def test_both_sides_of_each_edge(room: ARoom, store: Store) -> None:
    """At every edge of a tier or a band the last fan before and the first behind are in the curve."""
    scores = [score for tier in (0, 2, 7) for score in drawn(500, tier=tier, seed=tier)]
    scores += [tier * TIER + ARRIVALS + number for tier in (0, 2, 5) for number in range(300)]
    line = await put(room, store, scores)
    curve = await curve_of(room)
    edges = [tier * TIER + side for tier in range(8) for side in (0, ARRIVALS)]
    sides = [rank for edge in edges for rank in (sum(s < edge for s in line) - 1, sum(s < edge for s in line))]
    assert {rank for rank in sides if 0 <= rank < len(line)} <= {rank for _, rank in curve}
    assert [line[rank] for _, rank in curve] == [score for score, _ in curve]


def worst_error(curve: Curve, line: list[int]) -> float:
    """The greatest error of a place in the line, as a part of it; the first twenty must be exact."""
    worst = 0.0
    for ahead, score in enumerate(line):
        place = place_from_curve(curve, score, len(line))
        assert place is not None
        worst = max(worst, abs(place.ahead - ahead) / max(1, ahead))
        assert ahead >= 20 or place == Place(ahead=ahead, exact=True)
    return worst


@pytest.mark.parametrize("seed", range(8))
async def test_places_on_a_drawn_line(room: ARoom, store: Store, seed: int) -> None:
    """On a drawn line of two tiers, with arrivals behind each, every place is at most 5 % off."""
    dice = random.Random(seed)
    scores = [score for tier in (0, 1) for score in drawn(3000, tier=tier, seed=10 * seed + tier)]
    scores += [tier * TIER + ARRIVALS + dice.randrange(600_000_000) for tier in (0, 1) for _ in range(500)]
    line = await put(room, store, scores)
    assert worst_error(await curve_of(room), line) <= 0.05


async def test_a_curve_without_edges_is_noticed(room: ARoom, store: Store) -> None:
    """Without the pairs at the edges places across them would be far off: the measure would notice."""
    line = await put(room, store, drawn(4000) + [7 * TIER + number for number in range(4000)])
    curve = await curve_of(room)
    blunt = tuple(pair for pair in curve if pair[1] not in {3999, 4000})
    assert worst_error(curve, line) <= 0.05 < worst_error(blunt, line)


async def test_the_largest_scores_are_not_cut(room: ARoom, store: Store) -> None:
    """Scores near 2^53 come through exactly."""
    line = await put(room, store, [7 * TIER + ARRIVALS + number for number in range(3)])
    assert [score for score, _ in await curve_of(room)] == line
