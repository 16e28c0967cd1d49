"""What is marked on the night's charts."""

import json

import pytest

from edge.console.happenings import between, of_change
from tests.factories import ARoom
from waitroom.queue import Queue, Snapshot


async def look(room: ARoom) -> Snapshot:
    """The room as it is now."""
    text = (await room.queue.advance(room.name, interval_us=0, now_us=room.clock.now_us)).snapshot
    return Snapshot.parse(room.name, text)


async def test_phases(queue: Queue, room_name: str) -> None:
    """Each phase is marked when it begins."""
    room = await ARoom.with_lobby(queue, room_name)
    before = await look(room)
    room.clock.move(seconds=90)
    now = await look(room)
    assert [(each.kind, each.text) for each in between(before, now)] == [("phase", "Drawing")]
    assert between(now, now) == []


async def test_the_governor(queue: Queue, room_name: str) -> None:
    """A cut is marked with its reason, and so is the way back to the whole rate; the steps between are not."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=600)
    seen_ms = 0
    for factor, why in ((0.7, "latency"), (0.85, "latency"), (1.0, "")):
        step = {"seen_ms": seen_ms, "interval_ms": 0, "factor": factor, "why": why}
        seen_ms = room.clock.move(seconds=6) // 1000
        await queue.govern(room.name, epoch=room.epoch, now_us=seen_ms * 1000, **step)  # type: ignore[arg-type] # numbers and a text
    marks = [of_change(entry) for entry in reversed(await queue.changes(room.name))]
    told = [(each.kind, each.who, each.text) for each in marks if each is not None]
    assert told == [
        ("slowed", "governor", "Slowed to 70%: latency"),
        ("recovered", "governor", "Back to the whole rate"),
    ]


async def test_a_step_of_the_plan(queue: Queue, room_name: str) -> None:
    """A step of the plan is marked as the plan's; a hand's change is in the change log instead."""
    room = await ARoom.open(queue, room_name, new_users_per_minute=60)
    at = room.clock.now_ms + 10_000
    await room.change(plan=[{"at": at, "new_users_per_minute": 1200, "total_active_users": 50}])
    before = await look(room)
    room.clock.move(seconds=11)
    now = await look(room)
    assert [(each.kind, each.text) for each in between(before, now)] == [("step", "Plan: 1,200 a minute, 50 inside")]
    await room.change(new_users_per_minute=5)
    assert between(now, await look(room)) == []


@pytest.mark.parametrize(
    ("fields", "kind", "text"),
    [
        ({"paused": ["0", "1"]}, "paused", "Paused"),
        ({"paused": ["1", "0"]}, "resumed", "Resumed"),
        ({"sold_out": ["0", "1"]}, "sold_out", "Sold out"),
        (
            {"new_users_per_minute": ["60", "1200"], "total_active_users": ["5", "5000"]},
            "rate",
            "Rate 1,200, Ceiling 5,000",
        ),
        ({"message": ["", "Soon"]}, "message", "Message"),
        ({"closes_at": ["", "1800000000000"]}, "closing", "End changed"),
        ({"closes_at": ["", "900"]}, "closing", "Closed"),
        ({"release_at": ["1800000000000", "1"]}, "release", "Released"),
    ],
)
def test_what_somebody_did(fields: dict[str, list[str]], kind: str, text: str) -> None:
    """An entry of the change log is marked with who did it."""
    entry = {"at_ms": "1", "who": "person:olga", "version": "2"} | {
        name: json.dumps(pair) for name, pair in fields.items()
    }
    found = of_change(entry)
    assert found is not None
    assert (found.kind, found.text, found.who) == (kind, text, "person:olga")


@pytest.mark.parametrize(("version", "field"), [("1", "new_users_per_minute"), ("2", "claim_minutes")])
def test_what_needs_no_mark(version: str, field: str) -> None:
    """The making of the room, and settings that change nothing at that moment, are not marked."""
    assert of_change({"at_ms": "1", "who": "x", "version": version, field: '["1", "2"]'}) is None
