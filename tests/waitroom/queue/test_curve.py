"""The curve: exact at the head, at most a tenth apart behind, and honest about places."""

import itertools
import json
import random
import zlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import pytest

from tests.factories import ARoom, a_fan, some_fans
from tests.waitroom.queue.conftest import Store
from tests.waitroom.queue.races import disarm
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


# A curve stands while the line does.


async def joins(room: ARoom, _: Sequence[str]) -> None:
    """One more stands behind."""
    await room.join(a_fan())


async def leaves(room: ARoom, line: Sequence[str]) -> None:
    """The second gives the place up."""
    await room.queue.leave(room.name, epoch=room.epoch, fan_id=line[1], now_us=room.clock.now_us)


async def enters(room: ARoom, line: Sequence[str]) -> None:
    """The second comes with a token of a claim that the store has lost."""
    await room.queue.enter(room.name, epoch=room.epoch, fan_id=line[1], session="s", now_us=room.clock.now_us)


async def finishes(room: ARoom, line: Sequence[str]) -> None:
    """The checkout says that the second's business is done."""
    await room.queue.finish(room.name, epoch=room.epoch, fan_id=line[1], now_us=room.clock.now_us)


async def is_revoked(room: ARoom, line: Sequence[str]) -> None:
    """The second's place is taken away."""
    await room.queue.revoke(room.name, epoch=room.epoch, fan_id=line[1], now_us=room.clock.now_us)


async def is_replaced(room: ARoom, line: Sequence[str]) -> None:
    """The second leaves, and another is put back before all: there are as many as before."""
    await leaves(room, line)
    await room.queue.restore(room.name, [(a_fan(), 0, ARRIVALS)], epoch=room.epoch, now_us=room.clock.now_us)


async def is_admitted(room: ARoom, _: Sequence[str]) -> None:
    """The first gets the turn."""
    await room.change(new_users_per_minute=60)


CHANGES = [joins, leaves, enters, finishes, is_revoked, is_replaced, is_admitted]
Change = Callable[[ARoom, Sequence[str]], Awaitable[None]]


async def curve_after(room: ARoom, change: Change) -> tuple[Curve, Curve]:
    """The curve of a line that was looked at before it changed, and the line that there is."""
    await room.change(new_users_per_minute=0)
    line = some_fans(5)
    await room.join(*line)
    await room.advance(seconds=1)
    await change(room, line)
    now_us = room.clock.move(seconds=1)
    advanced = await room.queue.advance(room.name, interval_us=0, now_us=now_us)
    key = f"wr:{{{room.name}}}:waiting"
    found: Any = await room.queue._client.zrange(key, 0, -1, withscores=True)
    return Snapshot.parse(room.name, advanced.snapshot).curve, tuple((int(s), n) for n, (_, s) in enumerate(found))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_curve_follows_the_line(room: ARoom, change: Change) -> None:
    """Whatever moves the line, the next curve tells."""
    curve, line = await curve_after(room, change)
    assert curve == line


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_curve_that_does_not_follow_is_noticed(
    room: ARoom, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the look at what has moved, the curve of the line before would be told."""
    disarm(
        monkeypatch,
        "if redis.call('HGET', METER, 'curve_line') == line then",
        "if redis.call('HGET', METER, 'curve_line') then",
    )
    curve, line = await curve_after(room, change)
    assert curve != line


async def test_a_line_that_stands_is_read_once(room: ARoom, store: Store) -> None:
    """While nobody comes or goes the curve is the stored one, whoever looks."""
    await room.change(new_users_per_minute=0)
    await room.join(*some_fans(3))
    await room.advance(seconds=1)
    await store.client.hset(f"wr:{{{room.name}}}:meter", "curve", "7:0")
    advanced = await room.queue.advance(room.name, interval_us=0, now_us=room.clock.move(seconds=1))
    assert Snapshot.parse(room.name, advanced.snapshot).curve == ((7, 0),)
