"""What must hold however fans crowd, and that each test would notice if it did not.

Every invariant is a function that names its violations. A test runs a scenario, sees that something happened, and
finds none; its negative control takes one guard out of the scripts, and the same scenario must break the invariant.
"""

import itertools
import random
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest

from tests.factories import ARoom, Clock, a_fan, some_fans
from tests.waitroom.queue.conftest import Call, Store
from tests.waitroom.queue.races import at_once, disarm, overfull
from waitroom.queue import Claimed, Entered, Queue, Spent, State
from waitroom.queue.ordering import write_place

WINDOWS = (0, 0.001, 0.01, 0.05, 0.1, 0.5, 1, 2, 3.7, 10, 30, 60)
GCRA = ("local entry_us = math.max(now_us, room.free_from_us)", "local entry_us = now_us")


def batched(fans: Sequence[str], size: int) -> list[Sequence[str]]:
    """Cut a crowd into what one call takes."""
    return [fans[start : start + size] for start in range(0, len(fans), size)]


# One turn, ever.


async def crowd_for_one_turn(room: ARoom) -> Counter[str]:
    """A hundred fans join, claim and enter, each three times at once; count what each was given."""
    fans = some_fans(100)
    for _ in range(2):
        await at_once(*(partial(room.join, fan) for fan in fans for _ in range(3)))
    given: Counter[str] = Counter()
    for _ in range(12):
        room.clock.move(seconds=1)
        await at_once(*(room.advance for _ in range(4)))
        await at_once(*(partial(room.join, fan) for fan in fans))
        claims = await at_once(*(partial(room.claim, fan) for fan in fans for _ in range(3)))
        for claim, fan in zip(claims, itertools.chain(*zip(fans, fans, fans, strict=True)), strict=True):
            if isinstance(claim, Claimed):
                given[f"{fan} {claim.enter_at_ms}"] += 1
    room.clock.move(seconds=60)
    for number in range(3):
        enter = partial(room.queue.enter, room.name, epoch=room.epoch, now_us=room.clock.now_us)
        entered = await at_once(*(partial(enter, fan_id=fan, session=f"s{number}") for fan in fans))
        given["entered"] += sum(isinstance(answer, Entered) for answer in entered)
        given["spent"] += sum(isinstance(answer, Spent) for answer in entered)
    return given


async def second_turns(room: ARoom, given: Counter[str], store: Store) -> list[str]:
    """Name fans with two moments of entry, turns beyond one a fan, and tokens spent twice."""
    moments = Counter(entry.split()[0] for entry in given if " " in entry)
    turns = sum(int(entry["turns"]) for entry in await store.log(room, "admissions"))
    found = [f"{fan} has {count} moments" for fan, count in moments.items() if count > 1]
    if turns > 100:
        found.append(f"{turns} turns for 100 fans")
    if given["entered"] > 100:
        found.append(f"{given['entered']} sessions for 100 fans")
    return found


async def test_nobody_gets_two_turns(room: ARoom, store: Store) -> None:
    """A fan has one turn, one moment and one session, however often each call is made at once."""
    given = await crowd_for_one_turn(room)
    assert len(given) == 102
    assert (given["entered"], given["spent"]) == (100, 200)
    assert await second_turns(room, given, store) == []


@pytest.mark.parametrize(
    ("guard", "instead"),
    [
        ("redis.call('ZREM', ADMITTED, fan)\nredis.call('ZADD', ACTIVE", "redis.call('ZADD', ACTIVE"),
        ("if found[1] == 'unknown' then", "if found[1] ~= 'waiting' then"),
        ("if turn.session ~= '' then return { 'spent' } end", ""),
    ],
    ids=["claim once", "join once", "enter once"],
)
async def test_second_turns_are_noticed(
    room: ARoom, store: Store, monkeypatch: pytest.MonkeyPatch, guard: str, instead: str
) -> None:
    """Without each of the once-only checks somebody gets a second turn, moment or session."""
    disarm(monkeypatch, guard, instead)
    assert await second_turns(room, await crowd_for_one_turn(room), store) != []


# Entries keep the rate.


def too_many_entries(moments_ms: Sequence[int], rate: float, *, depth: float | None = None) -> list[str]:
    """Name the windows above `w * R / 60 + d`."""
    seconds = [moment / 1000 for moment in moments_ms]
    return overfull(seconds, per_second=rate / 60, depth=max(1, rate / 60) if depth is None else depth, windows=WINDOWS)


async def claim_in_one_second(room: ARoom, *, fans: int) -> list[int]:
    """Give turns for a while, then let everybody claim within one second, at odd microseconds."""
    crowd = some_fans(fans)
    for batch in batched(crowd, 400):
        await room.join(*batch)
    room.clock.move(seconds=0.000_123)
    while await room.state(crowd[-1]) is State.WAITING:
        await room.advance(seconds=1)
    moments = []
    for tenth in range(10):
        claims = await at_once(*(partial(room.claimed, fan) for fan in crowd[tenth::10]))
        moments += [claim.enter_at_ms for claim in claims]
        room.clock.move(seconds=0.099_987)
    return moments


@pytest.mark.parametrize("rate", [59, 60, 90, 601, 7001])
async def test_entries_keep_the_rate_when_all_claim_at_once(queue: Queue, room_name: str, rate: float) -> None:
    """When a whole minute's turns are claimed within a second, the moments of entry keep the rate in every window."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=rate)
    moments = await claim_in_one_second(room, fans=min(600, round(rate)))
    assert len(moments) == min(600, round(rate))
    assert too_many_entries(moments, rate) == []


async def test_entries_above_the_rate_are_noticed(
    queue: Queue, room_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without GCRA the claims of one second enter in that second."""
    disarm(monkeypatch, *GCRA)
    room = await ARoom.open(queue, room_name, new_users_per_minute=60)
    assert too_many_entries(await claim_in_one_second(room, fans=60), 60) != []


async def trickle(room: ARoom, *, fans: int) -> list[int]:
    """Claim at odd moments, a little faster than the rate, one fan at a time."""
    dice = random.Random(7)
    moments = []
    for fan in [await room.admitted_fan() for _ in range(fans)]:
        moments.append((await room.claimed(fan)).enter_at_ms)
        room.clock.move(seconds=dice.uniform(0.9, 1.0))
    return moments


async def test_moments_are_whole_milliseconds_without_loss(queue: Queue, room_name: str) -> None:
    """Rounding to milliseconds brings no two moments nearer than the rate allows."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=59.9)
    moments = await trickle(room, fans=60)
    assert len(moments) == 60
    assert too_many_entries(moments, 59.9) == []


async def four_edges(room: ARoom, *, rate: float, seconds: int) -> tuple[list[int], list[int]]:
    """Four callers advance at once, twenty times a second; who has the turn claims at once."""
    fans = some_fans(round(rate * seconds / 60 * 2))
    for batch in batched(fans, 400):
        await room.join(*batch)
    waiting, moments, turns = iter(fans), [], []
    for _ in range(seconds * 20):
        given = sum(await at_once(*(partial(room.advance, interval_us=50_000) for _ in range(4))))
        turns += [room.clock.now_ms] * given
        claims = [await room.claimed(fan) for fan in itertools.islice(waiting, given)]
        moments += [claim.enter_at_ms for claim in claims]
        room.clock.move(seconds=0.05)
    return turns, moments


async def test_four_edges_admit_like_one(queue: Queue, room_name: str) -> None:
    """Four callers at once give turns and entries at the rate of one."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=1200, paused=True)
    await room.change(paused=False)
    turns, moments = await four_edges(room, rate=1200, seconds=5)
    assert len(turns) == len(moments) >= 0.95 * 100
    assert too_many_entries(turns, 1200) == []
    assert too_many_entries(moments, 1200) == []


async def test_too_many_turns_are_noticed(queue: Queue, room_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a bucket that is never emptied four callers give four times as many turns."""
    disarm(monkeypatch, "room.tokens = room.tokens - given", "")
    room = await ARoom.open(queue, room_name, new_users_per_minute=1200, paused=True)
    await room.change(paused=False)
    turns, _ = await four_edges(room, rate=1200, seconds=2)
    assert too_many_entries(turns, 1200) != []


RATES = (60, 6000, 60, 6000, 0, 6000, 60, 600, 6000)


async def change_rates(room: ARoom) -> tuple[list[int], list[tuple[int, int]]]:
    """Change the rate every second and claim all one can get at the high ones; return moments and rates."""
    await room.change(new_users_per_minute=6_000_000, claim_minutes=1440)
    fans = some_fans(1500)
    for batch in batched(fans, 400):
        await room.join(*batch)
    while await room.advance(seconds=1):
        pass
    await room.change(new_users_per_minute=RATES[0])
    room.clock.move(seconds=60)
    waiting, moments, rates = iter(fans), [], []
    for rate in RATES:
        await room.change(new_users_per_minute=rate)
        rates.append((room.clock.now_ms, rate))
        for _ in range(100 if rate >= 600 else 0):
            # No more than are let in at this moment: nobody is given a moment under a rate yet to come.
            while isinstance(claim := await room.claim(next(waiting)), Claimed):
                moments.append(claim.enter_at_ms)
                if claim.enter_at_ms > room.clock.now_ms:
                    break
            room.clock.move(seconds=0.01)
        room.clock.move(seconds=1 if rate < 600 else 0)
    return moments, rates


def above_changing_rates(moments: Sequence[int], rates: Sequence[tuple[int, int]]) -> list[str]:
    """Name windows that hold more than the rates in them allow, plus the greatest depth."""
    ends = [start for start, _ in rates[1:]] + [rates[-1][0] + 3_600_000]
    depth, found, ordered = max(1, max(rate for _, rate in rates) / 60), [], sorted(moments)

    def allowed(start: int, end: int) -> float:
        spans = zip(rates, ends, strict=True)
        return sum(max(0, min(end, until) - max(start, since)) * rate for (since, rate), until in spans) / 60_000

    for first, last in itertools.combinations(range(len(ordered)), 2):
        start, end = ordered[first], ordered[last]
        # A moment given under a higher rate may come up to one interval of the lower one after the change.
        if last - first + 1 > allowed(start, end) + depth + 1:
            found.append(f"{last - first + 1} from {start} to {end}")
    return found


async def test_entries_keep_rates_that_change(room: ARoom) -> None:
    """Going up and down, and through nothing, gives no depth anew: unused entries are carried over at their number."""
    moments, rates = await change_rates(room)
    assert len(moments) > 200
    assert above_changing_rates(moments, rates) == []


async def test_depth_given_anew_is_noticed(room: ARoom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without settling at each change every step up brings a whole second's worth."""
    disarm(monkeypatch, "settle_entry_rate(room, before, after)\n  end", "end")
    moments, rates = await change_rates(room)
    assert above_changing_rates(moments, rates) != []


@dataclass
class Wall:
    """Real time, and a clock that somebody sets: seconds since the start, and what the clock is ahead."""

    clock: Clock
    real: float = 0
    ahead: float = 0
    jumps: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])

    def pass_time(self, seconds: float) -> None:
        """Let time pass on both."""
        self.real += seconds
        self.clock.move(seconds=seconds)

    def set_back(self, seconds: float) -> None:
        """Set the clock back."""
        self.ahead -= seconds
        self.jumps.append((self.real, self.ahead))
        self.clock.move(seconds=-seconds)

    def comes_due(self, moment: float, *, given: float) -> float:
        """When, in real time, the clock first shows this moment after it was given."""
        ends = [real for real, _ in self.jumps[1:]] + [float("inf")]
        for (since, ahead), until in zip(self.jumps, ends, strict=True):
            if until > given and (due := max(since, given, moment - ahead)) < until:
                return due
        raise AssertionError("the last clock shows every moment")


async def claim_while_the_clock_is_set(room: ARoom, *, dice: random.Random) -> tuple[list[float], list[float]]:
    """Claim in bunches, with the clock set back in between.

    Returns when entries come due in real time, and how long those wait whose moment comes before the next step.
    """
    fans = some_fans(300)
    await room.join(*fans[:150])
    await room.join(*fans[150:])
    while await room.advance(seconds=1):
        pass
    start, wall = room.clock.now_us / 1e6, Wall(room.clock)
    given: list[tuple[float, float]] = []
    for number, fan in enumerate(fans):
        claim = await room.claimed(fan)
        given.append((claim.enter_at_ms / 1000 - start, wall.real))
        if number % 25 == 24:
            wall.pass_time(dice.uniform(0, 3))
            wall.set_back(dice.choice([0.01, 0.3, 1, 2, 5, 40, 3600]))
        elif number % 5 == 4:
            wall.pass_time(dice.uniform(0, 0.4))
    due = [wall.comes_due(moment, given=when) for moment, when in given]
    steps = [real for real, _ in wall.jumps]
    spans = [(when, came) for (_, when), came in zip(given, due, strict=True)]
    return due, [came - when for when, came in spans if not any(when < step <= came for step in steps)]


@pytest.mark.parametrize("seed", range(6))
async def test_entries_keep_the_rate_when_the_clock_is_set_back(queue: Queue, room_name: str, seed: int) -> None:
    """Set back by any step, the clock lets in no more than the rate in any window of real time, and holds nobody long.

    On the clock itself the same minute comes twice, each time with its own entries.
    """
    room = await ARoom.open(queue, room_name, new_users_per_minute=600)
    due, waits = await claim_while_the_clock_is_set(room, dice=random.Random(seed))
    assert len(due) == 300
    assert len(waits) >= 20
    assert overfull(due, per_second=10, depth=10, windows=WINDOWS) == []
    assert max(waits) < 10


@pytest.mark.parametrize(
    ("guard", "instead"),
    [
        ("and entry_us < room.taken_to_us then", "and entry_us < 0 then"),
        GCRA,
    ],
    ids=["moments to come stay taken", "GCRA"],
)
async def test_entries_of_a_clock_set_back_are_noticed(
    queue: Queue, room_name: str, monkeypatch: pytest.MonkeyPatch, guard: str, instead: str
) -> None:
    """Without the moments that stay taken, those who come after the step enter among those from before."""
    disarm(monkeypatch, guard, instead)
    broken = []
    for seed in range(6):
        room = await ARoom.open(queue, f"{room_name}-{seed}", new_users_per_minute=600)
        due, _ = await claim_while_the_clock_is_set(room, dice=random.Random(seed))
        broken += overfull(due, per_second=10, depth=10, windows=WINDOWS)
    assert broken != []


# The ceiling.


async def crowd_at_the_ceiling(room: ARoom) -> list[int]:
    """A hundred turns, then a ceiling of seven; claims and finishes race; return how many were ever active."""
    fans = some_fans(100)
    await room.join(*fans)
    while await room.advance(seconds=1):
        pass
    await room.change(total_active_users=7)
    active: set[str] = set()
    counts = []
    for _ in range(6):
        claims = await at_once(*(partial(room.claim, fan) for fan in fans))
        active |= {fan for fan, claim in zip(fans, claims, strict=True) if isinstance(claim, Claimed)}
        counts.append(len(active))
        done = sorted(active)[:3]
        finish = partial(room.queue.finish, room.name, epoch=room.epoch)
        await at_once(*(partial(finish, fan_id=fan) for fan in done for _ in range(2)))
        active -= set(done)
        fans = [fan for fan in fans if fan not in done]
    return counts


async def test_never_more_active_than_the_ceiling(room: ARoom) -> None:
    """However many claim at once, and however often a slot is given back, the ceiling holds and is reached."""
    assert await crowd_at_the_ceiling(room) == [7] * 6


async def test_more_active_than_the_ceiling_is_noticed(room: ARoom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the check at the claim all come in."""
    disarm(monkeypatch, "redis.call('ZCARD', ACTIVE) >= room.total_active_users or ", "")
    assert max(await crowd_at_the_ceiling(room)) > 7


async def wait_at_a_full_ceiling(room: ARoom) -> tuple[object, State]:
    """A fan with the turn asks once a minute for three windows, at a full ceiling; then a slot comes free."""
    await room.change(claim_minutes=2)
    first, second = some_fans(2)
    await room.join(first, second)
    await room.advance()
    await room.change(total_active_users=1)
    await room.claimed(first)
    extend = partial(room.queue.extend, room.name, epoch=room.epoch, fan_id=first, seconds=9000)
    await extend(now_us=room.clock.now_us)
    for _ in range(6):
        for _ in range(60):
            await room.advance(seconds=1)
        await room.claim(second)
    state = await room.state(second)
    await room.queue.finish(room.name, epoch=room.epoch, fan_id=first)
    return await room.claim(second), state


async def test_a_full_ceiling_keeps_the_turn(room: ARoom) -> None:
    """Who asks in time at a full ceiling keeps the turn for as long as it is full, and then has it."""
    claim, state = await wait_at_a_full_ceiling(room)
    assert state is State.ADMITTED
    assert isinstance(claim, Claimed)


async def test_a_turn_lost_at_a_full_ceiling_is_noticed(room: ARoom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the window that begins anew the turn lapses while the fan asks."""
    disarm(monkeypatch, "redis.call('ZADD', ADMITTED, room.room_ms + room.claim_ms, fan)", "")
    assert (await wait_at_a_full_ceiling(room))[1] is State.LAPSED


# The order of the line.


async def drawn_room(room: ARoom, call: Call, fans: Sequence[str]) -> dict[str, int]:
    """Draw these fans in their order, two tiers; the scores by fan."""
    tiers = {fan: number % 2 for number, fan in enumerate(fans)}
    for fan, tier in tiers.items():
        await room.join(fan, tier=tier)
    room.clock.move(seconds=60)
    await call(room, "freeze")
    await call(room, "gather", "a", 5000, 0, b"x" * 17, "h", "f", "root", 1, "0x")
    await call(room, "pin", "root", "seed", "", "hash")
    scores = {fan: tier * 2**50 + number for number, (fan, tier) in enumerate(tiers.items())}
    await call(room, "draw", "hash", 0, b"".join(write_place(score, fan) for fan, score in scores.items()))
    return scores


async def serve_the_line(room: ARoom, call: Call, store: Store) -> list[tuple[int, str]]:
    """Fans of a drawn lobby and arrivals get turns from four edges; return who got them when."""
    drawn, arrivals = some_fans(60), some_fans(20)
    await room.change(new_users_per_minute=300)
    await drawn_room(room, call, drawn)
    await at_once(*(partial(room.join, fan, tier=0) for fan in arrivals))
    for _ in range(30):
        room.clock.move(seconds=1)
        await at_once(*(room.advance for _ in range(4)))
    turns = await store.fields(room, "turns")
    order = sorted((int(turn.split(":")[0]), fan) for fan, turn in turns.items())
    kinds = {fan: f"drawn {number:02} of tier {number % 2}" for number, fan in enumerate(drawn)}
    return [(when, kinds.get(fan, "arrival")) for when, fan in order]


def out_of_order(served: Sequence[tuple[int, str]]) -> list[str]:
    """Name those who got a turn before one who stands ahead: tiers, then the draw, then arrivals (of tier 0)."""

    def place(kind: str) -> tuple[int, int, str]:
        tier = int(kind[-1]) if kind.startswith("drawn") else 0
        return tier, kind == "arrival", kind

    pairs = itertools.combinations(served, 2)
    return [f"{late} before {early}" for (at, late), (then, early) in pairs if at < then and place(early) < place(late)]


async def test_turns_follow_the_draw(lobby: ARoom, call: Call, store: Store) -> None:
    """Within a tier turns are given in the drawn order, and arrivals never overtake the drawn of their tier."""
    served = await serve_the_line(lobby, call, store)
    assert Counter(kind.split()[0] for _, kind in served) == {"drawn": 60, "arrival": 20}
    assert len({when for when, _ in served}) > 10
    assert out_of_order(served) == []


@pytest.mark.parametrize(
    ("guard", "instead"),
    [
        ("tier * TIER + BAND + arrival_us", "tier * TIER + arrival_us % 50"),
        ("redis.call('ZRANGE', WAITING, 0, count - 1", "redis.call('ZREVRANGE', WAITING, 0, count - 1"),
    ],
    ids=["arrivals behind", "head first"],
)
async def test_turns_out_of_order_are_noticed(
    lobby: ARoom, call: Call, store: Store, monkeypatch: pytest.MonkeyPatch, guard: str, instead: str
) -> None:
    """Without the band of the arrivals, or from the tail, fans overtake."""
    disarm(monkeypatch, guard, instead)
    if "ZREVRANGE" in instead:
        disarm(monkeypatch, "WAITING, 0, given - 1", "WAITING, -given, -1")
    assert out_of_order(await serve_the_line(lobby, call, store)) != []


async def arrive_with_a_wild_clock(room: ARoom, store: Store) -> list[bool]:
    """Fans arrive while the clock jumps about; whether each stands behind all before."""
    await room.change(new_users_per_minute=0)
    fans, dice = some_fans(60), random.Random(3)
    for fan in fans:
        await room.join(fan)
        room.clock.move(seconds=dice.choice([0, 0, 0.5, -0.5, 3, -7]))
    standing = list(await store.scores(room, "waiting"))
    return [fan == found for fan, found in itertools.zip_longest(fans, standing)]


async def test_first_come_first_served(room: ARoom, store: Store) -> None:
    """Arrivals stand in the order of their coming, whatever the clock does."""
    assert await arrive_with_a_wild_clock(room, store) == [True] * 60


async def test_an_overtaken_arrival_is_noticed(room: ARoom, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock alone arrivals would overtake."""
    disarm(monkeypatch, "math.max((room.last_arrival_us or -1) + 1, now_us", "math.max(0, now_us")
    assert False in await arrive_with_a_wild_clock(room, store)


async def come_late_by_a_wrong_clock(room: ARoom) -> list[State]:
    """The lobby closes; the clock runs back before it; who comes then is where?"""
    await room.join(*some_fans(5))
    room.clock.move(seconds=60)
    await room.advance()
    room.clock.move(seconds=-30)
    return [standing.state for standing in await room.join(*some_fans(3))]


async def test_no_clock_reopens_the_lobby(lobby: ARoom) -> None:
    """Who comes after the freeze stands behind the lobby, also when the clock says that it is open."""
    assert await come_late_by_a_wrong_clock(lobby) == [State.WAITING] * 3


async def test_a_reopened_lobby_is_noticed(lobby: ARoom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the latch the clock reopens the lobby."""
    disarm(monkeypatch, "redis.call('HSET', METER, 'frozen_at_us', now_us)", "")
    assert State.LOBBY in await come_late_by_a_wrong_clock(lobby)


async def leave_before_the_draw(room: ARoom, call: Call) -> set[State]:
    """Half of a frozen lobby leaves before it is drawn; the states of the leavers once the line has moved."""
    fans = some_fans(20)
    await room.join(*fans)
    room.clock.move(seconds=60)
    await call(room, "freeze")
    await at_once(*(partial(room.queue.leave, room.name, epoch=room.epoch, fan_id=fan) for fan in fans[::2]))
    await call(room, "gather", "a", 5000, 0, b"x" * 17, "h", "f", "root", 1, "0x")
    await call(room, "pin", "root", "seed", "", "hash")
    await call(room, "draw", "hash", 0, b"".join(write_place(score, fan) for score, fan in enumerate(fans)))
    for _ in range(5):
        await room.advance(seconds=1)
    assert {await room.state(fan) for fan in fans[1::2]} == {State.ADMITTED}
    return {await room.state(fan) for fan in fans[::2]}


async def test_who_left_is_not_drawn(lobby: ARoom, call: Call, store: Store) -> None:
    """A leave during the draw takes the turn away, not the entrant from the list."""
    assert await leave_before_the_draw(lobby, call) == {State.LEFT}
    assert len(await store.scores(lobby, "admitted")) == 10


async def test_a_drawn_leaver_is_noticed(
    lobby: ARoom, call: Call, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the skip leavers get turns."""
    disarm(
        monkeypatch,
        "if not (ended[i] or turns[i]) then",
        "if true then",
    )
    await leave_before_the_draw(lobby, call)
    assert len(await store.scores(lobby, "admitted")) > 10


# Room time.


async def live_through_an_evening(room: ARoom, store: Store) -> list[str]:
    """Look, pause, go on, lose hours and set the clock back; name the steps in which room time went wrong."""
    dice, found, moved = random.Random(11), [], 0
    await room.advance()
    for _ in range(150):
        step, paused = dice.choice([0.000_400, 0.2, 0.7, 1, 1.5, 90, 3600, -0.5, -600]), room.settings.paused
        before = int(await store.meter(room, "room_us") or 0)
        room.clock.move(seconds=step)
        await at_once(*(room.advance for _ in range(4)))
        passed = int(await store.meter(room, "room_us") or 0) - before
        allowed = 0 if paused else min(max(round(step * 1e6), 0), 1_000_000)
        moved += abs(passed)
        if not 0 <= passed <= allowed:
            found.append(f"{passed} in {step} s, paused: {paused}")
        if dice.random() < 0.2:
            await room.change(paused=not paused)
    assert moved, "nothing happened"
    return found


async def test_room_time(room: ARoom, store: Store) -> None:
    """Room time never moves while paused, more than a second a step, more than the clock, or backwards."""
    assert await live_through_an_evening(room, store) == []


@pytest.mark.parametrize(
    ("guard", "instead"),
    [
        ("math.min(since_us, 1000000)", "since_us"),
        ("math.max(0, math.min(since_us, 1000000))", "math.min(since_us, 1000000)"),
        (
            "if not room.is_paused and not room.is_recovering and phase_of(room) == 'open' and last[1] then",
            "if last[1] then",
        ),
    ],
    ids=["a second a step", "never backwards", "not while paused"],
)
async def test_wrong_room_time_is_noticed(
    room: ARoom, store: Store, monkeypatch: pytest.MonkeyPatch, guard: str, instead: str
) -> None:
    """Without each of its guards room time goes wrong."""
    disarm(monkeypatch, guard, instead)
    assert await live_through_an_evening(room, store) != []


# What the room promises.


async def entries_with_no_shows(room: ARoom, *, seconds: int, since: int) -> float:
    """Three of ten never claim, the others within five seconds; the part of the rate that entered from then on."""
    dice, start, moments = random.Random(5), room.clock.now_ms, []
    line = deque(enumerate(some_fans(seconds * 10)))
    claims: defaultdict[int, list[str]] = defaultdict(list)
    for fans in batched([fan for _, fan in line], 400):
        await room.join(*fans)
    await room.change(paused=False)
    for second in range(seconds):
        for _ in range(await room.advance(seconds=1)):
            number, fan = line.popleft()
            if number % 10 not in {2, 5, 8}:
                claims[second + dice.randint(0, 5)].append(fan)
        moments += [(await room.claimed(fan)).enter_at_ms for fan in claims.pop(second, [])]
    counted = [moment for moment in moments if start + since * 1000 <= moment < start + seconds * 1000]
    return len(counted) / ((seconds - since) * room.settings.new_users_per_minute / 60)


async def test_no_shows_leave_the_rate_whole(queue: Queue, room_name: str) -> None:
    """Once the first claim window is over, 30 % of no-shows cost less than 2 % of the rate."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=300, claim_minutes=0.5, paused=True)
    assert await entries_with_no_shows(room, seconds=150, since=60) >= 0.98


async def test_an_unmeasured_share_is_noticed(queue: Queue, room_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the measured share no-shows cost their part of the rate."""
    disarm(monkeypatch, "\nfold_cohorts(room)\n", "\n")
    room = await ARoom.open(queue, room_name, new_users_per_minute=300, claim_minutes=0.5, paused=True)
    assert await entries_with_no_shows(room, seconds=100, since=60) < 0.8


async def test_an_idle_room_gives_the_turn_at_once(room: ARoom) -> None:
    """In a room that waits for fans ten who come at once have the turn by joining."""
    for _ in range(3):
        await room.advance(seconds=1)
    answers = await at_once(*(partial(room.join, a_fan()) for _ in range(10)))
    assert [answer[0].state for answer in answers] == [State.ADMITTED] * 10
    assert (await room.join(a_fan()))[0].state is State.WAITING
