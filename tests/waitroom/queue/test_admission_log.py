"""The admission log of a real room holds, and every way to change it afterwards is caught by name."""

import itertools
from collections.abc import Callable, Sequence

import pytest

from tests.factories import START_MS, ARoom, some_fans
from waitroom.queue import Queue, Snapshot
from waitroom.queue.admission_log import KEPT_ENTRIES, LogBroken, LogCheck, LogHolds, LogVerification, entry_hash

Entries = list[dict[str, str]]
COMMITMENT = "c" * 64


def verify(
    entries: Sequence[dict[str, str]],
    *,
    commitment: str = COMMITMENT,
    head: str | None = None,
    count: int | None = None,
    seen_head: str | None = None,
) -> LogHolds | LogBroken:
    """Read the entries to the first that does not fit, or to the end."""
    verification = LogVerification(commitment=commitment, seen_head=seen_head)
    for entry in entries:
        if (broken := verification.read(entry)) is not None:
            return broken
    return verification.end(head=head, count=count)


def chained(entries: Entries, *, commitment: str = COMMITMENT, first: int = 1) -> Entries:
    """The entries, numbered and hashed as if nobody had touched them."""
    head, made = commitment, []
    for number, entry in enumerate(entries, first):
        numbered = entry | {"n": str(number)}
        head = entry_hash(head, numbered)
        made.append(numbered | {"hash": head})
    return made


def an_entry(seconds: float, *, turns: int = 10, per_minute: str = "600", share: str = "1") -> dict[str, str]:
    """Ten turns, one second's worth, so many seconds after the start."""
    return {
        "at_ms": str(START_MS + round(seconds * 1000)),
        "turns": str(turns),
        "first": "281474976710656",
        "last": "281474976710665",
        "per_minute": per_minute,
        "share": share,
        "by": "test",
    }


def a_log(entries: int = 8) -> Entries:
    """A log of ten turns each second."""
    return chained([an_entry(second) for second in range(entries)])


async def live(room: ARoom) -> Snapshot:
    """A line that moves, with changes by hand, by the plan and by the governor, no-shows and a pause."""
    await room.change(claim_minutes=0.2)
    await room.join(*some_fans(900))
    for second in range(60):
        fans = await room.advance(seconds=1)
        if second == 15:
            await room.change(new_users_per_minute=90)
        if second == 25:
            await room.change(new_users_per_minute=1200)
        if second == 35:
            govern = room.queue.govern
            await govern(
                room.name,
                epoch=room.epoch,
                seen_ms=0,
                interval_ms=5000,
                factor=0.5,
                why="errors",
                now_us=room.clock.now_us,
            )
        if second in {45, 48}:
            await room.change(paused=second == 45)
        assert fans <= 40
    advanced = await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)
    return Snapshot.parse(room.name, advanced.snapshot)


async def test_the_log_of_a_room_holds(room: ARoom) -> None:
    """What the scripts wrote is one chain from the commitment to the head in the snapshot, within its rates."""
    snapshot = await live(room)
    entries = [entry async for entry in room.queue.admission_log(room.name)]
    outcome = verify(entries, commitment=snapshot.draw.commitment, head=snapshot.log.head, count=snapshot.log.entries)
    turns = snapshot.totals["given"]
    assert isinstance(outcome, LogHolds), outcome
    assert (outcome.first, outcome.last, outcome.turns) == (1, len(entries), turns)
    assert {entry["by"] for entry in entries} == {"test", "governor"}
    assert {entry["share"] for entry in entries} > {"1"}
    assert turns > 200


async def test_the_log_is_read_page_by_page(queue: Queue, room: ARoom, monkeypatch: pytest.MonkeyPatch) -> None:
    """However short the pages, every entry is read once, in order."""
    monkeypatch.setattr("waitroom.queue.room_store.LOG_PAGE", 2)
    for _ in range(5):
        await room.admitted_fan()
    entries = [entry async for entry in queue.admission_log(room.name)]
    assert [entry["n"] for entry in entries] == [str(number) for number in range(1, 6)]


def change_one(entries: Entries) -> Entries:
    """Somebody makes a fourth entry's rate look higher."""
    return [*entries[:3], entries[3] | {"per_minute": "900"}, *entries[4:]]


def change_one_and_its_hash(entries: Entries) -> Entries:
    """The same, hashed anew."""
    changed = entries[3] | {"per_minute": "900"}
    return [*entries[:3], changed | {"hash": entry_hash(entries[2]["hash"], changed)}, *entries[4:]]


def remove_one(entries: Entries) -> Entries:
    """A line goes."""
    return [*entries[:3], *entries[4:]]


def insert_one(entries: Entries) -> Entries:
    """A line comes in, well hashed."""
    new = an_entry(2.5, turns=1) | {"n": "4"}
    return [*entries[:3], new | {"hash": entry_hash(entries[2]["hash"], new)}, *entries[3:]]


@pytest.mark.parametrize(
    ("forge", "check", "number"),
    [
        (change_one, LogCheck.CHAIN, 4),
        (change_one_and_its_hash, LogCheck.CHAIN, 5),
        (remove_one, LogCheck.NUMBER, 5),
        (insert_one, LogCheck.NUMBER, 4),
        (lambda entries: [*entries[:3], entries[2], *entries[3:]], LogCheck.NUMBER, 3),
        (lambda entries: [entries[1], entries[0], *entries[2:]], LogCheck.NUMBER, 1),
        (lambda entries: [*entries[:3], entries[3] | {"hash": "0" * 64}, *entries[4:]], LogCheck.CHAIN, 4),
        (lambda entries: [{"n": "1"}, *entries[1:]], LogCheck.FORM, 1),
        (lambda entries: [*entries[:2], entries[2] | {"turns": "many"}], LogCheck.FORM, 3),
    ],
)
def test_what_does_not_fit_is_named(forge: Callable[[Entries], Entries], check: LogCheck, number: int) -> None:
    """Changing, removing, inserting, repeating or exchanging a line is caught at the first line that does not fit."""
    outcome = verify(forge(a_log()))
    assert isinstance(outcome, LogBroken)
    assert (outcome.check, outcome.number) == (check, number)


def test_a_log_cut_off_or_written_anew_does_not_end_as_published() -> None:
    """A chain without its end, or one that was hashed anew from a change on, has another head and is caught by it."""
    entries = a_log()
    cut, anew = entries[:-1], chained([*entries[:3], entries[3] | {"turns": "9"}, *entries[4:]])
    assert isinstance(verify(cut), LogHolds)
    for forged, check in ((cut, LogCheck.COUNT), (anew, LogCheck.HEAD)):
        outcome = verify(forged, head=entries[-1]["hash"], count=len(entries))
        assert isinstance(outcome, LogBroken)
        assert outcome.check is check
        seen = verify(forged, seen_head=entries[-1]["hash"])
        assert isinstance(seen, LogBroken)
        assert seen.check is LogCheck.HEAD
    assert isinstance(verify(entries, seen_head=entries[2]["hash"]), LogHolds)


def test_the_chain_begins_with_the_commitment() -> None:
    """The log of another room is not this room's."""
    outcome = verify(a_log(), commitment="d" * 64)
    assert isinstance(outcome, LogBroken)
    assert (outcome.check, outcome.number) == (LogCheck.CHAIN, 1)


def test_an_empty_log() -> None:
    """Before the first turn there is nothing to hold against anybody."""
    assert verify([], head="", count=0) == LogHolds(first=0, last=0, turns=0, head="")


def test_a_trimmed_log_begins_later() -> None:
    """Only a log that is too long may have lost its beginning; its first entry is taken on trust, the second is not."""
    long = chained([an_entry(second) for second in range(KEPT_ENTRIES + 1)])[1:]
    outcome = verify(long, head=long[-1]["hash"], count=KEPT_ENTRIES + 1)
    assert isinstance(outcome, LogHolds)
    assert outcome.first == 2
    short = verify(long[1:])
    assert isinstance(short, LogBroken)
    assert short.check is LogCheck.COUNT
    broken = verify([long[0], long[1] | {"turns": "9"}, *long[2:]])
    assert isinstance(broken, LogBroken)
    assert (broken.check, broken.number) == (LogCheck.CHAIN, 3)


@pytest.mark.parametrize(("back", "holds"), [(5.0, True), (5.001, False)])
def test_time_does_not_run_back(back: float, *, holds: bool) -> None:
    """A clock may have been set back by some seconds, not by more."""
    outcome = verify(chained([an_entry(20, turns=1), an_entry(20 - back, turns=1), an_entry(22 - back, turns=1)]))
    assert isinstance(outcome, LogHolds) is holds
    assert holds or (isinstance(outcome, LogBroken) and outcome.check is LogCheck.TIME)


@pytest.mark.parametrize(
    ("entries", "holds"),
    [
        ([an_entry(second) for second in range(5)], True),
        ([an_entry(0), an_entry(0.9)], False),
        ([an_entry(0, turns=11)], False),
        ([an_entry(0), an_entry(0.1, turns=1), an_entry(0.2, turns=1)], True),
        ([an_entry(0), an_entry(0.1, turns=2)], False),
        ([an_entry(0, turns=20, share="0.5"), an_entry(0.5, share="0.5")], True),
        ([an_entry(0, turns=20, share="0.5"), an_entry(0.45, share="0.5")], False),
        ([an_entry(0, turns=1, share="0.4")], False),
        ([an_entry(0, turns=1, per_minute="0")], False),
        ([an_entry(0, turns=0)], False),
        ([an_entry(0, per_minute="6000", turns=100), an_entry(0.02, turns=1)], True),
        ([an_entry(0, per_minute="6000", turns=100), an_entry(0.02, turns=1), an_entry(0.03, turns=1)], False),
    ],
)
def test_turns_keep_the_rates_that_the_log_states(entries: Entries, *, holds: bool) -> None:
    """A second's worth at once, then what comes due; a log that states more turns than its rates allow is caught."""
    outcome = verify(chained(entries))
    assert isinstance(outcome, LogHolds) is holds
    assert holds or (isinstance(outcome, LogBroken) and outcome.check is LogCheck.RATE)


def test_a_rate_that_is_spread_holds_for_long() -> None:
    """Rounding to milliseconds never adds up to a false alarm."""
    moments = itertools.accumulate(itertools.repeat(1 / 7.3, 2000))
    assert isinstance(verify(chained([an_entry(at, turns=1, per_minute="438") for at in moments])), LogHolds)
