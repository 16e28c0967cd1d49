"""How long fans waited beside what they were told."""

import pytest

from edge.console.reports.promises import Kept, Turns, promises_kept
from edge.console.reports.samples import Sample
from tests.edge.console.reports.samples import a_sample
from tests.factories import START_MS, ARoom, some_fans
from waitroom.forecast import wait_range
from waitroom.queue import Queue, Snapshot
from waitroom.queue.scores import ARRIVALS, TIER


def arrival(seconds: float, *, tier: int = 0) -> int:
    """The score of who joined so many seconds after the freeze, at the start."""
    return tier * TIER + ARRIVALS + round(seconds * 1e6)


def turn(at_seconds: float, joined_seconds: float, count: int = 1) -> Turns:
    """Turns at a moment of fans who joined at another."""
    score = arrival(joined_seconds)
    return Turns(at_ms=START_MS + round(at_seconds * 1000), count=count, first=score, last=score)


def verdicts(kept: Kept) -> tuple[int, ...]:
    """All turns that came earlier, within, later, and of which nothing is known."""
    buckets = kept.buckets
    names = ("earlier", "within", "later", "unknown")
    return tuple(sum(getattr(bucket, name) for bucket in buckets) for name in names)


@pytest.mark.parametrize(
    ("waited", "verdict"), [(100, (1, 0, 0, 0)), (360, (0, 1, 0, 0)), (420, (0, 1, 0, 0)), (900, (0, 0, 1, 0))]
)
def test_a_turn_beside_what_was_told_at_the_join(waited: float, verdict: tuple[int, ...]) -> None:
    """With 300 ahead at 60 a minute a fan reads "4 to 7 minutes"; sooner is kept as well, later is not."""
    low, high = wait_range(300, 60, 60) or (0, 0)
    assert (low, high) == (240, 420)
    kept = promises_kept([a_sample(0, waiting=300)], [turn(waited + 5, 5)], frozen_at_ms=START_MS)
    assert verdicts(kept) == verdict


def test_the_line_grows_between_two_samples() -> None:
    """What was told at a join is read off the samples before and after it, not off the older one alone."""
    samples = [a_sample(0, waiting=0), a_sample(10, waiting=600)]
    told_half = wait_range(300, 60, 60)
    assert told_half is not None
    kept = promises_kept(samples, [turn(5 + told_half[0], 5), turn(5 + 60, 5)], frozen_at_ms=START_MS)
    assert verdicts(kept) == (1, 1, 0, 0)


def test_a_batch_is_spread_over_its_joins() -> None:
    """Of a batch the first fan waited longest and the last shortest; every turn of it counts once."""
    batch = Turns(at_ms=START_MS + 100_000, count=101, first=arrival(0), last=arrival(100))
    kept = promises_kept([a_sample(0)], [batch], frozen_at_ms=START_MS)
    assert sum(kept.waits.values()) == 101
    assert min(kept.waits) < 10
    assert max(kept.waits) > 90


def test_the_lobby_is_told_at_the_draw() -> None:
    """A drawn fan's promise follows from the place in the drawn order and the rate at the draw."""
    samples = [
        a_sample(0, phase="lobby", lobby=600, measured=None),
        a_sample(60, waiting=600, measured=None, drawn=True),
    ]
    first = Turns(at_ms=START_MS + 61_000, count=10, first=1, last=2**40)
    low, high = wait_range(305, None, 60) or (0, 0)
    middle = Turns(at_ms=START_MS + 60_000 + (low + high) * 500, count=590, first=2**41, last=2**42)
    kept = promises_kept(samples, [first, middle], frozen_at_ms=START_MS + 50_000)
    assert sum(bucket.turns for bucket in kept.buckets) == 600
    earlier, within, later, unknown = verdicts(kept)
    assert unknown == 0
    assert within >= 10
    assert earlier > 0  # at the end of this batch stand fans who were told longer
    assert later > 0  # and at its beginning those who were told shorter


def test_a_draw_between_two_samples() -> None:
    """Where turns begin before the first sample after the draw, the lobby's countdown is no part of what was told."""
    lobby = a_sample(0, phase="lobby", lobby=60, measured=None, until_release_seconds=3000)
    after = a_sample(10, waiting=50, measured=55, drawn=True)
    turns = [Turns(at_ms=START_MS + 2000 + second * 1000, count=1, first=second, last=second) for second in range(60)]
    kept = promises_kept([lobby, after], turns, frozen_at_ms=START_MS + 1000)
    assert verdicts(kept) == (0, 60, 0, 0)


@pytest.mark.parametrize("change", [{"paused": True}, {"recovering": True}, {"rate": 0}])
def test_what_no_page_told(change: dict[str, object]) -> None:
    """While the page tells no wait there is no promise to keep."""
    kept = promises_kept([a_sample(0, waiting=5, **change)], [turn(50, 1)], frozen_at_ms=START_MS)
    assert verdicts(kept) == (0, 0, 0, 1)


def test_what_no_console_saw() -> None:
    """A join before the first sample, or long after the last, has a promise that nobody knows."""
    samples = [a_sample(100, waiting=5)]
    kept = promises_kept(samples, [turn(120, 50), turn(500, 400)], frozen_at_ms=START_MS)
    assert verdicts(kept) == (0, 0, 0, 2)
    assert kept.to_json()["kept_share"] is None


async def test_against_the_real_line(queue: Queue, room_name: str) -> None:
    """From the scripts' own log and snapshots: who waited 20 seconds at the head of a steady line was told so."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=60, claim_minutes=60)
    samples = []
    for second in range(120):
        if second == 30:
            await room.join(*some_fans(20))
        await room.advance(seconds=1)
        advanced = await queue.advance(room_name, interval_us=10**9, now_us=room.clock.now_us)
        snapshot = Snapshot.parse(room_name, advanced.snapshot)
        if second % 10 == 0:
            samples.append(Sample.of(snapshot))
    turns = [Turns.of(entry) for entry in reversed(await queue.admissions(room_name))]
    assert sum(each.count for each in turns) == 20
    kept = promises_kept(samples, turns, frozen_at_ms=int(snapshot.kept["frozen_at_us"]) // 1000)
    told = kept.to_json()
    assert told["turns"] == told["told"] == 20
    assert 15 <= told["longest_seconds"] <= 25
    assert told["kept_share"] >= 0.5


def test_the_distribution() -> None:
    """The median and nine in ten are of turns, not of batches."""
    kept = Kept()
    kept.note(10, 80, None)
    kept.note(100, 15, (50, 200))
    kept.note(4000, 5, (50, 200))
    told = kept.to_json()
    assert (told["median_seconds"], told["nine_in_ten_seconds"], told["longest_seconds"]) == (10, 100, 4000)
    assert (told["turns"], told["told"], told["kept_share"]) == (100, 20, 0.75)
    assert [bucket["turns"] for bucket in told["buckets"]] == [80, 15, 0, 0, 5]
